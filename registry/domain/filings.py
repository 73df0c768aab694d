"""What a member files: the value types of a report before it is judged (domain.md 3 to 6). Names are the JSON names.

A pillar left out is `None` or empty here, not a parse error, so that one answer can list all that is missing.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from registry.domain.evidence import Artefact
from registry.domain.ids import IdentifierKind


class Nature(StrEnum):
    """What a filing rests on. Only the first can be recorded; each of the others is refused with its own code."""

    CONFIRMED_FRAUD = "confirmed_fraud"
    HIGH_RETURN_RATE = "high_return_rate"
    STATUTORY_RETURN = "statutory_return"
    NEGATIVE_REVIEW = "negative_review"
    COMPLAINT = "complaint"
    PROFESSIONAL_CLAIMANT = "professional_claimant"
    BULK_BUYING = "bulk_buying"
    QUALITY_DISPUTE = "quality_dispute"
    LOST_CHARGEBACK = "lost_chargeback"
    DETECTOR_SCORE = "detector_score"
    ASSOCIATION = "association"
    POLICE_PENALTY = "police_penalty"


class Outcome(StrEnum):
    """What became of the claim: the harm, or the attempt (P4)."""

    REFUND_PAID = "refund_paid"
    CLAIM_REFUSED = "claim_refused"


class AgeBand(StrEnum):
    """The subject's age at the act, no finer than retention needs."""

    UNDER_18 = "under_18"
    FROM_18_TO_20 = "18_to_20"
    FROM_21 = "21_or_over"


class JudgmentSource(StrEnum):
    """How a judgment came to the member; only the first two may be used."""

    PUBLISHED = "published"
    SUPPLIED_BY_SUBJECT = "supplied_by_subject"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (fen, pence, cents) of an ISO 4217 currency."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Event:
    """The order the act was about: one type-7 token per live epoch, or the member's own order reference."""

    tokens: tuple[str, ...] = ()
    order_reference: str = ""


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier of the subject as CFR1 tokens (one per live epoch), and when the member knew it to be theirs."""

    kind: IdentifierKind
    tokens: tuple[str, ...]
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class IdentityLink:
    """How the account was tied to a person (P5)."""

    real_name_account: bool
    payment_bound: bool


@dataclass(frozen=True, slots=True)
class MemberNotice:
    """The member's own notice and hearing, before filing (P6). `answer` is the subject's text, or "none"."""

    sent_on: date
    answer_due_on: date
    answer: str
    answered_on: date | None = None


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who confirmed (P7): a pseudonym of the member's own, a role named in the policy pack, and the day."""

    id: str
    role: str
    human: bool
    confirmed_on: date


@dataclass(frozen=True, slots=True)
class Investigation:
    """Who opened the case and who confirmed it."""

    opened_by: str
    reviewers: tuple[Reviewer, ...]


@dataclass(frozen=True, slots=True)
class Exclusions:
    """The innocent explanations that were looked into and ruled out (P8)."""

    carrier_damage: bool
    batch_defect: bool
    account_takeover: bool
    minor_or_family_use: bool
    ai_for_translation_crop_or_denoise: bool
    platform_filter: bool


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """Why the data may be shared (A1): the mode, the version of the text the subject saw, and when."""

    mode: str
    text_version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Judgment:
    """A court's decision about this act."""

    court: str
    reference: str
    final: bool
    source: JudgmentSource


@dataclass(frozen=True, slots=True)
class ImageMatch:
    """Where the earlier image of an E1 match was seen: a match inside the reporter's own group counts nothing."""

    artefact_id: str
    same_group: bool


@dataclass(frozen=True, slots=True)
class Filing:
    """One accusation, complete with its proof. Nothing in it names a person but tokens.

    `reference` is the member's own reference (natural key with the member); `claim_ref` is 32 bytes as base64url;
    `definition_tests` are test ids of the pack's taxonomy; `impact_assessment` is the member's document reference;
    `admission` names the E7 artefact in which the subject admits the act.
    """

    reference: str
    claim_ref: str
    event: Event
    nature: Nature
    category: str
    act_ended_on: date
    confirmed_on: date
    outcome: Outcome | None
    amount: Money
    facts: tuple[str, ...]
    definition_tests: tuple[str, ...]
    identity: IdentityLink
    age_band: AgeBand | None
    notice: MemberNotice | None
    merchant_heard_on: date | None
    investigation: Investigation
    exclusions: Exclusions
    legal_basis: LegalBasis | None
    impact_assessment: str
    evidence: tuple[Artefact, ...]
    identifiers: tuple[Identifier, ...]
    aggravations: tuple[str, ...] = ()
    repaid_on: date | None = None
    image_matches: tuple[ImageMatch, ...] = ()
    admission: str | None = None
    judgment: Judgment | None = None
