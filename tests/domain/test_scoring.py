"""What the score says in plain cases: the figures that docs/scoring.md prints, and the shape of an answer."""

from dataclasses import fields, replace

import pytest

from registry.domain.bands import band_of
from registry.domain.beliefs import SCALE, points, union
from registry.domain.ids import Band, Confidence, ReportState, Severity
from registry.domain.incidents import Asker, Incident, Reliability
from registry.domain.reasons import MITIGATING_TEXT, REASON_TEXT, MitigatingCode, ReasonCode
from registry.domain.scoring import NOTHING, Score, score
from registry.domain.weighing import rho
from tests.domain.score_cases import ADDRESS, MODEL, NATIONAL_ID, PERSON, TRUSTED, Case, case, report, token
from tests.domain.score_vectors import answer_of

WORKED: tuple[tuple[str, Case, int, Band], ...] = (
    ("one fresh grade-B AI photo, national id", case("", report(1, 1, NATIONAL_ID)), 466, Band.GUARDED),
    (
        "50 grade-A incidents from one group",
        case("", *[report(n, 1, NATIONAL_ID, confidence=Confidence.A) for n in range(50)]),
        630,
        Band.HIGH,
    ),
    ("two groups, one each", case("", report(1, 1, NATIONAL_ID), report(2, 2, NATIONAL_ID)), 715, Band.HIGH),
    ("two groups, three each", case("", *[report(n, n % 2, NATIONAL_ID) for n in range(6)]), 855, Band.SEVERE),
    (
        "20 by address alone",
        case("", *[report(n, n, ADDRESS) for n in range(20)], tokens=[token(ADDRESS)]),
        0,
        Band.NONE,
    ),
    ("4 disputed", case("", *[report(n, n, state=ReportState.DISPUTED) for n in range(4)]), 0, Band.NONE),
)


@pytest.mark.parametrize(("words", "each", "expected", "band"), WORKED, ids=[row[0] for row in WORKED])
def test_the_worked_examples_give_the_published_orders_of_magnitude(
    words: str, each: Case, expected: int, band: Band
) -> None:
    answer = answer_of(each)
    assert (answer.score, answer.band) == (expected, band)


def test_no_data_gives_the_same_shape_as_a_hit() -> None:
    empty, hit = answer_of(case("")), answer_of(case("", report()))
    assert empty is NOTHING
    assert [field.name for field in fields(empty)] == [field.name for field in fields(hit)]
    for field in fields(Score):
        assert isinstance(getattr(empty, field.name), type(getattr(hit, field.name)))


def test_none_is_said_of_a_stranger_and_of_nothing_alike() -> None:
    stranger = case("", report(), tokens=[token(NATIONAL_ID, "somebody else")])
    assert answer_of(stranger) is NOTHING
    assert NOTHING.band is Band.NONE


def test_without_explanation_only_codes_and_points_are_missing() -> None:
    each = case("", report(1, 1), report(2, 2))
    quick = score(
        MODEL,
        tokens=PERSON,
        incidents=each.incidents,
        reliability=each.reliability,
        asker=None,
        as_of=each.as_of,
        explain=False,
    )
    assert quick == replace(answer_of(each), reason_codes=(), points=())


def test_every_score_has_its_band() -> None:
    starts = {Band.NONE: 0, Band.LOW: 1, Band.GUARDED: 250, Band.HIGH: 500, Band.SEVERE: 750}
    bands = [band_of(MODEL, score) for score in range(1001)]
    assert {band: bands.index(band) for band in Band} == starts
    assert sorted(bands, key=list(Band).index) == bands


def test_a_union_rounds_down_in_one_fixed_order() -> None:
    assert union(()) == 0
    assert union((SCALE,)) == union((SCALE, 5)) == SCALE
    values = (333_333_333, 1, 999_999_999, 500_000_001)
    assert union(values) == union(values[::-1]) == SCALE


def test_points_round_half_up() -> None:
    assert [points(value) for value in (0, 499_999, 500_000, 1_499_999, SCALE)] == [0, 0, 1, 1, 1000]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (Reliability(), SCALE * 34 // 40),
        (TRUSTED, 900_000_000),
        (Reliability(heard=30, sampled=200), SCALE * 64 // 70),
        (Reliability(sampled=30, heard=200), SCALE * 64 // 70),
        (Reliability(sampled=68, failed=34), 0),  # 68 audits silence one whose reports are half bad
        (Reliability(sampled=67, failed=33), SCALE * 2 // 107),
        (Reliability(heard=300, overturned=100), 0),  # a third of the heard reports overturned
        (Reliability(heard=9, overturned=3), 0),
        (Reliability(heard=10, overturned=3), SCALE * 35 // 50),
        (Reliability(heard=2, overturned=2), SCALE * 30 // 42),
        (Reliability(heard=100, overturned=100), 0),
    ],
)
def test_a_group_is_believed_as_its_reports_fared(record: Reliability, expected: int) -> None:
    assert rho(MODEL.reliability, record) == expected


def test_a_small_case_counts_for_its_own_member_and_not_for_a_sister_of_its_group() -> None:
    small = report(1, 1, severity=Severity.S1)
    own = case("", small, asker=1)
    sister = replace(own, asker=Asker(report(1, 7).member_id, small.group_id))
    assert answer_of(own).score > 0
    assert answer_of(sister) is NOTHING


def test_a_score_without_own_leaves_out_the_whole_group() -> None:
    each = case("", report(1, 1), report(2, 1, member_id=report(1, 8).member_id), report(3, 2), asker=1)
    assert answer_of(each).score_without_own == answer_of(case("", report(3, 2))).score
    assert answer_of(replace(each, incidents=(report(3, 2),))).own_incident is False


def test_a_closure_can_be_made_to_need_three_groups() -> None:
    stricter = replace(MODEL, closure_min_groups=3)
    for groups, supported in ((2, False), (3, True)):
        each = case("", *[report(n, n % groups) for n in range(6)])
        answer = score(
            stricter,
            tokens=each.tokens,
            incidents=each.incidents,
            reliability=each.reliability,
            asker=None,
            as_of=each.as_of,
        )
        assert (answer.band, answer.supports_closure) == (Band.SEVERE, supported)


def test_an_answer_rests_on_reports_in_the_order_of_filing() -> None:
    late, early = report(9, 1), report(3, 2)
    contested = report(5, 3, state=ReportState.DISPUTED)
    answer = answer_of(case("", late, contested, early))
    assert answer.disclosed == (early, late, contested)
    assert answer.under_dispute


def test_a_report_that_does_not_count_is_not_disclosed() -> None:
    other: Incident = report(2, 2, NATIONAL_ID, state=ReportState.RESTRICTED)
    assert [item.report_id for item in answer_of(case("", report(), other)).disclosed] == [report().report_id]


def test_every_code_has_a_sentence() -> None:
    assert set(REASON_TEXT) == set(ReasonCode)
    assert set(MITIGATING_TEXT) == set(MitigatingCode)
