"""Check an evidence manifest entry by entry: forms, bounds, custody in order, proof kept as long as the record."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from registry.domain.evidence import Artefact, C2pa, Detector, DisclosureMode, EvidenceClass, Perceptual
from registry.domain.raw_identifiers import looks_raw
from registry.errors import Fault

ARTEFACTS_MOST = 50
STEPS_MOST = 50
DETECTORS_MOST = 10
BYTES_MOST = 10 * 2**30
TEXT_MOST = 200
MILLION = 10**6
_ARTEFACT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,63}")
_ALGORITHM = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_PERCEPTUAL = re.compile(r"(?:[0-9a-f]{2}){4,64}")
_QUALITY_MOST = 100


def check_manifest(manifest: Sequence[Artefact], *, now: datetime, kept_until: date) -> list[Fault]:
    """Return every fault of a manifest, with pointers below `/evidence`.

    Args:
        manifest: the entries in the order filed.
        now: no event can lie later.
        kept_until: the record's last day; proof that dies earlier would leave an accusation nobody can check.
    """
    if len(manifest) > ARTEFACTS_MOST:
        return [Fault("/evidence", "evidence_too_many")]
    faults = []
    seen: set[str] = set()
    for index, artefact in enumerate(manifest):
        where = f"/evidence/{index}"
        if artefact.artefact_id in seen and not _is_same(artefact, manifest[:index]):
            faults.append(Fault(f"{where}/artefact_id", "artefact_conflict"))
        seen.add(artefact.artefact_id)
        faults += _forms(artefact, where)
        faults += _history(artefact, where, now)
        faults += _readings(artefact, where)
        if artefact.retain_until < kept_until:
            faults.append(Fault(f"{where}/retain_until", "artefact_kept_too_short"))
    return faults


def _is_same(artefact: Artefact, earlier: Sequence[Artefact]) -> bool:
    """One artefact may prove two things, but under one name there is one sequence of bytes, and no class twice."""
    namesakes = [other for other in earlier if other.artefact_id == artefact.artefact_id]
    return all(
        other.sha256 == artefact.sha256 and other.evidence_class is not artefact.evidence_class for other in namesakes
    )


def _forms(artefact: Artefact, where: str) -> Iterator[Fault]:
    if not _ARTEFACT_ID.fullmatch(artefact.artefact_id):
        yield Fault(f"{where}/artefact_id", "artefact_id_invalid")
    if not _SHA256.fullmatch(artefact.sha256):
        yield Fault(f"{where}/sha256", "sha256_invalid")
    if not _MEDIA_TYPE.fullmatch(artefact.media_type):
        yield Fault(f"{where}/media_type", "media_type_invalid")
    if not 1 <= artefact.size <= BYTES_MOST:
        yield Fault(f"{where}/bytes", "artefact_size_invalid")
    if artefact.disclose.mode is not DisclosureMode.FULL and not artefact.disclose.reason.strip():
        yield Fault(f"{where}/disclose/reason", "disclose_reason_missing")
    for name, text in _texts(artefact):
        if len(text) > TEXT_MOST:
            yield Fault(f"{where}/{name}", "text_too_long")
        elif looks_raw(text):
            yield Fault(f"{where}/{name}", "raw_identifier_refused")


def _texts(artefact: Artefact) -> Iterator[tuple[str, str]]:
    label = artefact.aigc_label
    yield "artefact_id", artefact.artefact_id
    yield "disclose/reason", artefact.disclose.reason
    yield "c2pa/issuer", artefact.c2pa.issuer
    for name in ("label", "producer", "produce_id", "propagator", "carrier"):
        yield f"aigc_label/{name}", getattr(label, name)
    for index, detector in enumerate(artefact.detector):
        yield f"detector/{index}/name", detector.name
        yield f"detector/{index}/version", detector.version


def _history(artefact: Artefact, where: str, now: datetime) -> Iterator[Fault]:
    custody = artefact.custody
    if not custody:
        yield Fault(f"{where}/custody", "custody_missing")
    if len(custody) > STEPS_MOST:
        yield Fault(f"{where}/custody", "custody_too_long")
        return
    latest = None
    moments = [("captured_at", artefact.captured_at)] if artefact.captured_at else []
    moments += [(f"custody/{index}/at", step.at) for index, step in enumerate(custody)]
    for name, at in moments:
        if at.utcoffset() is None:
            yield Fault(f"{where}/{name}", "time_without_zone")
            continue
        if at > now:
            yield Fault(f"{where}/{name}", "time_in_future")
        if latest and at < latest:
            yield Fault(f"{where}/{name}", "custody_out_of_order")
        latest = at


def _readings(artefact: Artefact, where: str) -> Iterator[Fault]:
    if artefact.perceptual and not _is_perceptual(artefact.perceptual):
        yield Fault(f"{where}/perceptual", "perceptual_invalid")
    if not _is_consistent(artefact.c2pa):
        yield Fault(f"{where}/c2pa", "c2pa_inconsistent")
    if artefact.evidence_class is EvidenceClass.DETECTOR and not artefact.detector:
        yield Fault(f"{where}/detector", "detector_missing")
    if len(artefact.detector) > DETECTORS_MOST:
        yield Fault(f"{where}/detector", "detectors_too_many")
    for index, detector in enumerate(artefact.detector[:DETECTORS_MOST]):
        if not _is_reading(detector):
            yield Fault(f"{where}/detector/{index}", "detector_invalid")


def _is_perceptual(fingerprint: Perceptual) -> bool:
    return (
        _ALGORITHM.fullmatch(fingerprint.alg) is not None
        and _PERCEPTUAL.fullmatch(fingerprint.value) is not None
        and 0 <= fingerprint.quality <= _QUALITY_MOST
    )


def _is_consistent(credentials: C2pa) -> bool:
    if credentials.present:
        return credentials.validation is not None
    return credentials.validation is None and credentials.digital_source_type is None and not credentials.issuer


def _is_reading(detector: Detector) -> bool:
    return (
        bool(detector.name.strip())
        and bool(detector.version.strip())
        and 0 <= detector.score <= MILLION
        and 0 <= detector.published_fpr <= MILLION
    )
