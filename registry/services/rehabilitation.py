"""Rehabilitation: the subject applies, an officer decides within 20 days, and silence grants (domain.md 10).

Granting brings the record's last day forward to today; the sweep that ends records does the rest, and tells everybody.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from registry.domain.appeal_case import CLOCK, Actor
from registry.domain.events import Act, AuditEvent
from registry.domain.policy import Policy
from registry.domain.rehabilitation import Candidate, Obstacle, decide, due, obstacles
from registry.domain.uuids import uuid7
from registry.errors import Conflict, NotFound
from registry.services import audit
from registry.services.trail import Trail
from registry.store import appeals, reports
from registry.store import rehabilitation as store
from registry.store.database import WriteSession
from registry.store.rehabilitation import Rehabilitation
from registry.store.reports import Report
from registry_formats.leaf import LeafType

BATCH = 50
LEGAL_BASIS = "rehabilitation"


@dataclass(frozen=True, slots=True)
class Desk:
    """The rules, the trail and randomness."""

    policies: Mapping[str, Policy]
    trail: Trail
    entropy: Callable[[int], bytes]


async def apply(
    session: WriteSession, report_id: UUID, stored: Sequence[bytes], *, act: Act, desk: Desk
) -> Rehabilitation:
    """Apply for the end of a record, for somebody of whom the caller knows that the record is about them.

    Args:
        session: in which it happens.
        report_id: the record.
        stored: the stored tokens that the person has proved control of now.
        act: who acts, when.
        desk: the rules, the trail and randomness.

    Raises:
        NotFound: `report_unknown`.
        Conflict: the first `Obstacle`; `rehabilitation_open`.
    """
    report = await _lock(session, report_id)
    policy = desk.policies[report.policy]
    other = await store.last_other_act(session, report_id, stored)
    candidate = Candidate(report.state, report.act_ended_on, report.expires_on, report.repaid_on, other)
    for obstacle in obstacles(candidate, today=policy.today(act.now), policy=policy):
        raise Conflict(obstacle.value)
    new = Rehabilitation(uuid7(int(act.now.timestamp() * 1000), desk.entropy(10)), report_id, act.now, act.now)
    new = replace(new, due_at=due(new.application, policy))
    if not await store.add(session, new):
        raise Conflict("rehabilitation_open")
    await _record(session, new, "rehabilitation.apply", "applied", act, desk.trail)
    return new


async def resolve(
    session: WriteSession, rehabilitation_id: UUID, obstacle: Obstacle | None, *, by: Actor, act: Act, desk: Desk
) -> Rehabilitation:
    """Grant an application, or refuse it for what stands against it.

    Raises:
        NotFound: `rehabilitation_unknown`.
        Conflict: `rehabilitation_decided`.
        Denied: `rehabilitation_role_refused`.
    """
    found = await store.lock(session, rehabilitation_id)
    if found is None:
        raise NotFound("rehabilitation_unknown")
    return await _decide(session, found, obstacle, by=by, act=act, desk=desk)


async def waiting(session: WriteSession, *, limit: int, act: Act, desk: Desk) -> list[Rehabilitation]:
    """List open applications, the most urgent first; the look leaves a trace."""
    found = await store.waiting(session, limit=limit)
    content = {"rehabilitations": [str(one.id) for one in found]}
    event = AuditEvent(LeafType.QUERY, "rehabilitation.list", "answered", legal_basis=LEGAL_BASIS, content=content)
    await audit.record(session, event, act=act, trail=desk.trail)
    return found


async def grant_overdue(session: WriteSession, *, act: Act, desk: Desk) -> int:
    """Grant a few applications that nobody decided in time; return how many, 0 when nothing is left."""
    found = await store.overdue(session, now=act.now, limit=BATCH)
    for one in found:
        await _decide(session, one, None, by=CLOCK, act=act, desk=desk)
    return len(found)


async def _decide(
    session: WriteSession, found: Rehabilitation, obstacle: Obstacle | None, *, by: Actor, act: Act, desk: Desk
) -> Rehabilitation:
    report = await _lock(session, found.report_id)
    policy = desk.policies[report.policy]
    decided = decide(found.application, granted=obstacle is None, by=by, policy=policy, now=act.now)
    after = replace(
        found, granted=decided.granted, decided_at=decided.decided_at, decided_by=by.staff_id, obstacle=obstacle
    )
    await store.save(session, after)
    if after.granted:
        await store.end_on(session, report.id, policy.today(act.now))
    outcome = "granted" if after.granted else "refused"
    await _record(session, after, "rehabilitation.decide", outcome, act, desk.trail)
    return after


async def _lock(session: WriteSession, report_id: UUID) -> Report:
    report = await appeals.lock_report(session, report_id)
    if report is None:
        raise NotFound("report_unknown")
    return report


async def _record(
    session: WriteSession, one: Rehabilitation, action: str, outcome: str, act: Act, trail: Trail
) -> None:
    event = AuditEvent(
        LeafType.APPEAL,
        action,
        outcome,
        legal_basis=LEGAL_BASIS,
        subject=tuple(await reports.identities(session, one.report_id)),
        content={
            "due_at_ms": int(one.due_at.timestamp() * 1000),
            "obstacle": one.obstacle.value if one.obstacle is not None else "",
            "rehabilitation": str(one.id),
            "report": str(one.report_id),
        },
    )
    await audit.record(session, event, act=act, trail=trail)
