"""The payload of a signed report, as strictly as it can be read; whether it stands is for the rules to say.

A pillar that is left out is empty here, so that one answer can list all that is missing. Each part builds the value of
`domain/filings.py` or `domain/evidence.py` whose name and fields it has.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import Field, StrictBool, StringConstraints, ValidationError

from registry.api.pointers import fault_of
from registry.api.problems import invalid
from registry.api.score_models import ClaimRef
from registry.api.strings import (
    Currency,
    Instant,
    Name,
    NoRawIdentifier,
    Reference,
    Remark,
    RequestModel,
    Sha256Hex,
    TokenText,
)
from registry.domain import evidence, filings
from registry.domain.evidence import (
    C2paValidation,
    CaptureChannel,
    CustodyAction,
    CustodyRole,
    DisclosureMode,
    EvidenceClass,
    LabelState,
    SourceType,
)
from registry.domain.filings import AgeBand, JudgmentSource, Nature, Outcome
from registry.domain.ids import IdentifierKind
from registry_formats import canonical

Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
MediaType = Annotated[str, StringConstraints(pattern=r"^[a-z]+/[a-z0-9][a-z0-9.+-]{0,63}$")]
Hex = Annotated[str, StringConstraints(pattern=r"^(?:[0-9a-f]{2}){4,64}$"), NoRawIdentifier]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}-[0-9]{2}$")]
Test = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}-[0-9]{2}\.T[0-9]$")]
Tokens = Annotated[tuple[TokenText, ...], Field(max_length=6)]


class Part(RequestModel):
    """A part of a report."""

    builds: ClassVar[type[Any]]

    def build(self) -> Any:  # noqa: ANN401 - an instance of `builds`
        """Build the value of the domain."""
        return self.builds(**{name: _built(value) for name, value in self})


def _built(value: object) -> object:
    if isinstance(value, Part):
        return value.build()
    return tuple(_built(one) for one in value) if isinstance(value, tuple) else value


class Money(Part):
    """See `filings.Money`."""

    builds = filings.Money
    minor: Count
    currency: Currency


class Event(Part):
    """See `filings.Event`."""

    builds = filings.Event
    tokens: Tokens = ()
    order_reference: Remark = ""


class Identifier(Part):
    """See `filings.Identifier`."""

    builds = filings.Identifier
    kind: IdentifierKind
    tokens: Tokens
    valid_from: date | None = None
    valid_to: date | None = None


class IdentityLink(Part):
    """See `filings.IdentityLink`."""

    builds = filings.IdentityLink
    real_name_account: StrictBool = False
    payment_bound: StrictBool = False


class MemberNotice(Part):
    """See `filings.MemberNotice`."""

    builds = filings.MemberNotice
    sent_on: date
    answer_due_on: date
    answer: Remark
    answered_on: date | None = None


class Reviewer(Part):
    """See `filings.Reviewer`."""

    builds = filings.Reviewer
    id: Remark
    role: Name
    human: StrictBool
    confirmed_on: date


class Investigation(Part):
    """See `filings.Investigation`."""

    builds = filings.Investigation
    opened_by: Remark = ""
    reviewers: Annotated[tuple[Reviewer, ...], Field(max_length=8)] = ()


class Exclusions(Part):
    """See `filings.Exclusions`."""

    builds = filings.Exclusions
    carrier_damage: StrictBool = False
    batch_defect: StrictBool = False
    account_takeover: StrictBool = False
    minor_or_family_use: StrictBool = False
    ai_for_translation_crop_or_denoise: StrictBool = False
    platform_filter: StrictBool = False


class LegalBasis(Part):
    """See `filings.LegalBasis`."""

    builds = filings.LegalBasis
    mode: Name
    text_version: Remark
    at: Instant


class Judgment(Part):
    """See `filings.Judgment`."""

    builds = filings.Judgment
    court: Remark
    reference: Remark
    final: StrictBool
    source: JudgmentSource


class ImageMatch(Part):
    """See `filings.ImageMatch`."""

    builds = filings.ImageMatch
    artefact_id: Name
    same_group: StrictBool


class Perceptual(Part):
    """See `evidence.Perceptual`."""

    builds = evidence.Perceptual
    alg: Name
    value: Hex
    quality: Annotated[int, Field(ge=0, le=100)]


class C2pa(Part):
    """See `evidence.C2pa`."""

    builds = evidence.C2pa
    present: StrictBool
    validation: C2paValidation | None = None
    issuer: Remark = ""
    digital_source_type: SourceType | None = None


class AigcLabel(Part):
    """See `evidence.AigcLabel`."""

    builds = evidence.AigcLabel
    state: LabelState
    label: Remark = ""
    producer: Remark = ""
    produce_id: Remark = ""
    propagator: Remark = ""
    carrier: Remark = ""


class Detector(Part):
    """See `evidence.Detector`."""

    builds = evidence.Detector
    name: Name
    version: Name
    score: Count
    published_fpr: Count


class Custody(Part):
    """See `evidence.Custody`."""

    builds = evidence.Custody
    at: Instant
    role: CustodyRole
    action: CustodyAction


class Disclosure(Part):
    """See `evidence.Disclosure`."""

    builds = evidence.Disclosure
    mode: DisclosureMode
    reason: Remark = ""


class Artefact(Part):
    """See `evidence.Artefact`; in JSON its class is `class` and its size `bytes`."""

    builds = evidence.Artefact
    artefact_id: Name
    evidence_class: Annotated[EvidenceClass, Field(alias="class")]
    media_type: MediaType
    sha256: Sha256Hex
    size: Annotated[Count, Field(alias="bytes")]
    capture_channel: CaptureChannel
    c2pa: C2pa
    aigc_label: AigcLabel
    custody: tuple[Custody, ...]
    disclose: Disclosure
    retain_until: date
    perceptual: Perceptual | None = None
    captured_at: Instant | None = None
    detector: tuple[Detector, ...] = ()


class ReportStatement(Part):
    """See `filings.Filing`: what a member signs."""

    builds = filings.Filing
    reference: Reference
    claim_ref: ClaimRef
    event: Event = Event()
    nature: Nature
    category: Code
    act_ended_on: date
    confirmed_on: date
    outcome: Outcome | None = None
    amount: Money
    facts: tuple[Remark, ...] = ()
    definition_tests: Annotated[tuple[Test, ...], Field(max_length=16)] = ()
    identity: IdentityLink = IdentityLink()
    age_band: AgeBand | None = None
    notice: MemberNotice | None = None
    merchant_heard_on: date | None = None
    investigation: Investigation = Investigation()
    exclusions: Exclusions = Exclusions()
    legal_basis: LegalBasis | None = None
    impact_assessment: Remark = ""
    evidence: tuple[Artefact, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    aggravations: Annotated[tuple[Code, ...], Field(max_length=16)] = ()
    repaid_on: date | None = None
    image_matches: Annotated[tuple[ImageMatch, ...], Field(max_length=50)] = ()
    admission: Name | None = None
    judgment: Judgment | None = None


def read(payload: Mapping[str, Any]) -> filings.Filing:
    """Read the payload of a signed report.

    Raises:
        Malformed: `request_invalid` or `raw_identifier_refused`; places are those of the payload.
    """
    try:
        report = ReportStatement.model_validate_json(canonical.dumps(dict(payload)), strict=True)
    except ValidationError as error:
        raise invalid(fault_of(dict(detail)) for detail in error.errors(include_input=False)) from None
    filing: filings.Filing = report.build()
    return filing
