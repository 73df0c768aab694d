"""Recalls: whoever was told of a record hears that it has changed or gone, in the transaction that changes it."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from registry.domain.events import Act, AuditEvent
from registry.domain.ids import ReportState
from registry.domain.lifecycle import Decision, Inform
from registry.domain.outcomes import Taken, to_lift
from registry.domain.uuids import uuid7
from registry.domain.webhooks import Event
from registry.services import audit, webhooks
from registry.services.trail import Trail
from registry.store import outcomes, recall_chains, reports
from registry.store import recalls as store
from registry.store.database import WriteSession
from registry.store.recalls import Recall, Told
from registry_formats.leaf import JsonValue, LeafType

_GONE = frozenset(
    {
        ReportState.WITHDRAWN,
        ReportState.OVERTURNED,
        ReportState.INCONCLUSIVE,
        ReportState.RESTRICTED,
        ReportState.EXPIRED,
        ReportState.SEALED,
    }
)
_EVENTS = {"amended": Event.RECORD_AMENDED}
_CHANGES = {ReportState.DISPUTED: "disputed", ReportState.SUSPENDED: "suspended"}


async def emit(
    session: WriteSession,
    report_id: UUID,
    revision: int,
    decision: Decision,
    *,
    subject: Sequence[bytes],
    act: Act,
    trail: Trail,
) -> int:
    """Tell every member that received the report of the step that was taken; return how many.

    The caller holds `store.scores.stop_disclosure` since before it locked the report, so that nobody receives it now.
    `subject` are the stored tokens of the report.
    """
    told = await store.recipients(session, report_id) if decision.inform is not Inform.NOTHING else []
    if not told:
        return 0
    change = "removed" if decision.state in _GONE else _CHANGES.get(decision.state, "amended")
    reason = decision.reason or (decision.state.value if change == "removed" else None)
    at = await store.next_at(session, told, act.now)
    t_ms = int(at.timestamp() * 1000)
    must = decision.inform is Inform.ACKNOWLEDGE
    rows = [
        Recall(uuid7(t_ms, secrets.token_bytes(10)), report_id, revision, one, change, reason, at, must) for one in told
    ]
    await store.add(session, rows)
    await webhooks.enqueue_all(session, _EVENTS.get(change, Event.RECORD_RECALLED), map(_told, rows), now=at)
    lifted = await _demand_lifts(session, rows, now=act.now) if change in store.ENDING else []
    content: dict[str, JsonValue] = {
        "acknowledge": must,
        "event": decision.event,
        "lift": [str(one.id) for one in lifted],
        "members": [str(one) for one in told],
        "reason": reason or "",
        "recalls": [str(one.id) for one in rows],
        "report": str(report_id),
        "revision": revision,
    }
    event = AuditEvent(LeafType.RECALL, "recall.emit", change, subject=tuple(subject), content=content)
    await audit.record(session, event, act=act, trail=trail)
    return len(rows)


async def demand_late_lifts(session: WriteSession, taken: Taken, *, member_id: UUID, act: Act, trail: Trail) -> bool:
    """Name an action that was recorded when what it rests on had been recalled already; say whether it was named.

    The caller holds `store.scores.stop_recalls`.
    """
    ended = await store.that_ended(session, query_id=taken.query, member_id=member_id)
    if not ended or not to_lift([taken], now=act.now):
        return False
    await store.add_lifts(session, [(recall_id, taken.id) for recall_id in ended])
    told = [(member_id, _lift(recall_id, taken)) for recall_id in ended]
    await webhooks.enqueue_all(session, Event.RESTRICTION_LIFT_REQUIRED, told, now=act.now)
    content: dict[str, JsonValue] = {"lift": [str(taken.id)], "recalls": [str(one) for one in ended]}
    subject = [
        stored
        for report_id in await recall_chains.reports_of(session, ended)
        for stored in await reports.identities(session, report_id)
    ]
    event = AuditEvent(LeafType.RECALL, "recall.demand_lift", "demanded", subject=tuple(subject), content=content)
    await audit.record(session, event, act=act, trail=trail)
    return True


async def _demand_lifts(session: WriteSession, rows: Sequence[Recall], *, now: datetime) -> list[Taken]:
    """Say which restrictions must end now that the record they rest on is gone."""
    by_member = {one.member_id: one for one in rows}
    resting: dict[UUID, list[Taken]] = {}
    for member_id, taken in await outcomes.resting_on(session, rows[0].report_id, list(by_member)):
        resting.setdefault(member_id, []).append(taken)
    ending = [(by_member[member_id], one) for member_id, of in resting.items() for one in to_lift(of, now=now)]
    await store.add_lifts(session, [(recall.id, one.id) for recall, one in ending])
    told = [(recall.member_id, _lift(recall.id, one)) for recall, one in ending]
    await webhooks.enqueue_all(session, Event.RESTRICTION_LIFT_REQUIRED, told, now=now)
    return [one for _, one in ending]


def _lift(recall_id: UUID, taken: Taken) -> dict[str, JsonValue]:
    return {"action": taken.action.value, "outcome_id": str(taken.id), "recall_id": str(recall_id)}


def _told(one: Recall) -> tuple[UUID, dict[str, JsonValue]]:
    """Say of a recall what its member needs in order to fetch the rest."""
    named = {"recall_id": str(one.id), "report_id": str(one.report_id)}
    return one.member_id, {**named, "change": one.change, "revision": one.revision}


async def page(
    session: WriteSession,
    *,
    member_id: UUID,
    limit: int,
    after: tuple[datetime, UUID] | None,
    act: Act,
    trail: Trail,
) -> list[Told]:
    """List a member's recalls after a place, oldest first; the look leaves a trace."""
    found = await store.page(session, member_id=member_id, limit=limit, after=after)
    content = {"recalls": [str(one.recall.id) for one in found]}
    event = AuditEvent(LeafType.QUERY, "recall.list", "answered", legal_basis="recipient", content=content)
    await audit.record(session, event, act=act, trail=trail)
    return found


async def acknowledge(session: WriteSession, recall_id: UUID, *, member_id: UUID, act: Act, trail: Trail) -> Told:
    """Write down that a member has acted on a recall; a second time changes nothing. NotFound `recall_unknown`."""
    found = await store.get(session, recall_id, member_id=member_id)
    if not await store.acknowledge(session, recall_id, now=act.now):
        return await store.get(session, recall_id, member_id=member_id)
    content = {"recall": str(recall_id), "report": str(found.recall.report_id)}
    subject = tuple(await reports.identities(session, found.recall.report_id))
    event = AuditEvent(LeafType.RECALL, "recall.acknowledge", "acknowledged", subject=subject, content=content)
    await audit.record(session, event, act=act, trail=trail)
    return replace(found, acknowledged_at=act.now)
