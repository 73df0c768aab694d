"""Leave a case of the queue to colleagues; and note what somebody passed over who took another one.

Nobody is kept from choosing, because some cases are for some people; but nobody chooses unseen.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from registry.domain.appeal_skips import SkipReason, check_skip
from registry.domain.events import Act, AuditEvent
from registry.services import audit
from registry.services.appeals.desk import Desk
from registry.services.appeals.steps import Standing, look
from registry.store import appeal_skips as store
from registry.store import reports
from registry.store.appeal_skips import Skip
from registry.store.database import ReadSession, WriteSession
from registry_formats.leaf import JsonValue, LeafType

PASSED_MOST = 20


async def skip(
    session: WriteSession, appeal_id: UUID, reason: SkipReason, *, by: UUID, act: Act, desk: Desk
) -> Standing:
    """Leave a case in the queue to colleagues, and say why.

    Errors: NotFound `appeal_unknown`; Conflict `appeal_claimed`, `appeal_step_refused`.
    """
    standing = await look(session, appeal_id, desk)
    check_skip(standing.case)
    await store.add(session, Skip(desk.new_id(act.now), appeal_id, by, reason, act.now))
    await _record(session, "appeal.skip", standing, {"reason": reason.value}, act, desk)
    return standing


async def note_passed_over(session: WriteSession, taken: Standing, *, by: UUID, act: Act, desk: Desk) -> None:
    """Note which cases were due sooner, and left without a word, when somebody took this one."""
    due = taken.appeal.next_due_at
    if due is None:
        return
    passed: list[JsonValue] = [str(one) for one in await store.due_before(session, due, staff_id=by, most=PASSED_MOST)]
    if passed:
        await _record(session, "appeal.passed_over", taken, {"passed": passed}, act, desk)


async def skipped(session: ReadSession, appeal_ids: Collection[UUID], *, staff_id: UUID) -> Mapping[UUID, datetime]:
    """Return when this person last left each of these cases to colleagues, if ever."""
    return await store.newest(session, appeal_ids, staff_id=staff_id)


async def _record(
    session: WriteSession, action: str, standing: Standing, content: dict[str, JsonValue], act: Act, desk: Desk
) -> None:
    named: dict[str, JsonValue] = {"appeal": str(standing.appeal.id), "report": str(standing.report.id)}
    subject = await reports.identities(session, standing.report.id)
    event = AuditEvent(
        LeafType.APPEAL,
        action,
        standing.state,
        legal_basis="appeal",
        subject=tuple(subject),
        content={**named, **content},
    )
    await audit.record(session, event, act=act, trail=desk.trail)
