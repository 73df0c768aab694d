"""The standard of proof: P1 to P8, A1 and A2. Each rule yields the faults of one pillar (domain.md 4)."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum

from registry.domain.evidence import EvidenceClass, classes, stands_alone
from registry.domain.filings import Filing, MemberNotice, Reviewer
from registry.domain.ids import IdentifierKind, Severity
from registry.domain.policy import Policy
from registry.errors import Fault

CLASSES_LEAST = 2
SENTENCE_LEAST = 10  # characters that are not space: ten Chinese characters are a sentence
NO_ANSWER = "none"


class Pillar(StrEnum):
    """What a report must stand on."""

    GROUNDS = "P1"
    PROOF = "P2"
    DEFINITION = "P3"
    HARM = "P4"
    IDENTITY = "P5"
    HEARING = "P6"
    REVIEW = "P7"
    ALTERNATIVES = "P8"
    LEGAL_BASIS = "A1"
    IMPACT_ASSESSMENT = "A2"


@dataclass(frozen=True, slots=True)
class PillarCheck:
    """What became of one pillar: it is met if nothing is missing; the codes are those of a refusal."""

    pillar: Pillar
    missing: tuple[str, ...]


def checklist(filing: Filing, *, policy: Policy, severity: Severity, at: datetime) -> tuple[PillarCheck, ...]:
    """Judge a filing pillar by pillar, for whoever examines it: by these rules, at the time it was told."""
    judged: dict[Pillar, Iterable[Fault]] = {
        Pillar.GROUNDS: grounds(filing),
        Pillar.PROOF: proof(filing),
        Pillar.DEFINITION: definition(filing, policy),
        Pillar.HARM: harm(filing, policy),
        Pillar.IDENTITY: identity(filing),
        Pillar.HEARING: hearing(filing, policy, policy.today(at)),
        Pillar.REVIEW: review(filing, policy, severity),
        Pillar.ALTERNATIVES: alternatives(filing),
        Pillar.LEGAL_BASIS: legal_basis(filing, policy, at),
        Pillar.IMPACT_ASSESSMENT: impact_assessment(filing),
    }
    return tuple(
        PillarCheck(pillar, tuple(dict.fromkeys(fault.code for fault in faults))) for pillar, faults in judged.items()
    )


def matched_elsewhere(filing: Filing) -> frozenset[str]:
    """Return the artefacts whose image was seen before outside the reporter's own group."""
    return frozenset(match.artefact_id for match in filing.image_matches if not match.same_group)


def grounds(filing: Filing) -> Iterator[Fault]:
    """P1: at least one sentence of fact."""
    if not any(len("".join(fact.split())) >= SENTENCE_LEAST for fact in filing.facts):
        yield Fault("/facts", "grounds_missing")


def proof(filing: Filing) -> Iterator[Fault]:
    """P2: two independent evidence classes, one of them not from the claimant's upload."""
    elsewhere = matched_elsewhere(filing)
    if len(classes(filing.evidence, matched_elsewhere=elsewhere)) < CLASSES_LEAST:
        yield Fault("/evidence", "evidence_classes_too_few")
    if not stands_alone(filing.evidence, matched_elsewhere=elsewhere):
        yield Fault("/evidence", "evidence_only_from_claimant")
    images = {item.artefact_id for item in filing.evidence if item.evidence_class is EvidenceClass.IMAGE_MATCH}
    for index, match in enumerate(filing.image_matches):
        if match.artefact_id not in images:
            yield Fault(f"/image_matches/{index}/artefact_id", "image_match_unknown")


def definition(filing: Filing, policy: Policy) -> Iterator[Fault]:
    """P3: the definition test of the category, and of each aggravation, is ticked, and no other."""
    rules = policy.taxonomy.categories
    named = {rules[code].test for code in (filing.category, *filing.aggravations) if code in rules} - {None}
    if not named <= set(filing.definition_tests):
        yield Fault("/definition_tests", "definition_test_missing")
    for index, test in enumerate(filing.definition_tests):
        if test not in named:
            yield Fault(f"/definition_tests/{index}", "definition_test_foreign")


def harm(filing: Filing, policy: Policy) -> Iterator[Fault]:
    """P4: refund paid, or claim refused for fabrication; and how much."""
    if filing.outcome is None:
        yield Fault("/outcome", "harm_missing")
    if filing.amount.minor < 1:
        yield Fault("/amount/minor", "amount_invalid")
    if filing.amount.currency not in policy.thresholds:
        yield Fault("/amount/currency", "currency_unknown")


def identity(filing: Filing) -> Iterator[Fault]:
    """P5: real-name account plus payment binding; one phone number alone is never enough."""
    if not (filing.identity.real_name_account and filing.identity.payment_bound):
        yield Fault("/identity", "identity_link_weak")
    if {identifier.kind for identifier in filing.identifiers} == {IdentifierKind.PHONE}:
        yield Fault("/identifiers", "phone_alone")


def hearing(filing: Filing, policy: Policy, today: date) -> Iterator[Fault]:
    """P6: the member's notice, time to answer, and the answer or "none"."""
    notice = filing.notice
    if notice is None:
        yield Fault("/notice", "notice_missing")
        return
    if notice.sent_on < filing.act_ended_on:
        yield Fault("/notice/sent_on", "dates_out_of_order")
    if (notice.answer_due_on - notice.sent_on).days < policy.clocks.member_notice_days:
        yield Fault("/notice/answer_due_on", "notice_too_short")
    yield from _answer(notice, today)


def _answer(notice: MemberNotice, today: date) -> Iterator[Fault]:
    if not notice.answer.strip():
        yield Fault("/notice/answer", "notice_answer_missing")
    elif notice.answer == NO_ANSWER:
        if notice.answered_on is not None:
            yield Fault("/notice/answered_on", "notice_answer_contradicted")
        if today <= notice.answer_due_on:
            yield Fault("/notice/answer_due_on", "notice_still_open")
    elif notice.answered_on is None:
        yield Fault("/notice/answered_on", "notice_answer_undated")
    elif not notice.sent_on <= notice.answered_on <= today:
        yield Fault("/notice/answered_on", "dates_out_of_order")


def review(filing: Filing, policy: Policy, severity: Severity) -> Iterator[Fault]:
    """P7: the merchant was heard, and enough independent humans confirmed, after the hearing."""
    heard_on = filing.merchant_heard_on
    if heard_on is None:
        yield Fault("/merchant_heard_on", "merchant_not_heard")
    elif not filing.act_ended_on <= heard_on <= filing.confirmed_on:
        yield Fault("/merchant_heard_on", "dates_out_of_order")
    if not filing.investigation.opened_by.strip():
        yield Fault("/investigation/opened_by", "opened_by_missing")
    accepted: set[str] = set()
    for index, reviewer in enumerate(filing.investigation.reviewers):
        faults = list(_reviewer(reviewer, f"/investigation/reviewers/{index}", filing, policy))
        if reviewer.id in accepted:
            faults.append(Fault(f"/investigation/reviewers/{index}/id", "reviewer_repeated"))
        if not faults:
            accepted.add(reviewer.id)
        yield from faults
    if len(accepted) < policy.review.reviewers[severity]:
        yield Fault("/investigation/reviewers", "reviewers_too_few")
    days = [reviewer.confirmed_on for reviewer in filing.investigation.reviewers]
    if days and max(days) != filing.confirmed_on:
        yield Fault("/confirmed_on", "confirmed_on_differs")


def _reviewer(reviewer: Reviewer, where: str, filing: Filing, policy: Policy) -> Iterator[Fault]:
    if not reviewer.id.strip() or reviewer.id == filing.investigation.opened_by:
        yield Fault(f"{where}/id", "reviewer_opened_case" if reviewer.id.strip() else "reviewer_unnamed")
    if reviewer.role not in policy.review.roles:
        yield Fault(f"{where}/role", "reviewer_role_unknown")
    if not reviewer.human:
        yield Fault(f"{where}/human", "reviewer_not_human")
    if filing.notice and not _is_after_hearing(reviewer.confirmed_on, filing.notice):
        yield Fault(f"{where}/confirmed_on", "confirmed_before_hearing")


def _is_after_hearing(day: date, notice: MemberNotice) -> bool:
    """The hearing closes with the answer, else with the last day for it."""
    return day > notice.answer_due_on if notice.answered_on is None else day >= notice.answered_on


def alternatives(filing: Filing) -> Iterator[Fault]:
    """P8: each innocent explanation was looked into and ruled out."""
    for name, excluded in asdict(filing.exclusions).items():
        if not excluded:
            yield Fault(f"/exclusions/{name}", "alternative_not_excluded")


def legal_basis(filing: Filing, policy: Policy, now: datetime) -> Iterator[Fault]:
    """A1: mode, version of the text, and time."""
    basis = filing.legal_basis
    if basis is None:
        yield Fault("/legal_basis", "legal_basis_missing")
        return
    if basis.mode not in policy.legal_basis_modes:
        yield Fault("/legal_basis/mode", "legal_basis_mode_unknown")
    if not basis.text_version.strip():
        yield Fault("/legal_basis/text_version", "legal_basis_text_missing")
    if basis.at.utcoffset() is None:
        yield Fault("/legal_basis/at", "time_without_zone")
    elif basis.at > now:
        yield Fault("/legal_basis/at", "time_in_future")


def impact_assessment(filing: Filing) -> Iterator[Fault]:
    """A2: the reference of the impact assessment."""
    if not filing.impact_assessment.strip():
        yield Fault("/impact_assessment", "impact_assessment_missing")
