"""The evidence manifest: what each artefact is, how it came here, and what it proves (domain.md 5).

Media never leaves the reporter; the registry holds hashes. A detector's score is a lead and proves nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class EvidenceClass(StrEnum):
    """What kind of proof an artefact is."""

    IMAGE_MATCH = "E1"  # exact or perceptual match to an earlier claim image
    PROVENANCE = "E2"  # valid C2PA with an AI source, GB 45438 label, generator text
    INCONSISTENCY = "E3"  # between requested angles, or with a live capture
    PACKING_RECORD = "E4"  # packing or unpacking video, weight, seal, serial number
    CARRIER_DATA = "E5"
    INSPECTION = "E6"  # third party, of the returned goods
    WORDS = "E7"  # chat or admission
    GRAPH = "E8"  # of confirmed incidents; counts nothing
    EXPERT_REPORT = "E9"
    DETECTOR = "E10"  # an AI detector: a lead, counts nothing
    MERCHANT_STATEMENT = "E11"  # counts nothing


class CaptureChannel(StrEnum):
    """Where the artefact was made."""

    IN_APP_CAMERA = "in_app_camera"
    ALBUM = "album"
    CHAT = "chat"
    CCTV = "cctv"


class C2paValidation(StrEnum):
    """The verdict on a C2PA signature (C2PA 2.x, section 15)."""

    VALID = "valid"
    UNTRUSTED = "untrusted"
    INVALID = "invalid"


class SourceType(StrEnum):
    """IPTC digital source type, as far as it bears on a claim."""

    CAMERA = "digitalCapture"
    COMPUTATIONAL_CAMERA = "computationalCapture"
    AI_GENERATED = "trainedAlgorithmicMedia"
    AI_COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
    OTHER = "other"


class LabelState(StrEnum):
    """GB 45438 metadata label 1, 2, 3; or the text a generator leaves behind."""

    ABSENT = "absent"  # means nothing
    GENERATED = "generated"
    DECLARED = "declared"  # by the user
    SUSPECTED = "suspected"  # by a platform's detector: a lead, counts nothing
    GENERATOR_TEXT = "generator_text"


class CustodyRole(StrEnum):
    """Who held the artefact."""

    CLAIMANT = "claimant"
    MERCHANT = "merchant"
    CARRIER = "carrier"
    INSPECTOR = "inspector"
    PLATFORM = "platform"
    REVIEWER = "reviewer"
    COURT = "court"


class CustodyAction(StrEnum):
    """What was done with it."""

    CAPTURED = "captured"
    RECEIVED = "received"
    HASHED = "hashed"
    COPIED = "copied"
    REDACTED = "redacted"
    REVIEWED = "reviewed"
    SEALED = "sealed"


class DisclosureMode(StrEnum):
    """How much of it the subject may see."""

    FULL = "full"
    REDACTED = "redacted"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Perceptual:
    """A perceptual hash: algorithm, value in lower-case hex, quality 0 to 100."""

    alg: str
    value: str
    quality: int


@dataclass(frozen=True, slots=True)
class C2pa:
    """What the content credentials say."""

    present: bool
    validation: C2paValidation | None = None
    issuer: str = ""
    digital_source_type: SourceType | None = None


@dataclass(frozen=True, slots=True)
class AigcLabel:
    """What the AI-content label says (GB 45438-2025, annex E names)."""

    state: LabelState
    label: str = ""
    producer: str = ""
    produce_id: str = ""
    propagator: str = ""
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class Detector:
    """One detector's opinion; score and published false-positive rate in parts per million."""

    name: str
    version: str
    score: int
    published_fpr: int


@dataclass(frozen=True, slots=True)
class Custody:
    """One step in the hands of somebody, in time order."""

    at: datetime
    role: CustodyRole
    action: CustodyAction


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What the subject may see, and why not all of it."""

    mode: DisclosureMode
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Artefact:
    """One entry of the manifest. In JSON `evidence_class` is `class` and `size` is `bytes`."""

    artefact_id: str
    evidence_class: EvidenceClass
    media_type: str
    sha256: str
    size: int
    capture_channel: CaptureChannel
    c2pa: C2pa
    aigc_label: AigcLabel
    custody: tuple[Custody, ...]
    disclose: Disclosure
    retain_until: date
    perceptual: Perceptual | None = None
    captured_at: datetime | None = None
    detector: tuple[Detector, ...] = ()


NEVER_COUNTED = frozenset({EvidenceClass.GRAPH, EvidenceClass.DETECTOR, EvidenceClass.MERCHANT_STATEMENT})
FROM_CLAIMANTS_UPLOAD = frozenset(
    {EvidenceClass.IMAGE_MATCH, EvidenceClass.PROVENANCE, EvidenceClass.INCONSISTENCY},
)
_AI_SOURCES = frozenset({SourceType.AI_GENERATED, SourceType.AI_COMPOSITE})
_CAMERA_SOURCES = frozenset({SourceType.CAMERA, SourceType.COMPUTATIONAL_CAMERA})
_AI_LABELS = frozenset({LabelState.GENERATED, LabelState.DECLARED, LabelState.GENERATOR_TEXT})


def counts(artefact: Artefact, *, matched_elsewhere: Collection[str]) -> bool:
    """Say whether one artefact proves anything by its class. `matched_elsewhere`: ids matched outside the group."""
    if artefact.evidence_class is EvidenceClass.IMAGE_MATCH:
        return artefact.artefact_id in matched_elsewhere
    if artefact.evidence_class is EvidenceClass.PROVENANCE:
        return _is_signed_by(artefact, _AI_SOURCES) or artefact.aigc_label.state in _AI_LABELS
    return artefact.evidence_class not in NEVER_COUNTED


def classes(manifest: Sequence[Artefact], *, matched_elsewhere: Collection[str]) -> frozenset[EvidenceClass]:
    """Return the independent evidence classes: those that count, with E1 and E3 on one artefact taken as E1 alone."""
    counted = [artefact for artefact in manifest if counts(artefact, matched_elsewhere=matched_elsewhere)]
    found = frozenset(artefact.evidence_class for artefact in counted)
    matches = {artefact.sha256 for artefact in counted if artefact.evidence_class is EvidenceClass.IMAGE_MATCH}
    angles = {artefact.sha256 for artefact in counted if artefact.evidence_class is EvidenceClass.INCONSISTENCY}
    if matches and angles and len(matches | angles) == 1:
        return found - {EvidenceClass.INCONSISTENCY}
    return found


def stands_alone(manifest: Sequence[Artefact], *, matched_elsewhere: Collection[str]) -> bool:
    """Say whether some counted artefact does not stem from the claimant's own upload."""
    return any(
        counts(artefact, matched_elsewhere=matched_elsewhere) and not _is_claimants(artefact) for artefact in manifest
    )


def exculpatory(manifest: Sequence[Artefact]) -> tuple[str, ...]:
    """Name the artefacts with a valid camera signature: they speak for the subject and the reviewer must see them."""
    return tuple(artefact.artefact_id for artefact in manifest if _is_signed_by(artefact, _CAMERA_SOURCES))


def _is_signed_by(artefact: Artefact, sources: Collection[SourceType]) -> bool:
    credentials = artefact.c2pa
    return (
        credentials.present
        and credentials.validation is C2paValidation.VALID
        and credentials.digital_source_type in sources
    )


def _is_claimants(artefact: Artefact) -> bool:
    """The first pair of hands decides, whatever the class; and a match, label or angle is always about the upload."""
    first = artefact.custody[0].role if artefact.custody else CustodyRole.CLAIMANT
    return artefact.evidence_class in FROM_CLAIMANTS_UPLOAD or first is CustodyRole.CLAIMANT
