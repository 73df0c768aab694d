"""What a reviewer is shown of a report, and what a reviewer's verdict does to it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from registry.domain.events import Act, AuditEvent
from registry.domain.ids import MemberIntegrity
from registry.domain.lifecycle import Step, decide
from registry.domain.second_looks import check_judge
from registry.domain.uuids import uuid7
from registry.domain.webhooks import Event
from registry.errors import Conflict, NotFound
from registry.services import audit, recalls, webhooks
from registry.services.reports.desk import Desk
from registry.services.reports.statements import statement_of
from registry.store import appeals, integrity, reports
from registry.store import second_looks as store
from registry.store.database import WriteSession
from registry.store.integrity import Found
from registry.store.reports import Report
from registry_formats.leaf import JsonValue, LeafType

SOURCE = "second_look"


@dataclass(frozen=True, slots=True)
class Case:
    """A report before a reviewer: whose, and what its member signed last (JWS), which names people by tokens only."""

    report: Report
    pseudonym: str
    statement: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a reviewer decides so; `is_false` says that the member knew the report to be false."""

    note: str
    is_false: bool


async def open_case(session: WriteSession, report_id: UUID, pseudonym: str, *, act: Act, desk: Desk) -> Case:
    """Show a report to a reviewer; the look leaves its trace. NotFound `report_unknown` once it has expired."""
    report = await lock(session, report_id)
    if report.wrapped_key is None:
        raise NotFound("report_unknown")
    told = [one for one in await reports.revisions(session, report_id) if one.sealed_jws is not None]
    event = AuditEvent(
        LeafType.QUERY,
        f"{SOURCE}.read",
        "answered",
        legal_basis=SOURCE,
        subject=tuple(await reports.identities(session, report_id)),
        content={"report": str(report_id), "revision": report.revision},
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    return Case(report, pseudonym, statement_of(report, told[-1], desk))


async def lock(session: WriteSession, report_id: UUID) -> Report:
    """Return a report and keep it from changing until this transaction ends. NotFound `report_unknown`."""
    report = await appeals.lock_report(session, report_id)
    if report is None:
        raise NotFound("report_unknown")
    return report


async def check_first_look(session: WriteSession, report_id: UUID, *, by: UUID) -> None:
    """Refuse whoever had to do with the report before. Denied `touched_before`."""
    check_judge(by, await store.touched(session, report_id))


async def move(session: WriteSession, before: Report, step: Step, *, act: Act, desk: Desk) -> Report:
    """Take a step that a reviewer decided; whoever received the report is told.

    The caller holds `store.scores.stop_disclosure` since before it locked the report. Conflict `report_contested` while
    an appeal is open, which decides; `report_step_refused`.
    """
    if await appeals.is_contested(session, before.id):
        raise Conflict("report_contested")
    decision = decide(before.standing(), step, policy=desk.policies[before.policy], now=act.now)
    after = replace(before, state=decision.state, state_reason=None, state_at=act.now, held=False)
    await reports.save(session, after)
    subject = await reports.identities(session, after.id)
    content: dict[str, JsonValue] = {
        "report": str(after.id),
        "revision": after.revision,
        "state": after.state.value,
    }
    event = AuditEvent(
        LeafType.REPORT, decision.event, after.state.value, legal_basis=SOURCE, subject=tuple(subject), content=content
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    await recalls.emit(session, after.id, after.revision, decision, subject=subject, act=act, trail=desk.trail)
    told = {"report_id": str(after.id), "state": after.state.value}
    await webhooks.enqueue(session, Event.REPORT_STATE, after.member_id, told, now=act.now)
    return after


async def find_false(session: WriteSession, report: Report, *, act: Act, desk: Desk) -> None:
    """Record that the member filed what it knew to be false (MI-01), and warn it."""
    kind = MemberIntegrity.FALSE_REPORT
    found = Found(new_id(act.now, desk), report.member_id, kind, act.now, SOURCE, report.id, act.now)
    if await integrity.add_finding(session, found):
        told = {"code": kind.value, "report_id": str(report.id)}
        await webhooks.enqueue(session, Event.MEMBER_WARNING, report.member_id, told, now=act.now)


def new_id(now: datetime, desk: Desk) -> UUID:
    """Make an id."""
    return uuid7(int(now.timestamp() * 1000), desk.entropy(10))
