"""What follows from a turn: the record moves and its readers hear, letters are written, log and member are told."""

from collections.abc import Sequence
from uuid import UUID

from registry.domain import lifecycle
from registry.domain.appeal_case import AppealStep, Party
from registry.domain.appeals import ALLOWED, is_open
from registry.domain.deadlines import timers
from registry.domain.events import Act, AuditEvent, timestamp
from registry.domain.ids import ReportState
from registry.domain.lifecycle import Inform
from registry.domain.webhooks import Event
from registry.services import audit, recalls, webhooks
from registry.services.appeals import letters
from registry.services.appeals.desk import Desk
from registry.services.appeals.letters import Post
from registry.services.appeals.plans import Moved, Turn
from registry.store import appeals as store
from registry.store import integrity, reports
from registry.store.appeals import Appeal, Step
from registry.store.database import WriteSession
from registry.store.integrity import Found
from registry.store.known import TELLING_STATES
from registry.store.reports import Report, Revision
from registry_formats.leaf import JsonValue, LeafType

SOURCE = "appeal"
# A record on an event that did not happen keeps its state and counts for nothing, as a suspended one does.
_SILENCED = lifecycle.Decision(
    ReportState.SUSPENDED, "report.silenced", revises=False, inform=Inform.ACKNOWLEDGE, reason="act_denied"
)


async def follow(session: WriteSession, appeal: Appeal, report: Report, turn: Turn, *, act: Act, desk: Desk) -> None:
    """Do all that follows from a turn; the appeal is saved already, the record is not."""
    subject = await reports.identities(session, report.id)
    await _flag(session, appeal, turn)
    if turn.moved is not None:
        await _move(session, appeal, turn, turn.moved, subject, act, desk)
    await _find(session, appeal, turn, act, desk)
    await letters.follow(Post(session, appeal, report, subject, act, desk), turn)
    await write_down(session, appeal, turn, subject=subject, act=act, desk=desk)
    await _tell_member(session, appeal, report, turn, act, desk)


async def write_down(
    session: WriteSession, appeal: Appeal, turn: Turn, *, subject: Sequence[bytes], act: Act, desk: Desk
) -> None:
    """Record a step in the audit log, and in the history of its appeal."""
    wish, case = turn.wish, turn.after
    content: dict[str, JsonValue] = {
        "appeal": str(appeal.id),
        "due_at": "" if wish.due_at is None else timestamp(wish.due_at),
        "evidence": case.evidence,
        "findings": sorted(turn.decision.findings),
        "report": str(appeal.report_id),
        "result": case.result or "",
        "state": case.state,
    }
    event = AuditEvent(
        LeafType.APPEAL,
        turn.decision.event,
        case.state,
        legal_basis="clock" if wish.due_at is not None else SOURCE,
        subject=tuple(subject),
        content=content,
    )
    entry = await audit.record(session, event, act=act, trail=desk.trail)
    taken = Step(
        id=desk.new_id(act.now),
        appeal_id=appeal.id,
        step=wish.step,
        party=_party(turn),
        staff_id=wish.by.staff_id,
        state=case.state,
        at=act.now,
        due_at=wish.due_at,
        entry_id=entry.id,
    )
    await store.add_step(session, taken)


def _party(turn: Turn) -> Party:
    """Return in which capacity the step was taken; of several that would do, the first."""
    return min(ALLOWED[turn.wish.step] & turn.wish.by.parties)


async def _flag(session: WriteSession, appeal: Appeal, turn: Turn) -> None:
    if is_open(turn.before) == is_open(turn.after):
        return
    others = await store.is_contested(session, appeal.report_id, beside=appeal.id)
    await store.mark(session, appeal.report_id, appeal_open=others or is_open(turn.after))


async def _move(
    session: WriteSession, appeal: Appeal, turn: Turn, moved: Moved, subject: Sequence[bytes], act: Act, desk: Desk
) -> None:
    after, decision = moved.report, moved.decision
    await reports.save(session, after)
    if moved.change is not None:
        revision = Revision(after.id, after.revision, moved.change, decision.reason or None, act.now)
        await reports.add_revision(session, revision)
    if moved.step in {lifecycle.Step.OVERTURN, lifecycle.Step.REINSTATE}:
        await _judge_act(session, after.id, act, desk, denied=_is_denied(turn))
    event = AuditEvent(
        LeafType.REPORT,
        decision.event,
        decision.state,
        legal_basis=SOURCE,
        subject=tuple(subject),
        content={
            "appeal": str(appeal.id),
            "reason": decision.reason,
            "report": str(after.id),
            "revision": after.revision,
            "state": after.state,
        },
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    await recalls.emit(session, after.id, after.revision, decision, subject=subject, act=act, trail=desk.trail)
    told = {"report_id": str(after.id), "state": after.state}
    await webhooks.enqueue(session, Event.REPORT_STATE, after.member_id, told, now=act.now)


def _counting(state: ReportState) -> lifecycle.Decision:
    return lifecycle.Decision(state, "report.counts_again", revises=False, inform=Inform.TELL)


async def _judge_act(session: WriteSession, report_id: UUID, act: Act, desk: Desk, *, denied: bool) -> None:
    """Note whether the act happened, and tell the readers of others on the same event what those count from now on."""
    if not await store.deny_act(session, report_id, denied=denied):
        return
    for other, revision, state in await store.others_of_event(session, report_id):
        if state not in TELLING_STATES:
            continue
        decision = _SILENCED if denied else _counting(state)
        subject = await reports.identities(session, other)
        await recalls.emit(session, other, revision, decision, subject=subject, act=act, trail=desk.trail)


def _is_denied(turn: Turn) -> bool:
    draft = turn.before.draft
    return turn.wish.step is AppealStep.APPROVE and draft is not None and draft.act_denied


async def _find(session: WriteSession, appeal: Appeal, turn: Turn, act: Act, desk: Desk) -> None:
    for kind in sorted(turn.decision.findings):
        found = Found(desk.new_id(act.now), appeal.member_id, kind, act.now, SOURCE, appeal.id, act.now)
        await integrity.add_finding(session, found)


async def _tell_member(session: WriteSession, appeal: Appeal, report: Report, turn: Turn, act: Act, desk: Desk) -> None:
    named: dict[str, JsonValue] = {"appeal_id": str(appeal.id), "report_id": str(appeal.report_id)}
    if turn.wish.step is AppealStep.ADMIT:
        due = {timer.step: timer.due for timer in timers(turn.after, desk.policies[report.policy])}
        named |= {"answer_by": timestamp(due[AppealStep.MISS_ANSWER])}
        await webhooks.enqueue(session, Event.APPEAL_OPENED, appeal.member_id, named, now=act.now)
    if turn.decision.decides:
        named |= {"result": turn.after.result or ""}
        await webhooks.enqueue(session, Event.APPEAL_DECIDED, appeal.member_id, named, now=act.now)
