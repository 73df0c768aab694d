"""A random share of all reports is looked at again, by somebody who had nothing to do with them (scoring.md, rho)."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from uuid import UUID

from registry.domain.events import Act, AuditEvent
from registry.domain.policy import Policy
from registry.domain.sampling import drawn as is_drawn
from registry.domain.second_looks import STEP_OF, WEEK, SecondResult, next_week
from registry.errors import Conflict, Denied
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
from registry.services.trail import Trail
from registry.store import scores
from registry.store import second_looks as store
from registry.store.database import WriteSession
from registry.store.second_looks import Drawn
from registry_formats.leaf import JsonValue, LeafType

_SEED_BYTES = 32


async def draw(session: WriteSession, *, policies: Mapping[str, Policy], act: Act, trail: Trail) -> int:
    """Draw from the reports that began to count in one week that is over; return 0 when no week is due.

    The seed is made now, when nobody can choose ids any more; the log has its digest, and it is published once nothing
    of the week is left to judge.
    """
    week = next_week(await store.last_week(session), act.now)
    seed = secrets.token_bytes(_SEED_BYTES)
    if week is None or not await store.add_week(session, week, seed=seed, now=act.now):
        return 0
    since = datetime.combine(week, time.min, UTC)
    found = await store.activated(session, since=since, until=since + timedelta(days=WEEK))
    if not found:
        return 1
    chosen = [report_id for report_id, pack in found if is_drawn(seed, report_id, policies[pack].integrity)]
    await store.add_drawn(session, chosen, week, now=act.now)
    content: dict[str, JsonValue] = {
        "drawn": len(chosen),
        "reports": len(found),
        "seed_sha256": sha256(seed).hexdigest(),
        "week": week.isoformat(),
    }
    event = AuditEvent(LeafType.ADMIN, "readjudication.draw", "drawn", legal_basis="rule", content=content)
    await audit.record(session, event, act=act, trail=trail)
    return 1


async def page(
    session: WriteSession, *, limit: int, after: tuple[datetime, UUID] | None, act: Act, desk: Desk
) -> list[Drawn]:
    """List the drawn reports that nobody has judged; the look leaves its trace."""
    found = await store.drawn(session, limit=limit, after=after)
    content: dict[str, JsonValue] = {"reports": [str(one.report_id) for one in found]}
    event = AuditEvent(LeafType.ADMIN, "readjudication.list", "answered", legal_basis=SOURCE, content=content)
    await audit.record(session, event, act=act, trail=desk.trail)
    return found


async def claim(session: WriteSession, report_id: UUID, *, by: UUID, act: Act, desk: Desk) -> Case:
    """Take a drawn report on, and see it; whoever has it may ask again.

    Errors: NotFound `readjudication_unknown`, `report_unknown`; Conflict `readjudication_judged`,
    `readjudication_claimed`; Denied `touched_before`.
    """
    one = await _unjudged(session, report_id)
    if one.reviewer_id not in {None, by}:
        raise Conflict("readjudication_claimed")
    await check_first_look(session, report_id, by=by)
    if one.reviewer_id is None:
        await store.claim(session, report_id, by, now=act.now)
    return await open_case(session, report_id, one.pseudonym, act=act, desk=desk)


async def judge(
    session: WriteSession, report_id: UUID, result: SecondResult, why: Reasons, *, by: UUID, act: Act, desk: Desk
) -> Drawn:
    """Say what a second look found; what is not upheld counts no more, and everybody who received it is told.

    Errors: NotFound `readjudication_unknown`, `report_unknown`; Conflict `readjudication_judged`, `report_contested`,
    `report_step_refused`; Denied `readjudication_not_yours`, `touched_before`.
    """
    await scores.stop_disclosure(session)
    report = await lock(session, report_id)
    one = await _unjudged(session, report_id)
    if one.reviewer_id != by:
        raise Denied("readjudication_not_yours")
    await check_first_look(session, report_id, by=by)
    if result in STEP_OF:
        report = await move(session, report, STEP_OF[result], act=act, desk=desk)
    if why.is_false and result is SecondResult.OVERTURNED:
        await find_false(session, report, act=act, desk=desk)
    await store.judge(session, report_id, result, why.note, now=act.now)
    content: dict[str, JsonValue] = {"false": why.is_false, "note": why.note, "report": str(report_id)}
    event = AuditEvent(LeafType.ADMIN, "readjudication.judge", result.value, legal_basis=SOURCE, content=content)
    await audit.record(session, event, act=act, trail=desk.trail)
    return await store.lock_drawn(session, report_id)


async def _unjudged(session: WriteSession, report_id: UUID) -> Drawn:
    one = await store.lock_drawn(session, report_id)
    if one.judged_at is not None:
        raise Conflict("readjudication_judged")
    return one
