"""Recalls: whoever was told of a record hears that it has changed or gone, in the transaction that changes it."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from registry.domain.events import Act, AuditEvent
from registry.domain.ids import ReportState
from registry.domain.lifecycle import Decision, Inform
from registry.domain.uuids import uuid7
from registry.domain.webhooks import Event
from registry.services import audit, webhooks
from registry.services.trail import Trail
from registry.store import recalls as store
from registry.store.database import WriteSession
from registry.store.recalls import Recall
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
    rows = [Recall(uuid7(t_ms, secrets.token_bytes(10)), report_id, revision, one, change, reason, at) for one in told]
    await store.add(session, rows)
    await webhooks.enqueue_all(session, _EVENTS.get(change, Event.RECORD_RECALLED), map(_told, rows), now=at)
    content: dict[str, JsonValue] = {
        "event": decision.event,
        "members": [str(one) for one in told],
        "reason": reason or "",
        "report": str(report_id),
        "revision": revision,
    }
    event = AuditEvent(LeafType.RECALL, "recall.emit", change, subject=tuple(subject), content=content)
    await audit.record(session, event, act=act, trail=trail)
    return len(rows)


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
) -> list[Recall]:
    """List a member's recalls after a place, oldest first; the look leaves a trace."""
    found = await store.page(session, member_id=member_id, limit=limit, after=after)
    content = {"recalls": [str(one.id) for one in found]}
    event = AuditEvent(LeafType.QUERY, "recall.list", "answered", legal_basis="recipient", content=content)
    await audit.record(session, event, act=act, trail=trail)
    return found
