"""The log's side of its witnesses: show them every new checkpoint, collect their cosignatures (C2SP tlog-witness).

An edge of its own, because it speaks HTTP; no transaction is open while a witness is awaited. All witnesses are asked
at once, each answers for itself, and what the quorum of the policy file accepts is kept and shown to everybody.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import httpx
import structlog

from registry.clock import Clock
from registry.errors import Misconfigured
from registry.services import witnessing
from registry.services.witnessing import Head
from registry.store.database import Database
from registry_formats.cosignatures import Cosigned, CosigningKey, verify_cosignatures
from registry_formats.errors import FormatError
from registry_formats.notes import (
    MAX_NOTE_CHARACTERS,
    Checkpoint,
    VerifierKey,
    add_signatures,
    parse_signatures,
    verify_checkpoint,
)
from registry_formats.submissions import Submission, encode_submission, origin_hash, parse_size
from registry_formats.trust_policy import TrustPolicy, Witness, parse_policy

# Service levels of the log (audit-log.md section 4): cosigned within a minute, or the operator is called.
ALARM_AFTER = timedelta(seconds=60)
_TIMEOUT = httpx.Timeout(5.0)
_PATIENCE_SECONDS = 10  # for all that one witness is asked in a round
NOTHING_SEEN = "nothing seen yet"
_STANDBY = timedelta(seconds=1)
_MOST_ATTEMPTS = 3  # the first may learn the witness's size, the second lose to another worker

_log = structlog.get_logger()


class _Silent(Exception):
    """A witness gave no cosignature; the code says why."""


@dataclass(frozen=True, slots=True)
class Round:
    """What came of asking: how many cosignatures of how many witnesses, and for how long none has sufficed."""

    cosigned: int
    asked: int
    waiting: timedelta

    @property
    def is_alarming(self) -> bool:
        """Say whether the operator must act."""
        return self.waiting > ALARM_AFTER


def read_policy(path: Path | None) -> TrustPolicy:
    """Read the policy file of the log itself; without one nobody is asked.

    Errors: Misconfigured `witness_policy_invalid`, also where the witnesses that have an address cannot be the quorum.
    """
    if path is None:
        return parse_policy("quorum none\n")
    try:
        policy = parse_policy(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, FormatError) as error:
        raise Misconfigured("witness_policy_invalid", f"{path} is no trust policy: {error}.") from None
    if not policy.quorum({witness.key for witness in policy.witnesses if witness.url}):
        raise Misconfigured("witness_policy_invalid", f"{path}: give enough witnesses an address to meet the quorum.")
    return policy


@dataclass(frozen=True, slots=True)
class Seen:
    """How far one witness has seen a log: a checkpoint that it cosigned and we signed, or why there is none."""

    witness: Witness
    checkpoint: Checkpoint | None
    reason: str = ""


class Witnesses:
    """Asks the witnesses of one policy.

    Args:
        database: to read checkpoints from and keep cosignatures in.
        policy: who they are, where, and how many are enough.
        own_key: makes the key, under the name of a shard, that adds the log's own post-quantum cosignature.
        transport: another way to reach them, for tests.
    """

    def __init__(
        self,
        database: Database,
        policy: TrustPolicy,
        *,
        own_key: Callable[[str], CosigningKey] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._database = database
        self._policy = policy
        self._own_key = own_key
        self._reached = [witness for witness in policy.witnesses if witness.url]
        self._sizes: dict[tuple[str, str], int] = {}  # by witness and origin, what it cosigned last
        self._http = httpx.AsyncClient(transport=transport, timeout=_TIMEOUT, follow_redirects=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def attend(
        self, clock: Clock, stop: asyncio.Event, *, every: timedelta, leads: Callable[[], bool] = lambda: True
    ) -> None:
        """Ask again and again until told to stop; a round that fails is logged, and the next one comes.

        Args:
            clock: of the times in the log.
            stop: ends it, after the round at work.
            every: how long to rest between rounds.
            leads: whether this process orders the log; of several workers, only that one asks.
        """
        while self._reached and not stop.is_set():
            asked = leads() and await self._round(clock())
            with suppress(TimeoutError):
                async with asyncio.timeout((every if asked else min(every, _STANDBY)).total_seconds()):
                    await stop.wait()

    async def _round(self, now: datetime) -> bool:
        """Ask once, and raise the alarm if it must be; false where there was nothing to ask."""
        try:
            result = await self.ask_all(now)
        except Exception:  # noqa: BLE001 - whatever it was, the next round is as good as the first
            _log.exception("witness round failed")
            return True
        if result.is_alarming:
            seconds = int(result.waiting.total_seconds())
            _log.error("log not cosigned", seconds=seconds, cosigned=result.cosigned, asked=result.asked)
        return result.asked > 0

    async def ask_all(self, now: datetime) -> Round:
        """Show every witness every checkpoint that is due, and keep what meets the quorum."""
        async with self._database.read() as session:
            heads = await witnessing.heads(session)
        cosigned = 0
        for head in heads:
            answers = await asyncio.gather(*(self._ask(witness, head) for witness in self._reached))
            found = [one for one in answers if one is not None]
            cosigned += len(found)
            if found and self._policy.quorum({one.key for one in found}):
                found += self._own(head.checkpoint, now)
                async with self._database.write() as session:
                    await witnessing.keep(session, head, found)
        async with self._database.read() as session:
            waiting = await witnessing.waiting(session, now=now)
        return Round(cosigned, len(heads) * len(self._reached), waiting)

    async def last_seen(self, origin: str, log_keys: tuple[VerifierKey, ...]) -> Checkpoint | None:
        """Ask the witnesses how far they have seen a log, before it is signed again; the largest answer counts.

        A witness that is down or shows what it did not cosign says nothing: the caller decides what silence means.
        """
        seen = await self.look(origin, log_keys)
        for one in seen:
            if not one.checkpoint:
                _log.warning("witness shows nothing", witness=one.witness.name, reason=one.reason)
        return max((one.checkpoint for one in seen if one.checkpoint), key=lambda one: one.size, default=None)

    async def look(self, origin: str, log_keys: tuple[VerifierKey, ...]) -> list[Seen]:
        """Ask each witness how far it has seen a log; nothing is submitted."""
        return await asyncio.gather(*(self._look(witness, origin, log_keys) for witness in self._reached))

    def _own(self, checkpoint: Checkpoint, now: datetime) -> list[Cosigned]:
        if self._own_key is None:
            return []
        key, t_s = self._own_key(checkpoint.origin), int(now.timestamp())
        return [Cosigned(key.vkey, t_s, key.cosign(checkpoint, t_s))]

    async def _ask(self, witness: Witness, head: Head) -> Cosigned | None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await self._submit(witness, head)
        except (_Silent, FormatError, httpx.HTTPError, TimeoutError) as error:
            reason = _reason(error)
            _log.warning("witness did not cosign", witness=witness.name, reason=reason, size=head.checkpoint.size)
            return None

    async def _submit(self, witness: Witness, head: Head) -> Cosigned:
        """Submit a head, from the size that the witness says it has."""
        whose = witness.name, head.checkpoint.origin
        for _ in range(_MOST_ATTEMPTS):
            old = self._sizes.get(whose, 0)
            if old > head.checkpoint.size:
                # It has cosigned a tree that we do not have: ours was rolled back, or somebody else signs with our key.
                self._sizes.pop(whose)
                raise _Silent("witness_ahead")
            async with self._database.read() as session:
                proof = await witnessing.prove(session, head, old=old)
            body = encode_submission(Submission(old, proof, head.note))
            status, text = await self._send("POST", witness, "add-checkpoint", content=body)
            if status == HTTPStatus.OK:
                self._sizes[whose] = head.checkpoint.size
                return _cosignature(witness, head.note, text)
            if status != HTTPStatus.CONFLICT:
                raise _Silent(f"answered {status}")
            self._sizes[whose] = parse_size(text)
        raise _Silent("witness_undecided")

    async def _look(self, witness: Witness, origin: str, log_keys: tuple[VerifierKey, ...]) -> Seen:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                status, text = await self._send("GET", witness, f"{origin_hash(origin)}/checkpoint")
            if status != HTTPStatus.OK:
                return Seen(witness, None, NOTHING_SEEN if status == HTTPStatus.NOT_FOUND else f"answered {status}")
            _cosignature(witness, text, "")
            return Seen(witness, verify_checkpoint(text, origin, log_keys))
        except (_Silent, FormatError, httpx.HTTPError, TimeoutError) as error:
            return Seen(witness, None, _reason(error))

    async def _send(self, method: str, witness: Witness, path: str, *, content: bytes = b"") -> tuple[int, str]:
        """Ask one witness; an answer that is longer than any good one is cut off."""
        url = f"{(witness.url or '').rstrip('/')}/{path}"
        async with self._http.stream(method, url, content=content) as answer:
            read = b""
            async for part in answer.aiter_bytes():
                read += part
                if len(read) > MAX_NOTE_CHARACTERS:
                    raise _Silent("answer_too_large")
        try:
            return answer.status_code, read.decode()
        except UnicodeDecodeError:
            raise _Silent("answer_no_text") from None


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, _Silent | FormatError) else type(error).__name__


def _cosignature(witness: Witness, note: str, lines: str) -> Cosigned:
    """Take the cosignature of the witness's own key out of what it answered; all other lines are ignored."""
    known = (witness.key.name, witness.key.key_id)
    own = [one for one in parse_signatures(lines) if (one.name, one.key_id) == known] if lines else []
    found = verify_cosignatures(add_signatures(note, own), [witness.key])
    if not found:
        raise _Silent("cosignature_missing")
    return found[0]
