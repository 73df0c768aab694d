"""What time does to appeals: missed deadlines acted on in the order they were due, and reminders before them."""

from collections.abc import Sequence
from uuid import UUID

from registry.domain.appeal_case import AppealStep
from registry.domain.deadlines import Reminder, reminders, wake_at
from registry.domain.events import Act, AuditEvent, timestamp
from registry.domain.webhooks import Event
from registry.services import audit, webhooks
from registry.services.appeals import letters
from registry.services.appeals.desk import Desk
from registry.services.appeals.letters import Post
from registry.services.appeals.plans import Turn, moves
from registry.services.appeals.steps import Standing, lock, look, planned, take
from registry.store import appeal_clocks as store
from registry.store import reports, scores
from registry.store.appeal_clocks import Kept
from registry.store.database import WriteSession
from registry_formats.leaf import JsonValue, LeafType

BATCH = 20


async def advance(session: WriteSession, aside: set[UUID], *, act: Act, desk: Desk) -> int:
    """Do what time has to do in a few appeals, the earliest first; return how much was done, 0 when nothing is left.

    After a standstill every missed deadline is acted on once, in the order in which they were due. Whoever works on an
    appeal takes its missed deadlines first, so one that somebody holds is left to them.

    Args:
        session: the transaction.
        aside: appeals to leave alone; one that fails stays in it, so that it holds up no other.
        act: in whose name, when.
        desk: what appeals are worked on with.
    """
    if not await store.lead(session):
        return 0
    held: set[UUID] = set()
    done, stopped = 0, False
    while done < BATCH and (appeal_id := await store.next_due(session, now=act.now, beside=held | aside)) is not None:
        aside.add(appeal_id)
        if not stopped and moves(planned(await look(session, appeal_id, desk), None, act, desk)):
            if done:
                # Whoever discloses may wait for a row that this transaction holds: the next one begins with the lock.
                aside.remove(appeal_id)
                break
            await scores.stop_disclosure(session)
            stopped = True
        standing = await lock(session, appeal_id, desk, wait=False)
        turns = [] if standing is None else planned(standing, None, act, desk)
        if standing is None or (moves(turns) and not stopped):
            held.add(appeal_id)
        elif _comes_first(standing, turns):
            await take(session, standing, turns, act, desk)
            done += 1
        else:
            # What is missed is acted on when its turn comes; nobody needs to be reminded of it or of what follows.
            await _remind(session, standing, () if turns else _due_soon(standing, act, desk), act, desk)
            done += 1
        aside.remove(appeal_id)
    return done


def _comes_first(standing: Standing, turns: Sequence[Turn]) -> bool:
    """Say whether the first of these was due when time last had something to do here, and not only later."""
    wake = standing.appeal.wake_at
    due = turns[0].wish.due_at if turns else None
    return bool(turns) and (due is None or wake is None or due <= wake)


def _due_soon(standing: Standing, act: Act, desk: Desk) -> tuple[Reminder, ...]:
    """Return the reminders that still help."""
    return reminders(standing.case, desk.policies[standing.report.policy], act.now)


async def _remind(session: WriteSession, standing: Standing, due: Sequence[Reminder], act: Act, desk: Desk) -> None:
    """Send reminders, each once, and sleep until time has something to do again."""
    appeal, policy = standing.appeal, desk.policies[standing.report.policy]
    for one in due:
        kept = Kept(appeal.id, one.step, one.due, one.hours)
        if await store.remind(session, kept, now=act.now):
            await _send(session, standing, one, act, desk)
    await store.wake(session, appeal.id, wake_at(standing.case, policy, appeal.wake_at or act.now))


async def _send(session: WriteSession, standing: Standing, one: Reminder, act: Act, desk: Desk) -> None:
    appeal, report = standing.appeal, standing.report
    subject = await reports.identities(session, report.id)
    content: dict[str, JsonValue] = {
        "appeal": str(appeal.id),
        "due_at": timestamp(one.due),
        "hours": one.hours,
        "step": one.step,
        "to": one.to,
    }
    event = AuditEvent(
        LeafType.APPEAL, "appeal.reminded", one.to, legal_basis="clock", subject=tuple(subject), content=content
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    await letters.remind(Post(session, appeal, report, subject, act, desk), one)
    if one.step is AppealStep.MISS_ANSWER:
        told = {"answer_by": timestamp(one.due), "appeal_id": str(appeal.id), "report_id": str(report.id)}
        await webhooks.enqueue(session, Event.APPEAL_ANSWER_DUE, appeal.member_id, told, now=act.now)


async def forget(session: WriteSession) -> int:
    """Destroy what was said in appeals that are over, about records that have expired; return how many."""
    return await store.forget(session, limit=BATCH)
