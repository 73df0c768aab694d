"""What each artefact proves, what none of them proves, and what a manifest entry must look like."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from registry.domain.evidence import (
    AigcLabel,
    C2pa,
    C2paValidation,
    CustodyRole,
    Detector,
    Disclosure,
    DisclosureMode,
    EvidenceClass,
    LabelState,
    Perceptual,
    SourceType,
    classes,
    counts,
    exculpatory,
    stands_alone,
)
from registry.domain.filings import ImageMatch
from registry.domain.manifests import check_manifest
from registry.domain.refusals import REFUSALS
from tests.filings import NOW, artefact, custody, filing, labelled, refusal, stands

KEPT_UNTIL = date(2028, 10, 20)
CAMERA = C2pa(present=True, validation=C2paValidation.VALID, digital_source_type=SourceType.CAMERA)
MADE = C2pa(present=True, validation=C2paValidation.VALID, digital_source_type=SourceType.AI_GENERATED)


def faults(*entries: Any) -> set[tuple[str, str]]:  # noqa: ANN401 - artefacts
    return {(fault.pointer, fault.code) for fault in check_manifest(entries, now=NOW, kept_until=KEPT_UNTIL)}


@pytest.mark.parametrize("name", ["E8", "E10", "E11"])
def test_leads_count_nothing(name: str) -> None:
    assert not counts(artefact(name), matched_elsewhere=())


@pytest.mark.parametrize("name", ["E3", "E4", "E5", "E6", "E7", "E9"])
def test_the_other_classes_count(name: str) -> None:
    assert counts(artefact(name), matched_elsewhere=())


def test_an_image_match_inside_the_group_counts_nothing() -> None:
    def proof(*, same_group: bool) -> dict[str, Any]:
        return {
            "evidence": (artefact("E1", "photo"), artefact("E4")),
            "image_matches": (ImageMatch("photo", same_group=same_group),),
        }

    assert ("/evidence", "evidence_classes_too_few") in refusal(filing(**proof(same_group=True)))
    assert len(stands(filing(**proof(same_group=False))).evidence_classes) == 2


def test_a_match_and_an_angle_on_one_artefact_are_one_class() -> None:
    same = (artefact("E1", "photo"), artefact("E3", "photo"))
    assert classes(same, matched_elsewhere={"photo"}) == {EvidenceClass.IMAGE_MATCH}
    renamed = (same[0], replace(same[1], artefact_id="other-name"))
    assert len(classes(renamed, matched_elsewhere={"photo"})) == 1
    assert len(classes((*same, artefact("E3", "second")), matched_elsewhere={"photo"})) == 2
    assert classes(same, matched_elsewhere=()) == {EvidenceClass.INCONSISTENCY}


@pytest.mark.parametrize(
    ("label", "credentials", "proves"),
    [
        (LabelState.ABSENT, C2pa(present=False), False),
        (LabelState.SUSPECTED, C2pa(present=False), False),
        (LabelState.GENERATED, C2pa(present=False), True),
        (LabelState.DECLARED, C2pa(present=False), True),
        (LabelState.GENERATOR_TEXT, C2pa(present=False), True),
        (LabelState.ABSENT, MADE, True),
        (LabelState.ABSENT, replace(MADE, digital_source_type=SourceType.AI_COMPOSITE), True),
        (LabelState.ABSENT, replace(MADE, validation=C2paValidation.INVALID), False),
        (LabelState.ABSENT, replace(MADE, validation=C2paValidation.UNTRUSTED), False),
        (LabelState.ABSENT, replace(MADE, digital_source_type=None), False),
        (LabelState.ABSENT, CAMERA, False),
    ],
)
def test_provenance_proves_only_what_it_says(label: LabelState, credentials: C2pa, proves: bool) -> None:
    entry = artefact("E2", aigc_label=AigcLabel(label), c2pa=credentials)
    assert counts(entry, matched_elsewhere=()) is proves


def test_a_valid_camera_signature_speaks_for_the_subject() -> None:
    entries = (artefact("E4", "a", c2pa=CAMERA), artefact("E5", "b", c2pa=MADE), artefact("E6", "c"))
    assert exculpatory(entries) == ("a",)
    assert stands(filing(evidence=(labelled(), entries[0]))).exculpatory == ("a",)


def test_what_first_came_from_the_claimant_does_not_stand_alone() -> None:
    theirs = artefact("E4", custody=(custody(1, CustodyRole.CLAIMANT),))
    assert not stands_alone((theirs,), matched_elsewhere=())
    assert not stands_alone((artefact("E4", custody=()),), matched_elsewhere=())
    assert not stands_alone((labelled(), artefact("E11")), matched_elsewhere=())
    assert stands_alone((theirs, artefact("E5")), matched_elsewhere=())


def test_a_complete_entry_has_no_fault() -> None:
    full = artefact(
        "E10",
        captured_at=datetime(2026, 10, 21, tzinfo=UTC),
        perceptual=Perceptual("pdq", "ab" * 32, 100),
        detector=(Detector("detector", "2.1", 990_000, 50_000),),
        disclose=Disclosure(DisclosureMode.REDACTED, "shows another customer"),
        retain_until=KEPT_UNTIL,
    )
    assert faults(full, artefact("E4")) == set()


@pytest.mark.parametrize(
    "changes",
    [
        {"size": 1},
        {"size": 10 * 2**30},
        {"disclose": Disclosure(DisclosureMode.NONE, "x" * 200)},
        {"detector": (Detector("d", "1", 0, 0),) * 10},
        {"detector": (Detector("d", "1", 1_000_000, 1_000_000),)},
        {"perceptual": Perceptual("pdq", "ab" * 4, 0)},
        {"custody": (custody(1),) * 50},
        {"custody": (replace(custody(1), at=NOW),)},
        {"captured_at": custody(2).at},
    ],
)
def test_an_entry_that_just_reaches_a_limit_has_no_fault(changes: dict[str, Any]) -> None:
    assert faults(replace(artefact("E4"), **changes)) == set()


BROKEN: list[tuple[dict[str, Any], str, str]] = [
    ({"artefact_id": "-"}, "artefact_id", "artefact_id_invalid"),
    ({"sha256": "AB" * 32}, "sha256", "sha256_invalid"),
    ({"sha256": "ab" * 31}, "sha256", "sha256_invalid"),
    ({"media_type": "photo"}, "media_type", "media_type_invalid"),
    ({"size": 0}, "bytes", "artefact_size_invalid"),
    ({"size": 10 * 2**30 + 1}, "bytes", "artefact_size_invalid"),
    ({"disclose": Disclosure(DisclosureMode.NONE)}, "disclose/reason", "disclose_reason_missing"),
    ({"disclose": Disclosure(DisclosureMode.REDACTED, " ")}, "disclose/reason", "disclose_reason_missing"),
    ({"disclose": Disclosure(DisclosureMode.NONE, "x" * 201)}, "disclose/reason", "text_too_long"),
    (
        {"aigc_label": AigcLabel(LabelState.GENERATED, producer="a@b.cn")},
        "aigc_label/producer",
        "raw_identifier_refused",
    ),
    ({"custody": ()}, "custody", "custody_missing"),
    ({"custody": (custody(1),) * 51}, "custody", "custody_too_long"),
    ({"custody": (custody(2), custody(1))}, "custody/1/at", "custody_out_of_order"),
    ({"captured_at": datetime(2026, 10, 22, tzinfo=UTC)}, "custody/0/at", "custody_out_of_order"),
    ({"custody": (replace(custody(1), at=NOW + timedelta(seconds=1)),)}, "custody/0/at", "time_in_future"),
    ({"custody": (replace(custody(1), at=custody(1).at.replace(tzinfo=None)),)}, "custody/0/at", "time_without_zone"),
    ({"perceptual": Perceptual("PDQ", "ab" * 32, 50)}, "perceptual", "perceptual_invalid"),
    ({"perceptual": Perceptual("pdq", "abc", 50)}, "perceptual", "perceptual_invalid"),
    ({"perceptual": Perceptual("pdq", "ab" * 32, 101)}, "perceptual", "perceptual_invalid"),
    ({"c2pa": C2pa(present=True)}, "c2pa", "c2pa_inconsistent"),
    ({"c2pa": C2pa(present=False, validation=C2paValidation.VALID)}, "c2pa", "c2pa_inconsistent"),
    ({"c2pa": C2pa(present=False, digital_source_type=SourceType.CAMERA)}, "c2pa", "c2pa_inconsistent"),
    ({"c2pa": C2pa(present=False, issuer="an issuer")}, "c2pa", "c2pa_inconsistent"),
    ({"evidence_class": EvidenceClass.DETECTOR}, "detector", "detector_missing"),
    ({"detector": (Detector("d", "1", 1, 1),) * 11}, "detector", "detectors_too_many"),
    ({"detector": (Detector("d", "1", 1_000_001, 1),)}, "detector/0", "detector_invalid"),
    ({"detector": (Detector("d", "1", 1, -1),)}, "detector/0", "detector_invalid"),
    ({"detector": (Detector(" ", "1", 1, 1),)}, "detector/0", "detector_invalid"),
    ({"detector": (Detector("d", "", 1, 1),)}, "detector/0", "detector_invalid"),
    ({"retain_until": KEPT_UNTIL - timedelta(days=1)}, "retain_until", "artefact_kept_too_short"),
]


@pytest.mark.parametrize(("changes", "name", "code"), BROKEN, ids=map(str, range(len(BROKEN))))
def test_each_broken_entry_is_refused_with_its_own_code_and_place(
    changes: dict[str, Any], name: str, code: str
) -> None:
    assert faults(artefact("E5"), replace(artefact("E4"), **changes)) == {(f"/evidence/1/{name}", code)}
    assert code in REFUSALS


def test_one_name_stands_for_one_sequence_of_bytes_and_no_class_twice() -> None:
    first = artefact("E1", "photo")
    assert faults(first, artefact("E3", "photo")) == set()
    assert faults(first, artefact("E3", "photo", sha256="ab" * 32)) == {
        ("/evidence/1/artefact_id", "artefact_conflict")
    }
    assert faults(first, first) == {("/evidence/1/artefact_id", "artefact_conflict")}


def test_a_manifest_is_bounded() -> None:
    assert faults(*(artefact("E4", f"a{n}") for n in range(50))) == set()
    assert faults(*(artefact("E4", f"a{n}") for n in range(51))) == {("/evidence", "evidence_too_many")}
