"""Serve one notice: tokenise, ask, deliver, write down, report, forget. Each step may fail, and a retry goes on there.

| what fails | what is left | a retry |
| --- | --- | --- |
| before the adapter has the letter | nothing | starts again |
| the registry, after the delivery | a pending line in the journal | only reports; `settle` does so by itself |
| the process, between adapter and journal | nothing | delivers again: told twice is better than never |
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from registry.clock import Clock
from registry.domain.letters import Outcome
from registry.domain.uuids import uuid7
from registry.errors import Conflict, Denied, RegistryError, Unavailable
from registry.relay.adapters import Adapter
from registry.relay.attempts import Attempts
from registry.relay.contacts import Contact, ContactKind
from registry.relay.journal import Delivered, Journal
from registry.relay.letters import write
from registry.relay.registry_api import Match, RegistryApi
from registry.relay.tokens import Tokens

_log = structlog.get_logger("registry.relay")


@dataclass(frozen=True, slots=True)
class Order:
    """What a member asks for: the report, the contact to tell, and the language to tell it in."""

    member_id: UUID
    report_id: UUID
    contact: Contact
    language: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What the member learns. `repeated`: this contact was served before, and nothing was sent now."""

    livemode: bool
    report_id: UUID
    kind: ContactKind
    served_at: datetime
    repeated: bool


@dataclass(frozen=True, slots=True)
class Office:
    """The parts of a relay.

    Args:
        api: the registry.
        tokens: makes tokens of contacts.
        adapters: how to reach each kind of contact.
        journal: what was delivered.
        clock: domain time, as the registry's.
        entropy: returns so many random bytes.
    """

    api: RegistryApi
    tokens: Tokens
    adapters: Mapping[ContactKind, Adapter]
    journal: Journal
    clock: Clock
    entropy: Callable[[int], bytes]


class Deliveries:
    """Serves notices, one at a time for each report."""

    def __init__(self, office: Office, attempts: Attempts) -> None:
        self._office = office
        self._attempts = attempts
        self._under_way: set[UUID] = set()
        self._settling = asyncio.Lock()

    async def serve(self, order: Order) -> Notice:
        """Deliver the registry's notice to a contact of the report, and have it recorded.

        Raises:
            Malformed: `request_invalid`.
            Denied: `member_suspended`.
            Conflict: `contact_not_on_report`, `report_closed`, `notice_under_way`, or what the registry refuses with.
            QuotaExceeded: `notices_limited`.
            Unavailable: `registry_unavailable`, `tokens_unavailable`, `channel_missing`,
                `delivery_failed`, `journal_unavailable`.
        """
        # Two letters for one request sent twice would be a fault of ours that the person sees.
        if order.report_id in self._under_way:
            raise Conflict("notice_under_way")
        self._under_way.add(order.report_id)
        try:
            self._attempts.check(order.member_id, order.report_id)
            return await self._serve(order)
        finally:
            self._under_way.discard(order.report_id)

    async def settle(self) -> None:
        """Report what was delivered while the registry was away; stop at the first sign that it still is."""
        async with self._settling:
            for one in self._office.journal.pending:
                if one.report_id in self._under_way:
                    continue
                try:
                    await self._record(one)
                except Conflict:
                    continue
                except Unavailable:
                    return

    async def _serve(self, order: Order) -> Notice:
        office, kind = self._office, order.contact.kind
        tokens = await office.tokens.of(order.contact)
        match = await office.api.match(order.report_id, order.member_id, kind, tokens)
        if match.outcome is Outcome.SERVED and match.served_at is not None:
            return Notice(match.livemode, order.report_id, kind, match.served_at, repeated=True)
        if match.outcome is not Outcome.DUE:
            raise self._refusal(match.outcome, order)
        delivered = office.journal.find(order.report_id, tokens) or await self._deliver(order, tokens, match)
        served_at = await self._record(delivered)
        return Notice(match.livemode, order.report_id, kind, served_at, repeated=False)

    async def _deliver(self, order: Order, tokens: tuple[str, ...], match: Match) -> Delivered:
        office, kind = self._office, order.contact.kind
        adapter = office.adapters.get(kind)
        if adapter is None:
            raise Unavailable("channel_missing")
        if match.letter is None:
            raise Unavailable("registry_unavailable")
        office.journal.check()
        letter = write(match.letter, appeal_url=match.appeal_url, language=order.language)
        notice_id = uuid7(int(office.clock().timestamp() * 1000), office.entropy(10))
        try:
            await adapter.deliver(order.contact, letter, notice_id=notice_id)
        except Exception as error:  # noqa: BLE001 - whatever a channel raises, its message may quote the contact
            _log.error("notice.delivery_failed", notice=str(notice_id), failure=type(error).__name__)
            raise Unavailable("delivery_failed") from None
        delivered = Delivered(notice_id, order.report_id, kind, adapter.channel, tokens, office.clock())
        await asyncio.to_thread(office.journal.deliver, delivered)
        return delivered

    async def _record(self, delivered: Delivered) -> datetime:
        try:
            served_at = await self._office.api.record(delivered)
        except Conflict as refusal:
            await self._settle(delivered, refusal.code)
            raise
        await self._settle(delivered, "recorded")
        return served_at

    async def _settle(self, delivered: Delivered, outcome: str) -> None:
        await asyncio.to_thread(self._office.journal.settle, delivered.notice_id, outcome)
        _log.info("notice.settled", notice=str(delivered.notice_id), outcome=outcome)

    def _refusal(self, outcome: Outcome, order: Order) -> RegistryError:
        if outcome is Outcome.SUSPENDED:
            return Denied("member_suspended")
        if outcome is Outcome.CLOSED:
            return Conflict("report_closed")
        self._attempts.count_wrong(order.member_id, order.report_id)
        return Conflict("contact_not_on_report")
