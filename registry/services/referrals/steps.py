"""Hand a record with its proofs to an authority or a provider: one proposes, another decides, then the bundle is made.

What is handed over is the record, the evidence manifest (never media), the law of the day of the act, letters for
people, and the entries of the record's own life in the log, each with a proof that needs no registry to check.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from registry.domain.events import Act, AuditEvent
from registry.domain.ids import Purpose
from registry.domain.policy import Policy
from registry.domain.referrals import Recipient, check_approved, check_bureau, check_decision, check_record
from registry.domain.uuids import uuid7
from registry.errors import NotFound
from registry.services import audit
from registry.services.trail import Trail
from registry.store import appeals, notices, reports
from registry.store import referrals as store
from registry.store.database import WriteSession
from registry.store.referrals import Referral
from registry.store.reports import Report, Revision
from registry_formats.leaf import Group, JsonValue, LeafType, Opening

LEGAL_BASIS = "referral"


@dataclass(frozen=True, slots=True)
class Desk:
    """What this process refers records with; `statement` opens what a member signed."""

    realm: str
    policies: Mapping[str, Policy]
    trail: Trail
    entropy: Callable[[int], bytes]
    statement: Callable[[Report, Revision], str]


@dataclass(frozen=True, slots=True)
class Found:
    """All that a bundle is made from, but the log: the referral, its record, who filed it, what was signed last."""

    referral: Referral
    report: Report
    member: str
    statement: str
    stored: tuple[bytes, ...]
    policy: Policy
    now: datetime


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of the record's life: its leaf, what opens it, and its proof once a checkpoint covers it."""

    id: UUID
    leaf: bytes
    openings: Mapping[Group, Opening]
    proof: str | None


async def propose(
    session: WriteSession,
    report_id: UUID,
    recipient: Recipient,
    reference: str,
    *,
    by: UUID,
    act: Act,
    desk: Desk,
) -> Referral:
    """Propose to hand a record over.

    Raises:
        NotFound: `report_unknown`.
        Conflict: `referral_refused`, `bureau_export_off`, `bureau_export_unlisted`.
    """
    await _check(session, report_id, recipient, desk)
    new_id = uuid7(int(act.now.timestamp() * 1000), desk.entropy(10))
    new = Referral(new_id, report_id, recipient, reference, by, act.now)
    await store.add(session, new)
    await _record(session, new, "referral.propose", "proposed", {}, act, desk)
    return new


async def decide(
    session: WriteSession, referral_id: UUID, *, approved: bool, by: UUID, act: Act, desk: Desk
) -> Referral:
    """Approve or refuse what another person proposed.

    Raises:
        NotFound: `referral_unknown`.
        Conflict: `referral_decided`; on approval, as `propose`.
        Denied: `referral_same_person`.
    """
    found = await _get(session, referral_id)
    check_decision(found.standing, by=by)
    if approved:
        await _check(session, found.report_id, found.recipient, desk)
    after = replace(found, approved=approved, decided_by=by, decided_at=act.now)
    await store.save(session, after)
    await _record(session, after, "referral.decide", "approved" if approved else "refused", {}, act, desk)
    return after


async def find(session: WriteSession, referral_id: UUID, *, act: Act, desk: Desk) -> Found:
    """Read what an approved referral hands over, while the record still stands.

    Raises:
        NotFound: `referral_unknown`.
        Conflict: `referral_not_approved`; as `propose`.
    """
    found = await _get(session, referral_id)
    check_approved(found.standing)
    report = await _check(session, found.report_id, found.recipient, desk)
    about = await notices.find(session, report_id=report.id, member_id=report.member_id)
    told = [one for one in await reports.revisions(session, report.id) if one.sealed_jws is not None]
    if about is None or not told:
        raise NotFound("report_unknown")
    stored = tuple(await reports.identities(session, report.id))
    statement = desk.statement(report, told[-1])
    return Found(found, report, about.member, statement, stored, desk.policies[report.policy], act.now)


async def hand_over(
    session: WriteSession, found: Found, sha256: str, entries: Sequence[LogEntry], *, act: Act, desk: Desk
) -> None:
    """Record that a bundle with this digest is handed over now, to whom and why."""
    content: dict[str, JsonValue] = {"entries": [str(one.id) for one in entries], "sha256": sha256}
    await _record(session, found.referral, "referral.hand_over", "disclosed", content, act, desk)


async def _check(session: WriteSession, report_id: UUID, recipient: Recipient, desk: Desk) -> Report:
    report = await appeals.lock_report(session, report_id)
    if report is None:
        raise NotFound("report_unknown")
    check_bureau(recipient, desk.policies[report.policy], report.severity)
    check_record(report.state, own_only=report.own_only)
    return report


async def _get(session: WriteSession, referral_id: UUID) -> Referral:
    found = await store.lock(session, referral_id)
    if found is None:
        raise NotFound("referral_unknown")
    return found


async def _record(
    session: WriteSession,
    one: Referral,
    action: str,
    outcome: str,
    more: Mapping[str, JsonValue],
    act: Act,
    desk: Desk,
) -> None:
    is_disclosed = outcome == "disclosed"
    event = AuditEvent(
        LeafType.EXPORT if is_disclosed else LeafType.ADMIN,
        action,
        outcome,
        purpose=Purpose.COURT_OR_REGULATOR.value if is_disclosed else "",
        legal_basis=LEGAL_BASIS,
        subject=tuple(await reports.identities(session, one.report_id)),
        content={
            **more,
            "proposed_by": str(one.proposed_by),
            "recipient": one.recipient.value,
            "reference": one.reference,
            "referral": str(one.id),
            "report": str(one.report_id),
        },
    )
    await audit.record(session, event, act=act, trail=desk.trail)
