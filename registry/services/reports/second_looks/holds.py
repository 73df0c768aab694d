"""Reports that wait: of a member under supervision each, of a wave that came too fast a sample, before they count."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from registry.domain.events import Act, AuditEvent
from registry.domain.ids import ReportState
from registry.domain.lifecycle import Step
from registry.domain.sampling import sample
from registry.domain.second_looks import Place, Verdict, check_hold, follows
from registry.errors import Conflict
from registry.services import audit
from registry.services.reports.desk import Desk
from registry.services.reports.second_looks.cases import (
    SOURCE,
    Case,
    Reasons,
    check_first_look,
    find_false,
    lock,
    move,
    open_case,
)
from registry.store import members, scores
from registry.store import second_looks as store
from registry.store.database import WriteSession
from registry.store.second_looks import Hold
from registry_formats.leaf import JsonValue, LeafType

_ENDED = frozenset({ReportState.WITHDRAWN, ReportState.EXPIRED, ReportState.SEALED, ReportState.OVERTURNED})


async def page(
    session: WriteSession, *, limit: int, after: tuple[datetime, UUID] | None, act: Act, desk: Desk
) -> list[Hold]:
    """List the reports that wait, the longest waiting first; the look leaves its trace."""
    found = await store.held(session, limit=limit, after=after)
    content: dict[str, JsonValue] = {"reports": [str(one.report_id) for one in found]}
    await _record(session, "list", "answered", content, act, desk)
    return found


async def show(session: WriteSession, report_id: UUID, *, act: Act, desk: Desk) -> Case:
    """Show a report that waits, or waited. NotFound `hold_unknown`, `report_unknown`."""
    one = await store.lock_hold(session, report_id)
    return await open_case(session, report_id, one.pseudonym, act=act, desk=desk)


async def draw_sample(session: WriteSession, brake_id: UUID, *, act: Act, desk: Desk) -> list[Hold]:
    """Draw the sample of a wave, by its seed alone; reports that come from now on are another wave.

    Errors: NotFound `brake_unknown`; Conflict `brake_drawn`.
    """
    wave = await store.lock_wave(session, brake_id)
    if wave.drawn_at is not None:
        raise Conflict("brake_drawn")
    await store.draw_wave(session, brake_id, now=act.now)
    waiting = {one.report_id: one for one in await store.of_wave(session, brake_id) if one.verdict is None}
    member = await members.get(session, member_id=wave.member_id)
    chosen = sample(wave.seed, waiting, desk.policies[member.policy].integrity.brake_sample)
    await store.mark_sampled(session, chosen)
    content: dict[str, JsonValue] = {
        "brake": str(brake_id),
        "reports": len(waiting),
        "sample": [str(one) for one in chosen],
        "seed": wave.seed.hex(),
    }
    await _record(session, "draw", "drawn", content, act, desk)
    return [replace(waiting[one], sampled=True, drawn=True) for one in chosen]


async def release(session: WriteSession, report_id: UUID, *, by: UUID, act: Act, desk: Desk) -> Hold:
    """Let a report count once its notice window is over; with the last of a clean sample, the rest of its wave too.

    Errors: NotFound `hold_unknown`; Conflict `hold_settled`, `hold_not_sampled`; Denied `touched_before`.
    """
    one = await _judge(session, report_id, by=by)
    await store.settle(session, [report_id], Verdict.RELEASED, by=by, now=act.now)
    return await _follow(session, replace(one, verdict=Verdict.RELEASED), by, act, desk)


async def refuse(session: WriteSession, report_id: UUID, why: Reasons, *, by: UUID, act: Act, desk: Desk) -> Hold:
    """Overturn a report that waits: it has never counted; from now on each report of its wave is judged by itself.

    Errors: as `release`; Conflict `report_contested`, `report_step_refused`.
    """
    await scores.stop_disclosure(session)
    report = await lock(session, report_id)
    one = await _judge(session, report_id, by=by)
    if report.state not in _ENDED:
        report = await move(session, report, Step.OVERTURN, act=act, desk=desk)
    if why.is_false:
        await find_false(session, report, act=act, desk=desk)
    await store.settle(session, [report_id], Verdict.REFUSED, by=by, now=act.now)
    return await _follow(session, replace(one, verdict=Verdict.REFUSED), by, act, desk, note=why.note)


async def _judge(session: WriteSession, report_id: UUID, *, by: UUID) -> Hold:
    one = await store.lock_hold(session, report_id)
    check_hold(_place(one), in_wave=one.brake_id is not None, drawn=one.drawn)
    if one.brake_id is not None:
        # Two who judge the last two of a sample at once would each find the other missing.
        await store.lock_wave(session, one.brake_id)
    await check_first_look(session, report_id, by=by)
    return one


async def _follow(session: WriteSession, one: Hold, by: UUID, act: Act, desk: Desk, *, note: str = "") -> Hold:
    """Do what a verdict means for the rest of the wave, and leave the trace of all of it."""
    rest = await store.of_wave(session, one.brake_id) if one.brake_id is not None else []
    others = follows([_place(other) for other in rest])
    if others.released:
        await store.settle(session, others.released, Verdict.RELEASED, by=by, now=act.now)
    if others.sampled:
        await store.mark_sampled(session, others.sampled)
    content: dict[str, JsonValue] = {
        "note": note,
        "released": [str(other) for other in others.released],
        "report": str(one.report_id),
        "sampled": [str(other) for other in others.sampled],
    }
    await _record(session, "judge", str(one.verdict), content, act, desk)
    return one


def _place(one: Hold) -> Place:
    return Place(one.report_id, one.sampled, one.supervised, one.verdict)


async def _record(
    session: WriteSession, what: str, outcome: str, content: dict[str, JsonValue], act: Act, desk: Desk
) -> None:
    event = AuditEvent(LeafType.ADMIN, f"hold.{what}", outcome, legal_basis=SOURCE, content=content)
    await audit.record(session, event, act=act, trail=desk.trail)
