"""Judge a filing: every rule at once, then severity, confidence and the day it ends (domain.md 3, 4, 6).

A report that fails a rule is not stored. The answer names every fault by place and code and never repeats a value.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction

from registry.domain import particulars, pillars
from registry.domain.appeal_corrections import Gravity
from registry.domain.evidence import EvidenceClass, classes, counts, exculpatory
from registry.domain.filings import AgeBand, Filing, Identifier, Money, Outcome
from registry.domain.ids import Confidence, IdentifierKind, Severity
from registry.domain.manifests import check_manifest
from registry.domain.notices import serve_by
from registry.domain.policy import Policy
from registry.domain.retention import expires_on, identifier_expires_on
from registry.errors import Conflict, Fault

CLASSES_FOR_B = 3
_PERSONAL = (IdentifierKind.PHONE, IdentifierKind.EMAIL)
_FROZEN = ("reference", "claim_ref", "event", "nature", "category", "act_ended_on", "age_band", "judgment")


@dataclass(frozen=True, slots=True)
class OwnIncident:
    """Another active incident of the same member, identity proven, about another event."""

    amount: Money


def is_same_person(agreeing: Collection[IdentifierKind]) -> bool:
    """Say whether kinds of equal identifiers prove one person: a national id, or a personal kind and one more."""
    telling = set(agreeing) - {IdentifierKind.ADDRESS}
    return IdentifierKind.NATIONAL_ID in telling or (len(telling) > 1 and not telling.isdisjoint(_PERSONAL))


@dataclass(frozen=True, slots=True)
class Overturned:
    """An earlier report of the member on the same event that was overturned, and the artefacts it stood on."""

    decided_on: date
    sha256s: frozenset[str]


@dataclass(frozen=True, slots=True)
class KeptIdentifier:
    """What the store keeps of an identifier: the day it was last known to be the subject's, and its first day gone."""

    kind: IdentifierKind
    tokens: tuple[str, ...]
    known_on: date
    expires_on: date


@dataclass(frozen=True, slots=True)
class Checked:
    """What follows from a filing that stands.

    Args:
        severity: fixed now; later reports never raise it.
        confidence: strength of proof.
        expires_on: first day without the record.
        serve_by: moment from which an unserved report is withdrawn.
        evidence_classes: those that count, in order.
        exculpatory: artefacts with a valid camera signature, which the reviewer must be shown.
        identifiers: as they are to be kept.
        own_only: seen and scored only by the member that filed it.
        policy_digest: the rules it was judged by.
    """

    severity: Severity
    confidence: Confidence
    expires_on: date
    serve_by: datetime
    evidence_classes: tuple[EvidenceClass, ...]
    exculpatory: tuple[str, ...]
    identifiers: tuple[KeptIdentifier, ...]
    own_only: bool
    policy_digest: str


def check(
    filing: Filing,
    *,
    policy: Policy,
    now: datetime,
    own_active: Sequence[OwnIncident] = (),
    overturned: Sequence[Overturned] = (),
    filed_at: datetime | None = None,
) -> Checked:
    """Judge a filing by one policy pack.

    Args:
        filing: what the member says.
        policy: the pack.
        now: the moment of judging, with a time zone.
        own_active: the member's other incidents, which can make this one S3.
        overturned: earlier reports on this event that fell.
        filed_at: when it was first filed, if this judges a later revision; deadlines count from there.

    Raises:
        Conflict: `report_refused` with every fault; `refusals.REFUSALS` explains each code.
    """
    return _judge(filing, policy, now, filed_at or now, _severity(filing, policy, own_active), overturned)


def amend(
    before: Filing,
    after: Filing,
    stands: Gravity,
    *,
    severity: Severity,
    policy: Policy,
    now: datetime,
    filed_at: datetime,
) -> Checked:
    """Judge a member's correction, which may only correct or lessen; whoever accuses of more files anew.

    Raises Conflict(report_refused) like `check`.

    Args:
        before: what the member said last.
        after: what it says now.
        stands: what the record says: less than the member, where an appeal was decided. No correction undoes that.
        severity: as fixed at filing.
        policy: the pack under which it was filed.
        now: when it is corrected.
        filed_at: when it was filed.
    """
    faults = list(_changes(before, after, stands))
    try:
        checked = _judge(after, policy, now, filed_at, severity, ())
    except Conflict as refusal:
        raise Conflict(refusal.code, faults=[*faults, *refusal.faults]) from None
    if faults:
        raise Conflict("report_refused", faults=faults)
    # The letters of confidence run from the strongest to the weakest.
    return replace(checked, confidence=max(checked.confidence, stands.confidence))


def _judge(
    filing: Filing,
    policy: Policy,
    now: datetime,
    filed_at: datetime,
    severity: Severity,
    overturned: Sequence[Overturned],
) -> Checked:
    age_band = AgeBand.FROM_21 if filing.age_band is None else filing.age_band
    ends_on = expires_on(filing.act_ended_on, severity, age_band, policy.retention)
    kept = tuple(_kept(identifier, filing, ends_on, policy) for identifier in filing.identifiers)
    faults = [
        *_rules(filing, policy, now, policy.today(filed_at), severity),
        *check_manifest(filing.evidence, now=now, kept_until=ends_on),
        *_expired(ends_on, kept, policy.today(now)),
        *_refiling(filing, policy, overturned),
    ]
    if faults:
        raise Conflict("report_refused", faults=faults)
    found = classes(filing.evidence, matched_elsewhere=pillars.matched_elsewhere(filing))
    return Checked(
        severity=severity,
        confidence=_confidence(filing),
        expires_on=ends_on,
        serve_by=serve_by(filed_at, policy.clocks),
        evidence_classes=tuple(sorted(found, key=list(EvidenceClass).index)),
        exculpatory=exculpatory(filing.evidence),
        identifiers=kept,
        own_only=severity in policy.retention.own_member_only,
        policy_digest=policy.digest,
    )


def _rules(filing: Filing, policy: Policy, now: datetime, filed_on: date, severity: Severity) -> Iterator[Fault]:
    today = policy.today(now)
    if not policy.enabled:
        yield Fault("", "policy_disabled")
    yield from particulars.recordable(filing, policy)
    yield from particulars.category(filing, policy)
    yield from particulars.references(filing)
    yield from particulars.wording(filing)
    yield from particulars.subject(filing)
    yield from particulars.identifiers(filing, today)
    yield from particulars.deadlines(filing, policy.clocks, today=today, filed_on=filed_on)
    yield from particulars.courts_and_admissions(filing)
    yield from pillars.grounds(filing)
    yield from pillars.proof(filing)
    yield from pillars.definition(filing, policy)
    yield from pillars.harm(filing, policy)
    yield from pillars.identity(filing)
    yield from pillars.hearing(filing, policy, today)
    yield from pillars.review(filing, policy, severity)
    yield from pillars.alternatives(filing)
    yield from pillars.legal_basis(filing, policy, now)
    yield from pillars.impact_assessment(filing)


def _severity(filing: Filing, policy: Policy, own_active: Sequence[OwnIncident]) -> Severity:
    if filing.judgment is not None:
        return Severity.S4
    amounts = [filing.amount, *(incident.amount for incident in own_active)]
    if (
        filing.category in policy.severity.grave_categories
        or len(amounts) >= policy.severity.repeated_incidents
        or sum(_share_of_serious(amount, policy) for amount in amounts) >= 1
    ):
        return Severity.S3
    threshold = policy.thresholds.get(filing.amount.currency)
    is_small = threshold is not None and filing.amount.minor <= threshold.small
    is_settled = filing.outcome is Outcome.CLAIM_REFUSED or filing.repaid_on is not None
    return Severity.S1 if is_small and is_settled and not own_active else Severity.S2


def _share_of_serious(amount: Money, policy: Policy) -> Fraction:
    """Amounts of different currencies add up as shares of their own thresholds."""
    threshold = policy.thresholds.get(amount.currency)
    return Fraction(amount.minor, threshold.serious) if threshold else Fraction(0)


def _confidence(filing: Filing) -> Confidence:
    if filing.judgment is not None or filing.admission is not None:
        return Confidence.A
    found = classes(filing.evidence, matched_elsewhere=pillars.matched_elsewhere(filing))
    return Confidence.B if len(found) >= CLASSES_FOR_B else Confidence.C


def _kept(identifier: Identifier, filing: Filing, ends_on: date, policy: Policy) -> KeptIdentifier:
    known_on = identifier.valid_to or identifier.valid_from or filing.act_ended_on
    gone_on = identifier_expires_on(
        identifier.kind, known_on=known_on, report_expires_on=ends_on, retention=policy.retention
    )
    return KeptIdentifier(identifier.kind, identifier.tokens, known_on, gone_on)


def _expired(ends_on: date, kept: Sequence[KeptIdentifier], today: date) -> Iterator[Fault]:
    if ends_on <= today:
        yield Fault("/act_ended_on", "retention_over")
        return
    for index, identifier in enumerate(kept):
        if identifier.expires_on <= today:
            yield Fault(f"/identifiers/{index}", "identifier_expired")


def _refiling(filing: Filing, policy: Policy, overturned: Sequence[Overturned]) -> Iterator[Fault]:
    """What was overturned comes back only with something new, under a supervisor, after a fresh notice."""
    if not overturned:
        return
    elsewhere = pillars.matched_elsewhere(filing)
    proof = {item.sha256 for item in filing.evidence if counts(item, matched_elsewhere=elsewhere)}
    if proof <= frozenset().union(*(earlier.sha256s for earlier in overturned)):
        yield Fault("/evidence", "refiling_needs_new_artefact")
    if not any(person.role == policy.review.supervisor_role for person in filing.investigation.reviewers):
        yield Fault("/investigation/reviewers", "refiling_needs_supervisor")
    if filing.notice and filing.notice.sent_on <= max(earlier.decided_on for earlier in overturned):
        yield Fault("/notice/sent_on", "refiling_needs_fresh_notice")


def _changes(before: Filing, after: Filing, stands: Gravity) -> Iterator[Fault]:
    for name in _FROZEN:
        if getattr(before, name) != getattr(after, name):
            yield Fault(f"/{name}", "amendment_not_allowed")
    if after.amount.currency != before.amount.currency or after.amount.minor > stands.amount_minor:
        yield Fault("/amount", "amendment_raises_amount")
    if not set(after.aggravations) <= stands.aggravations:
        yield Fault("/aggravations", "amendment_adds_aggravation")
    if not set(after.identifiers) <= set(before.identifiers):
        yield Fault("/identifiers", "amendment_adds_identifier")
    if _confidence(after) < _confidence(before):
        yield Fault("/evidence", "amendment_raises_confidence")
