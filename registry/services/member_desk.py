"""What a member's people see of its affairs: what waits for them, its recalls, and which steps to live it has taken."""

from datetime import datetime
from uuid import UUID

from registry.domain.events import Act, AuditEvent
from registry.domain.go_live import GoLive
from registry.services import audit
from registry.services.trail import Trail
from registry.store import go_live, member_figures, outcomes, recalls, reports
from registry.store.database import ReadSession, WriteSession
from registry.store.member_figures import Figures
from registry.store.outcomes import Known
from registry.store.recalls import Told
from registry_formats.leaf import LeafType

_BASIS = "recipient"


async def figures(session: ReadSession, *, member_id: UUID) -> Figures:
    """Count what waits for a member; counts of its own are no disclosure."""
    return await member_figures.count(session, member_id=member_id)


async def taken(session: ReadSession, *, member_id: UUID) -> frozenset[GoLive]:
    """Return the steps of going live that a member has taken."""
    return await go_live.taken(session, member_id=member_id)


async def recalls_of(
    session: WriteSession,
    *,
    member_id: UUID,
    waiting: bool,
    limit: int,
    before: tuple[datetime, UUID] | None,
    act: Act,
    trail: Trail,
) -> list[Told]:
    """List a member's recalls, newest first: all of them, or those that wait for its acknowledgement."""
    found = await recalls.newest(session, member_id=member_id, waiting=waiting, limit=limit, before=before)
    content = {"recalls": [str(one.recall.id) for one in found]}
    event = AuditEvent(LeafType.QUERY, "recall.list", "answered", legal_basis=_BASIS, content=content)
    await audit.record(session, event, act=act, trail=trail)
    return found


async def recall(
    session: WriteSession, recall_id: UUID, *, member_id: UUID, act: Act, trail: Trail
) -> tuple[Told, list[Known]]:
    """Show a recall to the member it was sent to, with the restrictions it says to lift. NotFound `recall_unknown`."""
    found = await recalls.get(session, recall_id, member_id=member_id)
    subject = tuple(await reports.identities(session, found.recall.report_id))
    content = {"recall": str(recall_id), "report": str(found.recall.report_id)}
    event = AuditEvent(LeafType.QUERY, "recall.read", "answered", legal_basis=_BASIS, subject=subject, content=content)
    await audit.record(session, event, act=act, trail=trail)
    return found, await outcomes.named(session, found.lift, member_id=member_id)
