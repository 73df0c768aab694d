"""Keep a report right: correct it, take it back, mark it as repaid. Each is a revision, and each reader is told."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from registry.domain.access import Caller
from registry.domain.events import Act, AuditEvent
from registry.domain.lifecycle import Decision, Step, decide
from registry.domain.notices import serve_by
from registry.domain.reports import Checked
from registry.domain.reports import amend as judge
from registry.errors import Conflict, Fault, NotFound
from registry.services import audit, recalls
from registry.services.reports.desk import LEGAL_BASIS, Desk, Refused
from registry.services.reports.filing import Filed, record, refuse
from registry.services.reports.statements import Statement, filing_of, sealed, verify
from registry.services.reports.tokens import artefacts, identities, refuse_dead_epochs
from registry.store import notices, scores
from registry.store import reports as store
from registry.store.appeal_cases import gravity_of
from registry.store.database import WriteSession
from registry.store.reports import Report, Revision
from registry_formats.leaf import LeafType


async def amend(
    session: WriteSession, report_id: UUID, compact: str, *, caller: Caller, act: Act, desk: Desk
) -> Filed | Refused:
    """Replace what a report says by a new statement, which may only correct or lessen.

    Returns:
        The report; or `report_refused` with every fault, which changes nothing.

    Raises:
        NotFound: `report_unknown`.
        Conflict: `report_step_refused` from a state that allows no correction.
        FormatError, Malformed: as for filing.
    """
    statement = await verify(session, compact, caller=caller, desk=desk)
    before, decision = await _step(session, report_id, Step.AMEND, caller=caller, act=act, desk=desk)
    try:
        checked = await _judge(session, before, statement, act=act, desk=desk)
    except Conflict as refusal:
        return await refuse(session, "report.amend", statement, refusal, act=act, desk=desk)
    # Read before the correction takes any of them back: their entry must be found by those too.
    subject = await store.identities(session, report_id)
    after = _corrected(before, statement, checked, act)
    again = sealed(after, statement, desk)
    revision = Revision(after.id, after.revision, "amended", None, act.now, again, statement.sha256)
    await store.save(session, after)
    await store.add_revision(session, revision, artefacts(statement.filing))
    await store.keep_identities(session, after.id, [one.stored for one in identities(checked.identifiers, desk)])
    await record(session, "amended", after, statement, subject=subject, act=act, desk=desk)
    await recalls.emit(session, after.id, after.revision, decision, subject=subject, act=act, trail=desk.trail)
    return Filed(after, checked.serve_by)


async def withdraw(
    session: WriteSession, report_id: UUID, reason: str, *, caller: Caller, act: Act, desk: Desk
) -> Filed:
    """Take a report back for a `WithdrawReason`; whoever saw it is told to forget it.

    Raises:
        NotFound: `report_unknown`.
        Conflict: `report_step_refused`, `report_reason_refused`.
    """
    before, decision = await _step(session, report_id, Step.WITHDRAW, reason=reason, caller=caller, act=act, desk=desk)
    after = replace(before, state=decision.state, state_reason=decision.reason, state_at=act.now)
    return await _revise(session, after, decision, "withdrawn", act=act, desk=desk)


async def mark_repaid(
    session: WriteSession, report_id: UUID, repaid_on: date, *, caller: Caller, act: Act, desk: Desk
) -> Filed:
    """Record that the subject has repaid, which lowers what the report weighs.

    Raises:
        NotFound: `report_unknown`.
        Conflict: `report_step_refused`, `report_repaid` if it was before, `repaid_on_refused` for a day before the
            act or in the future.
    """
    before, decision = await _step(session, report_id, Step.MARK_REPAID, caller=caller, act=act, desk=desk)
    if before.repaid_on is not None:
        raise Conflict("report_repaid")
    if not before.act_ended_on <= repaid_on <= desk.policies[before.policy].today(act.now):
        raise Conflict("repaid_on_refused")
    return await _revise(session, replace(before, repaid_on=repaid_on), decision, "repaid", act=act, desk=desk)


async def _step(
    session: WriteSession,
    report_id: UUID,
    step: Step,
    *,
    caller: Caller,
    act: Act,
    desk: Desk,
    reason: str = "",
) -> tuple[Report, Decision]:
    """Lock a report of the caller's and decide; nobody is told of it from here to the end of the transaction."""

    def judge_step(found: Report | None) -> tuple[Report, Decision]:
        if found is None:
            raise NotFound("report_unknown")
        policy = desk.policies[found.policy]
        return found, decide(found.standing(), step, policy=policy, now=act.now, reason=reason)

    # Nobody's question has to wait for a step that comes to nothing.
    judge_step(await store.find(session, report_id=report_id, member_id=caller.member_id))
    # Before the row: a disclosure that holds this lock may be waiting for the row.
    await scores.stop_disclosure(session)
    return judge_step(await store.lock(session, report_id=report_id, member_id=caller.member_id))


async def _judge(session: WriteSession, before: Report, statement: Statement, *, act: Act, desk: Desk) -> Checked:
    """Hold a correction against what the report says now."""
    told = [one for one in await store.revisions(session, before.id) if one.sealed_jws is not None]
    with refuse_dead_epochs(statement.filing, desk):
        checked = judge(
            filing_of(before, told[-1], desk),
            statement.filing,
            gravity_of(before),
            severity=before.severity,
            policy=desk.policies[before.policy],
            now=act.now,
            filed_at=before.filed_at,
        )
    served = {one.stored for one in await notices.list_of(session, report_id=before.id)}
    if served and served.isdisjoint(one.stored for one in identities(checked.identifiers, desk)):
        # Whoever was told is not the person any more, and the person was not told.
        raise Conflict("report_refused", faults=[Fault("/identifiers", "amendment_removes_served")])
    return checked


def _corrected(before: Report, statement: Statement, checked: Checked, act: Act) -> Report:
    filing = statement.filing
    return replace(
        before,
        revision=before.revision + 1,
        revised_at=act.now,
        confidence=checked.confidence,
        amount_minor=filing.amount.minor,
        confirmed_on=filing.confirmed_on,
        aggravations=filing.aggravations,
        # What was marked as repaid stays so, whatever the new statement leaves out.
        repaid_on=before.repaid_on or filing.repaid_on,
    )


async def _revise(
    session: WriteSession, changed: Report, decision: Decision, change: str, *, act: Act, desk: Desk
) -> Filed:
    """Write a revision that changes no statement, its trace, and what its readers must hear."""
    after = replace(changed, revision=changed.revision + 1, revised_at=act.now)
    await store.save(session, after)
    await store.add_revision(session, Revision(after.id, after.revision, change, decision.reason or None, act.now))
    subject = await store.identities(session, after.id)
    event = AuditEvent(
        LeafType.REPORT,
        f"report.{change}",
        change,
        legal_basis=LEGAL_BASIS,
        subject=tuple(subject),
        content={
            "reason": decision.reason,
            "report": str(after.id),
            "revision": after.revision,
            "state": after.state.value,
        },
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    await recalls.emit(session, after.id, after.revision, decision, subject=subject, act=act, trail=desk.trail)
    return Filed(after, serve_by(after.filed_at, desk.policies[after.policy].clocks))
