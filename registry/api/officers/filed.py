"""What the registry's people are shown of a contested record: what the member claims, on what proof, to what effect."""

from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from registry.api.appeal_models import SHA256
from registry.api.report_models import Amount
from registry.domain.appeal_effect import Effect
from registry.domain.evidence import (
    AigcLabel,
    Artefact,
    C2pa,
    CaptureChannel,
    Custody,
    Detector,
    Disclosure,
    EvidenceClass,
    Perceptual,
)
from registry.domain.filings import (
    AgeBand,
    Exclusions,
    Filing,
    IdentityLink,
    ImageMatch,
    Investigation,
    Judgment,
    MemberNotice,
    Nature,
)
from registry.domain.ids import Band, IdentifierKind
from registry.domain.pillars import Pillar, PillarCheck
from registry.services.casefiles import Told

EFFECT: dict[str, Any] = {
    "now": {"score": 0, "band": "none"},
    "upheld": {"score": 460, "band": "guarded"},
    "removed": {"score": 0, "band": "none"},
}
PILLARS: list[dict[str, Any]] = [{"pillar": "P1", "met": True, "missing": []}]
_ARTEFACT: dict[str, Any] = {
    "artefact_id": "upload-1",
    "class": "E2",
    "media_type": "image/jpeg",
    "sha256": SHA256,
    "bytes": 184_000,
    "perceptual": None,
    "captured_at": None,
    "capture_channel": "album",
    "c2pa": {"present": False, "validation": None, "issuer": "", "digital_source_type": None},
    "aigc_label": {
        "state": "generated",
        "label": "1",
        "producer": "an image model",
        "produce_id": "",
        "propagator": "",
        "carrier": "",
    },
    "detector": [],
    "custody": [{"at": "2026-10-21T01:00:00Z", "role": "claimant", "action": "captured"}],
    "disclose": {"mode": "full", "reason": ""},
    "retain_until": "2032-01-01",
}
FILING: dict[str, Any] = {
    "revision": 1,
    "told_at": "2026-11-21T12:00:00Z",
    "statement_sha256": SHA256,
    "reference": "RMA-2026-000123",
    "nature": "confirmed_fraud",
    "category": "FR-01",
    "aggravations": [],
    "act_ended_on": "2026-10-20",
    "confirmed_on": "2026-11-05",
    "outcome": "refund_paid",
    "amount": {"minor": 128_000, "currency": "CNY"},
    "facts": ["The photo of the broken vase carries the label of an image generator."],
    "definition_tests": ["FR-01.T1"],
    "identity": {"real_name_account": True, "payment_bound": True},
    "identifiers": [{"kind": "phone", "valid_from": "2026-01-05", "valid_to": "2026-10-20"}],
    "age_band": "21_or_over",
    "notice": {"sent_on": "2026-10-25", "answer_due_on": "2026-11-01", "answer": "none", "answered_on": None},
    "merchant_heard_on": "2026-10-28",
    "investigation": {
        "opened_by": "agent-x",
        "reviewers": [
            {"id": "reviewer-a", "role": "dispute_reviewer", "human": True, "confirmed_on": "2026-11-05"},
        ],
    },
    "exclusions": {
        "carrier_damage": True,
        "batch_defect": True,
        "account_takeover": True,
        "minor_or_family_use": True,
        "ai_for_translation_crop_or_denoise": True,
        "platform_filter": True,
    },
    "legal_basis": {"mode": "separate_consent", "text_version": "privacy-7.2", "at": "2026-10-01T00:00:00Z"},
    "impact_assessment": "PIA-2026-04",
    "repaid_on": None,
    "image_matches": [],
    "admission": None,
    "judgment": None,
    "evidence": [_ARTEFACT],
}
# Of the same name and form here as in what was signed.
_ALIKE = (
    *("reference", "nature", "category", "aggravations", "act_ended_on", "confirmed_on", "outcome", "facts"),
    *("definition_tests", "identity", "age_band", "notice", "merchant_heard_on", "investigation", "exclusions"),
    *("impact_assessment", "repaid_on", "image_matches", "admission", "judgment"),
)


class ShownIdentifier(BaseModel):
    """Which kind of identifier the record bears, and when the member knew it to be the person's; never its tokens."""

    kind: IdentifierKind
    valid_from: date | None
    valid_to: date | None


class ShownBasis(BaseModel):
    """Why the data may be shared (A1)."""

    mode: str
    text_version: str
    at: datetime


class ManifestEntry(BaseModel):
    """One artefact that the report rests on, by its digest; the media stays with the platform."""

    artefact_id: str
    evidence_class: EvidenceClass = Field(serialization_alias="class")
    media_type: str
    sha256: str
    size: int = Field(serialization_alias="bytes")
    perceptual: Perceptual | None
    captured_at: datetime | None
    capture_channel: CaptureChannel
    c2pa: C2pa
    aigc_label: AigcLabel
    detector: list[Detector]
    custody: list[Custody]
    disclose: Disclosure
    retain_until: date

    @classmethod
    def of(cls, one: Artefact) -> Self:
        """Show an artefact."""
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class ShownFiling(BaseModel):
    """What the member signed last, in full but for what names the person; `told_at` is when it was filed or amended."""

    revision: int
    told_at: datetime
    statement_sha256: str | None
    reference: str
    nature: Nature
    category: str
    aggravations: list[str]
    act_ended_on: date
    confirmed_on: date
    outcome: Literal["refund_paid", "claim_refused"] | None
    amount: Amount
    facts: list[str]
    definition_tests: list[str]
    identity: IdentityLink
    identifiers: list[ShownIdentifier]
    age_band: AgeBand | None
    notice: MemberNotice | None
    merchant_heard_on: date | None
    investigation: Investigation
    exclusions: Exclusions
    legal_basis: ShownBasis | None
    impact_assessment: str
    repaid_on: date | None
    image_matches: list[ImageMatch]
    admission: str | None
    judgment: Judgment | None
    evidence: list[ManifestEntry]

    @classmethod
    def of(cls, told: Told) -> Self:
        """Show a filing."""
        filing, digest = told.filing, told.revision.jws_sha256
        return cls(
            revision=told.revision.revision,
            told_at=told.revision.created_at,
            statement_sha256=digest.hex() if digest is not None else None,
            amount=Amount(minor=filing.amount.minor, currency=filing.amount.currency),
            identifiers=_identifiers(filing),
            legal_basis=_basis(filing),
            evidence=[ManifestEntry.of(one) for one in filing.evidence],
            **{name: getattr(filing, name) for name in _ALIKE},
        )


class ShownPillar(BaseModel):
    """One pillar, judged by the record's pack at the time it was told; `missing` are the codes of a refusal."""

    pillar: Pillar
    met: bool
    missing: list[str]

    @classmethod
    def of(cls, one: PillarCheck) -> Self:
        """Show a pillar."""
        return cls(pillar=one.pillar, met=not one.missing, missing=list(one.missing))


class ShownLevel(BaseModel):
    """A score and its band."""

    score: int
    band: Band


class ShownEffect(BaseModel):
    """The person's score now, were the record to stand as written, and had it never been filed."""

    now: ShownLevel
    upheld: ShownLevel
    removed: ShownLevel

    @classmethod
    def of(cls, found: Effect) -> Self:
        """Show what is at stake."""
        levels = {name: getattr(found, name) for name in cls.model_fields}
        return cls(**{name: ShownLevel(score=one.score, band=one.band) for name, one in levels.items()})


class TracedEntry(BaseModel):
    """An entry of the log about the case.

    `index` is its place in the tree, null before it has one; `checkpoint_size` is the size of the signed tree that
    covers it, null while none does. Its proof is in the bundle.
    """

    entry_id: UUID
    action: str
    type: str
    at: datetime
    legal_basis: str
    leaf_hash: str
    index: int | None
    checkpoint_size: int | None


def _identifiers(filing: Filing) -> list[ShownIdentifier]:
    return [
        ShownIdentifier(kind=one.kind, valid_from=one.valid_from, valid_to=one.valid_to) for one in filing.identifiers
    ]


def _basis(filing: Filing) -> ShownBasis | None:
    basis = filing.legal_basis
    return ShownBasis(mode=basis.mode, text_version=basis.text_version, at=basis.at) if basis is not None else None
