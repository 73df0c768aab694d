"""Proof of control: a code goes to the contact, and whoever types it in gets a signed assertion for the portal.

Nothing here asks whether any record exists, so answers and their timing cannot tell. A code leaves in the background:
whether it arrives, is refused or was never sent, because this contact had too many, looks the same. A wrong code, one
too late, and one for nothing are one answer too.
"""

import asyncio
import hmac
import secrets
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import structlog

from registry.errors import Denied, QuotaExceeded, RegistryError, Unavailable
from registry.relay.adapters import Adapter, Unreachable
from registry.relay.contacts import Contact, ContactKind, read
from registry.relay.letters import write_code
from registry.relay.tallies import Limit, Tally
from registry.relay.vouching import Voucher

CODE_DIGITS, CODE_SECONDS, GUESSES = 8, 600.0, 5
_HOUR, _DAY = 3_600.0, 86_400.0
# The first limits are a growing pause, the last ones caps.
SENT_TO_CONTACT = (Limit(1, 60.0), Limit(2, 300.0), Limit(3, 900.0), Limit(5, _HOUR), Limit(10, _DAY))
SENT_FROM_ADDRESS = (Limit(20, _HOUR), Limit(100, _DAY))
SENT_IN_ALL = (Limit(2_000, _HOUR),)
WRONG_FOR_CONTACT = (Limit(10, _HOUR), Limit(25, _DAY))
WRONG_FROM_ADDRESS = (Limit(30, _HOUR), Limit(200, _DAY))
_ENTRIES_MAX = 10_000
CODE_PAUSES = (0.0, 5.0, 30.0)
_log = structlog.get_logger("registry.relay")


@dataclass(slots=True)
class Entry:
    """A code that was sent, or looks as if. `code` is None where nothing was."""

    contact: Contact
    spelling: str = field(repr=False)
    code: str | None = field(repr=False)
    nonce: str
    until: float
    guesses: int = 0


class Codes:
    """Sends codes and takes them.

    Args:
        adapters: how to reach each kind of contact.
        voucher: signs the assertions.
        elapsed: a clock that never jumps, in seconds.
        pauses: seconds before each attempt to send a code, the first one included.
    """

    def __init__(
        self,
        adapters: Mapping[ContactKind, Adapter],
        voucher: Voucher,
        *,
        elapsed: Callable[[], float],
        pauses: Sequence[float] = CODE_PAUSES,
    ) -> None:
        self._adapters = adapters
        self._voucher = voucher
        self._elapsed = elapsed
        self._pauses = pauses
        self._entries: dict[str, Entry] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._sent_to, self._sent_from, self._sent, self._wrong_for, self._wrong_from = (
            Tally(limits, secrets.token_bytes(32), elapsed)
            for limits in (SENT_TO_CONTACT, SENT_FROM_ADDRESS, SENT_IN_ALL, WRONG_FOR_CONTACT, WRONG_FROM_ADDRESS)
        )

    def ask(self, typed: str, *, nonce: str, address: str, language: str) -> str:
        """Send a code; return the id of its entry, which says nothing of whether one was sent.

        Raises:
            Malformed: `contact_invalid`, for what is no contact at all.
            QuotaExceeded: `codes_limited`, for this address.
            Unavailable: `channel_missing`, `codes_busy`.
        """
        self.forget()
        contact, spelling = read(typed)
        adapter = self._adapters.get(contact.kind)
        if adapter is None:
            raise Unavailable("channel_missing")
        _limit(self._sent_from, address)
        self._sent_from.add(address)
        if len(self._entries) >= _ENTRIES_MAX or self._sent.wait(""):
            raise Unavailable("codes_busy")
        entry = Entry(contact, spelling, None, nonce, self._elapsed() + CODE_SECONDS)
        if not self._sent_to.wait(spelling):
            self._sent_to.add(spelling)
            self._sent.add("")
            entry.code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
            self._start(adapter, contact, entry.code, language)
        entry_id = secrets.token_urlsafe(24)
        self._entries[entry_id] = entry
        return entry_id

    async def prove(self, entry_id: str, typed: str, *, address: str) -> str:
        """Take a code; return the signed assertion. A code is good for one.

        Raises:
            Denied: `code_refused`, whatever is wrong with it.
            QuotaExceeded: `codes_limited`, for this address.
            Unavailable: as `Voucher.vouch`; the code stays good.
        """
        self.forget()
        _limit(self._wrong_from, address)
        # Out of reach while it is judged, and gone with its last guess.
        entry = self._entries.pop(entry_id, None)
        if entry is None or not self._matches(entry, typed):
            self._wrong_from.add(address)
            if entry is not None and entry.guesses < GUESSES:
                self._entries[entry_id] = entry
            raise Denied("code_refused")
        try:
            return await self._voucher.vouch(entry.contact, entry.nonce)
        except RegistryError:
            self._entries[entry_id] = entry
            raise

    def forget(self) -> None:
        """Forget every contact whose code is too old."""
        now = self._elapsed()
        for entry_id in [entry_id for entry_id, entry in self._entries.items() if entry.until <= now]:
            del self._entries[entry_id]

    async def close(self) -> None:
        """Forget everything."""
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        self._entries.clear()

    def _matches(self, entry: Entry, typed: str) -> bool:
        if self._wrong_for.wait(entry.spelling):
            return False
        # NFKC: digits of another width; and people put blanks between them.
        given = "".join(unicodedata.normalize("NFKC", typed).split())
        if entry.code is not None and hmac.compare_digest(given.encode(), entry.code.encode()):
            return True
        entry.guesses += 1
        self._wrong_for.add(entry.spelling)
        return False

    def _start(self, adapter: Adapter, contact: Contact, code: str, language: str) -> None:
        task = asyncio.create_task(self._send(adapter, contact, code, language))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, adapter: Adapter, contact: Contact, code: str, language: str) -> None:
        letter, letter_id = write_code(code, minutes=int(CODE_SECONDS // 60), language=language), uuid4()
        for pause in self._pauses:
            await asyncio.sleep(pause)
            try:
                await adapter.deliver(contact, letter, notice_id=letter_id)
            except Unreachable:
                return
            except Exception as failure:  # noqa: BLE001 - whatever a channel raises, its message may quote the contact
                _log.error("code.not_sent", failure=type(failure).__name__)
            else:
                return


def _limit(tally: Tally, address: str) -> None:
    wait = tally.wait(address)
    if wait:
        raise QuotaExceeded("codes_limited", facts={"retry_after": int(wait) + 1})
