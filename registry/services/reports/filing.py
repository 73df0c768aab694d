"""File a report: every rule first, then all of it in one transaction with its audit entry, or none of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from registry.domain.access import Caller
from registry.domain.events import Act, AuditEvent
from registry.domain.filings import Filing, Money
from registry.domain.ids import Category
from registry.domain.policy import Policy
from registry.domain.reports import Checked, Overturned, OwnIncident, check, is_same_person
from registry.domain.uuids import uuid7
from registry.errors import Conflict
from registry.services import audit
from registry.services.reports import holding
from registry.services.reports.desk import Desk, Refused
from registry.services.reports.statements import Statement, new_key, sealed, verify
from registry.services.reports.tokens import artefacts, events, identities, refuse_dead_epochs
from registry.store import reports as store
from registry.store.database import WriteSession
from registry.store.reports import Report, Revision
from registry_formats import base64url
from registry_formats.leaf import JsonValue, LeafType

_ACTIONS = {"filed": "report.file", "amended": "report.amend"}


@dataclass(frozen=True, slots=True)
class Filed:
    """A report as it stands after a step, and the moment from which it is withdrawn if nobody could be told."""

    report: Report
    serve_by: datetime


async def submit(session: WriteSession, compact: str, *, caller: Caller, act: Act, desk: Desk) -> Filed | Refused:
    """File what the member signed.

    Returns:
        The report; or `report_refused` with every fault, or `report_duplicate` with the id of the member's report of
        this reference. A refusal stores nothing but its audit entry.

    Raises:
        FormatError: `jws_…`.
        Malformed: `request_invalid` or `raw_identifier_refused`, with every place.
    """
    statement = await verify(session, compact, caller=caller, desk=desk)
    policy = desk.policies[caller.policy]
    about = events(statement.filing, caller.member_id, desk)
    await store.lock_events(session, about)
    event_id = await store.find_event(session, about)
    try:
        checked = await _judge(session, statement.filing, event_id, policy, caller=caller, act=act, desk=desk)
    except Conflict as refusal:
        return await refuse(session, "report.file", statement, refusal, act=act, desk=desk)
    waits = await holding.judge(session, policy, caller=caller, act=act)
    new = _report(statement.filing, checked, policy, event_id, caller=caller, act=act, desk=desk)
    new = replace(new, held=waits.held)
    if not await store.add(session, new):
        earlier = await store.named(session, member_id=caller.member_id, reference=new.reference)
        duplicate = Conflict("report_duplicate", facts={"report_id": str(earlier)})
        return await refuse(session, "report.file", statement, duplicate, act=act, desk=desk)
    await _add_parts(session, new, statement, checked, about, desk)
    await holding.note(session, new.id, waits, caller=caller, act=act, desk=desk)
    subject = [one.stored for one in identities(checked.identifiers, desk)]
    await record(session, "filed", new, statement, subject=subject, act=act, desk=desk)
    return Filed(new, checked.serve_by)


async def check_only(session: WriteSession, compact: str, *, caller: Caller, act: Act, desk: Desk) -> Checked | Refused:
    """Say what would become of a filing; the question leaves a trace, and nothing else. Raises like `submit`."""
    statement = await verify(session, compact, caller=caller, desk=desk)
    event_id = await store.find_event(session, events(statement.filing, caller.member_id, desk))
    policy = desk.policies[caller.policy]
    try:
        checked = await _judge(session, statement.filing, event_id, policy, caller=caller, act=act, desk=desk)
    except Conflict as refusal:
        return await refuse(session, "report.check", statement, refusal, act=act, desk=desk)
    content: dict[str, JsonValue] = {"policy": policy.digest, "statement": statement.sha256.hex()}
    event = AuditEvent(LeafType.REPORT, "report.check", "passed", claim=statement.filing.claim_ref, content=content)
    await audit.record(session, event, act=act, trail=desk.trail)
    return checked


async def refuse(
    session: WriteSession, action: str, statement: Statement, refusal: Conflict, *, act: Act, desk: Desk
) -> Refused:
    """Keep a refusal: what was missing, never what was said, and of whom nothing."""
    content: dict[str, JsonValue] = {
        "code": refusal.code,
        "errors": [{"code": fault.code, "pointer": fault.pointer} for fault in refusal.faults],
        "statement": statement.sha256.hex(),
    }
    event = AuditEvent(LeafType.REPORT, action, "refused", claim=statement.filing.claim_ref, content=content)
    await audit.record(session, event, act=act, trail=desk.trail)
    return Refused(refusal)


async def record(
    session: WriteSession,
    outcome: str,
    report: Report,
    statement: Statement,
    *,
    subject: Sequence[bytes],
    act: Act,
    desk: Desk,
) -> None:
    """Leave the trace of a report that was `filed` or `amended`, in the transaction of the fact."""
    basis = statement.filing.legal_basis
    content: dict[str, JsonValue] = {
        "confidence": report.confidence.value,
        "held": report.held,
        "key": statement.key_id,
        "policy": report.policy_digest.hex(),
        "report": str(report.id),
        "revision": report.revision,
        "severity": report.severity.value,
        "state": report.state.value,
        "statement": statement.sha256.hex(),
    }
    event = AuditEvent(
        LeafType.REPORT,
        _ACTIONS[outcome],
        outcome,
        legal_basis=basis.mode if basis else "",
        claim=statement.filing.claim_ref,
        subject=tuple(subject),
        content=content,
    )
    await audit.record(session, event, act=act, trail=desk.trail)


async def _judge(
    session: WriteSession,
    filing: Filing,
    event_id: UUID | None,
    policy: Policy,
    *,
    caller: Caller,
    act: Act,
    desk: Desk,
) -> Checked:
    """Apply every rule, with what the registry knows of the member's other reports."""
    stored = [one.stored for one in identities(filing.identifiers, desk)]
    own = await store.same_person(session, member_id=caller.member_id, stored=stored, today=policy.today(act.now))
    own_active = [
        OwnIncident(Money(one.amount_minor, one.currency))
        for one in own
        if one.event_id != event_id and is_same_person(one.kinds)
    ]
    fallen = await _overturned(session, event_id, policy, caller)
    with refuse_dead_epochs(filing, desk):
        return check(filing, policy=policy, now=act.now, own_active=own_active, overturned=fallen)


async def _overturned(session: WriteSession, event_id: UUID | None, policy: Policy, caller: Caller) -> list[Overturned]:
    if event_id is None:
        return []
    fallen = await store.overturned(session, member_id=caller.member_id, event_id=event_id)
    return [Overturned(policy.today(one.overturned_at), one.sha256s) for one in fallen]


def _report(
    filing: Filing, checked: Checked, policy: Policy, event_id: UUID | None, *, caller: Caller, act: Act, desk: Desk
) -> Report:
    report_id = uuid7(int(act.now.timestamp() * 1000), desk.entropy(10))
    return Report(
        id=report_id,
        member_id=caller.member_id,
        group_id=caller.group_id,
        reference=filing.reference,
        claim_ref=base64url.decode(filing.claim_ref),
        event_id=event_id or report_id,
        category=Category(filing.category),
        aggravations=filing.aggravations,
        severity=checked.severity,
        confidence=checked.confidence,
        amount_minor=filing.amount.minor,
        currency=filing.amount.currency,
        act_ended_on=filing.act_ended_on,
        confirmed_on=filing.confirmed_on,
        expires_on=checked.expires_on,
        taxonomy_version=str(policy.taxonomy.version),
        policy=policy.pack,
        policy_digest=bytes.fromhex(checked.policy_digest),
        own_only=checked.own_only,
        retention_halved=filing.age_band in policy.retention.halved_ages,
        state_at=act.now,
        filed_at=act.now,
        repaid_on=filing.repaid_on,
        wrapped_key=new_key(report_id, desk),
    )


async def _add_parts(
    session: WriteSession, new: Report, statement: Statement, checked: Checked, about: Sequence[bytes], desk: Desk
) -> None:
    revision = Revision(new.id, 1, "filed", None, new.filed_at, sealed(new, statement, desk), statement.sha256)
    await store.add_revision(session, revision, artefacts(statement.filing))
    await store.add_identities(session, new.id, identities(checked.identifiers, desk))
    await store.add_events(session, new.id, about)
