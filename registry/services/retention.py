"""Take a record out of use: sealed for ever because the person was a child, or restricted for as long as it must be.

Whoever received it hears so in the same transaction, and nobody is told of it from then on (domain.md 6).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from registry.domain.appeals import contests
from registry.domain.events import Act, AuditEvent
from registry.domain.ids import ReportState
from registry.domain.lifecycle import Decision, RestrictReason, Step, decide
from registry.domain.policy import Policy
from registry.domain.webhooks import Event
from registry.errors import NotFound
from registry.services import audit, recalls, webhooks
from registry.services.trail import Trail
from registry.store import appeal_cases, appeals, reports, scores
from registry.store.database import WriteSession
from registry.store.reports import Report
from registry_formats.leaf import LeafType

LEGAL_BASIS = "retention"


class AgeProof(StrEnum):
    """What shows that the person was under 18 at the act."""

    AUTHORITY = "authority"
    GUARDIAN = "guardian"
    IDENTITY_DOCUMENT = "identity_document"  # seen, never kept
    MEMBER = "member"  # its own real-name account says so


@dataclass(frozen=True, slots=True)
class Desk:
    """The rules and the trail."""

    policies: Mapping[str, Policy]
    trail: Trail


async def seal(session: WriteSession, report_id: UUID, shown_by: AgeProof, *, act: Act, desk: Desk) -> Report:
    """Seal the record of somebody who was under 18 at the act; nothing ever opens it again, and it expires in its time.

    Raises:
        NotFound: `report_unknown`.
        Conflict: `report_step_refused`.
    """
    return await _take(session, report_id, Step.SEAL, because=shown_by.value, act=act, desk=desk)


async def restrict(
    session: WriteSession, report_id: UUID, reason: RestrictReason, reference: str, *, act: Act, desk: Desk
) -> Report:
    """Keep a record out of use: neither shared nor scored until it is lifted.

    Args:
        session: in which it happens.
        report_id: the record.
        reason: a court's order, or a legal basis that is gone.
        reference: the file number of what demands it.
        act: who acts, when.
        desk: the rules and the trail.

    Raises:
        NotFound: `report_unknown`.
        Conflict: `report_step_refused`.
    """
    return await _take(session, report_id, Step.RESTRICT, reason=reason.value, because=reference, act=act, desk=desk)


async def lift(session: WriteSession, report_id: UUID, reference: str, *, act: Act, desk: Desk) -> Report:
    """Let a restricted record go back to where it stood: disputed, if an appeal is open. Errors as `restrict`."""
    return await _take(session, report_id, Step.LIFT, because=reference, act=act, desk=desk)


async def _take(
    session: WriteSession,
    report_id: UUID,
    step: Step,
    *,
    because: str,
    reason: str = "",
    act: Act,
    desk: Desk,
) -> Report:
    # Before the row: a disclosure that holds this lock may be waiting for it.
    await scores.stop_disclosure(session)
    before = await appeals.lock_report(session, report_id)
    if before is None:
        raise NotFound("report_unknown")
    standing = replace(before.standing(), open_dispute=await _is_contested(session, before))
    decision = decide(standing, step, policy=desk.policies[before.policy], now=act.now, reason=reason)
    after = replace(before, state=decision.state, state_reason=decision.reason or None, state_at=act.now)
    if after.activated_at is None and after.state is ReportState.ACTIVE:
        after = replace(after, activated_at=act.now)
    await reports.save(session, after)
    subject = await reports.identities(session, report_id)
    await _record(session, after, decision, subject, because, act, desk)
    await recalls.emit(session, report_id, after.revision, decision, subject=subject, act=act, trail=desk.trail)
    return after


async def _is_contested(session: WriteSession, report: Report) -> bool:
    cases = [appeal_cases.read(one.turns, {}, report) for one in await appeals.of_report(session, report.id)]
    return any(map(contests, cases))


async def _record(
    session: WriteSession, after: Report, decision: Decision, subject: list[bytes], because: str, act: Act, desk: Desk
) -> None:
    event = AuditEvent(
        LeafType.REPORT,
        decision.event,
        decision.state.value,
        legal_basis=LEGAL_BASIS,
        subject=tuple(subject),
        content={
            "because": because,
            "reason": decision.reason,
            "report": str(after.id),
            "revision": after.revision,
            "state": after.state.value,
        },
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    told = {"report_id": str(after.id), "state": after.state.value}
    await webhooks.enqueue(session, Event.REPORT_STATE, after.member_id, told, now=act.now)
