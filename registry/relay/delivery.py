"""Serve one notice: tokenise, ask, deliver, write down, report, forget. Each step may fail, and a retry goes on there.

| what fails | what is left | a retry |
| --- | --- | --- |
| before the adapter has the letter | nothing | starts again |
| the channel, for now | the contact, in memory only | is made by the relay itself, for a day |
| the channel, for ever | a line of the journal, without the contact | asks the channel again |
| the registry, after the delivery | a pending line in the journal | only reports; `settle` does so by itself |
| the process, between adapter and journal | nothing | delivers again: told twice is better than never |
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog

from registry.clock import Clock
from registry.domain.letters import Outcome
from registry.domain.uuids import uuid7
from registry.errors import Conflict, Denied, NotFound, RegistryError, Unavailable
from registry.relay.adapters import Adapter, Unreachable
from registry.relay.attempts import Attempts
from registry.relay.contacts import ContactKind
from registry.relay.journal import Delivered, Fate, Journal, Undelivered
from registry.relay.letters import write
from registry.relay.orders import Due, Notice, Order
from registry.relay.registry_api import RegistryApi
from registry.relay.tokens import Tokens
from registry.relay.waiting import PAUSES, Waiting

_log = structlog.get_logger("registry.relay")


# How a refusal ends what is tried again; any other gives it up.
_FATES = {"contact_unreachable": Fate.UNREACHABLE, "notice_under_way": Fate.RETRYING}


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
        pauses: seconds before each further attempt at a letter that the channel did not take.
    """

    api: RegistryApi
    tokens: Tokens
    adapters: Mapping[ContactKind, Adapter]
    journal: Journal
    clock: Clock
    entropy: Callable[[int], bytes]
    pauses: Sequence[float] = PAUSES


class Deliveries:
    """Serves notices, one at a time for each report."""

    def __init__(self, office: Office, attempts: Attempts) -> None:
        self._office = office
        self._attempts = attempts
        self._waiting = Waiting(self._attempt, self._fail, office.pauses)
        self._under_way: set[UUID] = set()
        self._settling = asyncio.Lock()

    async def serve(self, order: Order) -> Notice:
        """Deliver the registry's notice to a contact of the report, and have it recorded.

        Raises:
            Malformed: `request_invalid`.
            Denied: `member_suspended`.
            Conflict: `contact_not_on_report`, `contact_unreachable`, `report_closed`, `notice_under_way`, or what the
                registry refuses with.
            QuotaExceeded: `notices_limited`.
            Unavailable: `registry_unavailable`, `tokens_unavailable`, `channel_missing`, `delivery_retrying`,
                `delivery_failed`, `journal_unavailable`.
        """
        with self._alone(order.report_id):
            self._attempts.check(order.member_id, order.report_id)
            due = await self._due(order)
            if isinstance(due, Notice):
                return due
            delivered = self._office.journal.find(order.report_id, due.tokens)
            served_at = await self._record(delivered or await self._deliver_or_keep(due))
            return Notice(due.livemode, order.report_id, order.contact.kind, served_at, repeated=False)

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

    def undelivered(self, member_id: UUID, report_id: UUID) -> tuple[Undelivered, ...]:
        """Return what did not reach the contacts of a member's own report, oldest first."""
        return self._office.journal.undelivered(member_id, report_id)

    async def bounced(self, notice_id: UUID) -> None:
        """Write down that a delivered letter came back, and tell the registry. NotFound `notice_unknown`, Unavailable.

        Whoever says so says it again until the registry has heard it.
        """
        office = self._office
        unheard = {one.notice_id for one in office.journal.pending}
        delivered = await asyncio.to_thread(office.journal.bounce, notice_id, office.clock())
        if delivered is None:
            raise NotFound("notice_unknown")
        # Of a letter that the registry has not heard of as delivered, it never will.
        if notice_id not in unheard:
            await office.api.bounced(delivered)
        _log.warning("notice.bounced", notice=str(notice_id))

    async def close(self) -> None:
        """Forget every contact that is still being tried."""
        await self._waiting.close()

    @contextmanager
    def _alone(self, report_id: UUID) -> Iterator[None]:
        # Two letters for one request sent twice would be a fault of ours that the person sees.
        if report_id in self._under_way:
            raise Conflict("notice_under_way")
        self._under_way.add(report_id)
        try:
            yield
        finally:
            self._under_way.discard(report_id)

    async def _due(self, order: Order) -> Notice | Due:
        office, kind = self._office, order.contact.kind
        tokens = await office.tokens.of(order.contact)
        match = await office.api.match(order.report_id, order.member_id, kind, tokens)
        if match.outcome is Outcome.SERVED and match.served_at is not None:
            return Notice(match.livemode, order.report_id, kind, match.served_at, repeated=True)
        if match.outcome is not Outcome.DUE:
            raise self._refusal(match.outcome, order)
        if match.letter is None:
            raise Unavailable("registry_unavailable")
        notice_id = uuid7(int(office.clock().timestamp() * 1000), office.entropy(10))
        return Due(notice_id, order, tokens, match.letter, match.appeal_url, match.livemode)

    async def _deliver_or_keep(self, due: Due) -> Delivered:
        if self._waiting.knows(due):
            raise Unavailable("delivery_retrying")
        try:
            return await self._deliver(due)
        except Conflict:
            await self._fail(due, Fate.UNREACHABLE)
            raise
        except Unavailable as failure:
            if failure.code != "delivery_failed" or not self._waiting.has_room:
                raise
        await self._fail(due, Fate.RETRYING)
        self._waiting.keep(due)
        raise Unavailable("delivery_retrying")

    async def _deliver(self, due: Due) -> Delivered:
        office, order = self._office, due.order
        adapter = office.adapters.get(order.contact.kind)
        if adapter is None:
            raise Unavailable("channel_missing")
        office.journal.check()
        letter = write(due.letter, appeal_url=due.appeal_url, language=order.language)
        try:
            await adapter.deliver(order.contact, letter, notice_id=due.notice_id)
        except Unreachable:
            raise Conflict("contact_unreachable") from None
        except Exception as error:  # noqa: BLE001 - whatever a channel raises, its message may quote the contact
            _log.error("notice.delivery_failed", notice=str(due.notice_id), failure=type(error).__name__)
            raise Unavailable("delivery_failed") from None
        ids = (due.notice_id, order.member_id, order.report_id, order.contact.kind)
        delivered = Delivered(*ids, adapter.channel, due.tokens, office.clock())
        await asyncio.to_thread(office.journal.deliver, delivered)
        return delivered

    async def _attempt(self, kept: Due) -> Fate | None:
        """Try a kept letter once more, as the registry sees it now; None for delivered."""
        try:
            with self._alone(kept.order.report_id):
                due = await self._due(kept.order)
                if isinstance(due, Notice):
                    return Fate.GIVEN_UP
                delivered = await self._deliver(replace(due, notice_id=kept.notice_id))
                with suppress(Conflict, Unavailable):  # what the registry did not hear, `settle` tells it
                    await self._record(delivered)
        except RegistryError as refusal:
            return Fate.RETRYING if refusal.retryable else _FATES.get(refusal.code, Fate.GIVEN_UP)
        return None

    async def _fail(self, due: Due, fate: Fate) -> None:
        order = due.order
        ids = (due.notice_id, order.member_id, order.report_id, order.contact.kind)
        await asyncio.to_thread(self._office.journal.fail, Undelivered(*ids, fate, self._office.clock()))
        _log.info("notice.undelivered", notice=str(due.notice_id), fate=fate.value)

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
