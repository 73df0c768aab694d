"""The score policy is read strictly, and no numbers can break what is promised of the score."""

from copy import deepcopy
from typing import Any

import pytest

from registry.domain.beliefs import SCALE
from registry.domain.ids import Category, Confidence, Severity
from registry.domain.score_model import ScoreModel
from registry.errors import Misconfigured
from tests.domain.score_cases import MODEL, TABLE, case, report
from tests.domain.score_vectors import answer_of


def altered(path: str, value: object) -> dict[str, Any]:
    table = deepcopy(TABLE)
    place = table
    *parents, name = path.split("/")
    for parent in parents:
        place = place[parent]
    if value is None:
        del place[name]
    else:
        place[name] = value
    return table


def test_the_policy_carries_the_published_numbers() -> None:
    assert MODEL.version == "FRS-1.0"
    assert (MODEL.recurrence, MODEL.group_bound) == (800_000_000, 700_000_000)
    assert [MODEL.proof[level] for level in Confidence] == [980_000_000, 930_000_000, 800_000_000]
    assert MODEL.amount == (SCALE, 1_050_000_000, 1_100_000_000, 1_150_000_000)
    assert MODEL.lightest is Category.FALSE_NON_RECEIPT
    assert MODEL.category[MODEL.lightest] == 750_000_000
    assert MODEL.category[Category.LABEL_REMOVED] == 0
    assert MODEL.closure_min_groups == 2


@pytest.mark.parametrize(("severity", "days"), [("S1", 182), ("S2", 730), ("S3", 1_095), ("S4", 1_825)])
def test_decay_starts_at_one_and_ends_at_nothing_on_the_last_day(severity: str, days: int) -> None:
    for table, last in ((MODEL.decay, days), (MODEL.decay_halved, days // 2)):
        by_day = table[Severity(severity)]
        assert (by_day[0], by_day[last], len(by_day)) == (SCALE, 0, last + 1)
        assert list(by_day) == sorted(by_day, reverse=True)


def test_decay_without_its_shift_halves_in_730_days() -> None:
    by_day = MODEL.decay[Severity.S4]
    rest = 2 ** (-1825 / 730)
    assert by_day[730] == pytest.approx((0.5 - rest) / (1 - rest) * SCALE, abs=1_000)


def test_the_digest_names_the_numbers() -> None:
    other = ScoreModel.from_table(altered("heard/days", 31))
    assert len(MODEL.digest) == 64
    assert other.digest != MODEL.digest
    assert ScoreModel.from_table(deepcopy(TABLE)) == MODEL


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("version", None),
        ("version", ""),
        ("formula", None),
        ("formula", 1),
        ("formula/extra", 1),
        ("formula/recurrence", "four fifths"),
        ("formula/recurrence", 0.8),
        ("formula/recurrence", True),
        ("formula/recurrence", -1),
        ("formula/recurrence", 1_000_001),
        ("formula/group_bound", 750_000),
        ("proof/A", 900_000),
        ("category/FR-08", None),
        ("category/FR-15", 1),
        ("amount/serious", 999_999),
        ("amount/large", 1_040_000),
        ("amount/huge", 1_260_000),
        ("amount/thresholds_minor/CNY/large", 300_000),
        ("decay/half_life_days", 0),
        ("decay/retention_days/S2", 181),
        ("decay/retention_days/S4", 4_000),
        ("match/rules/companions", ["shoe_size"]),
        ("match/rules/phone_end_days", 366),
        ("match/personal/iris", 1),
        ("match/extra", {}),
        ("reliability/slope", 0),
        ("ceilings/uncertain", 500_000),
        ("ceilings/unproven", 750_000),
        ("ceilings/unproven", 498_000),
        ("bands/high", 250),
        ("bands/severe", 1_001),
        ("closure/min_groups", 1),
        ("heard/days", 0),
        ("unknown", {}),
    ],
)
def test_a_policy_that_is_wrong_is_refused_at_start(path: str, value: object) -> None:
    with pytest.raises(Misconfigured) as refused:
        ScoreModel.from_table(altered(path, value))
    assert refused.value.code == "policy_invalid"
    assert str(value) not in refused.value.message or len(str(value)) < 3


def test_a_stricter_closure_can_be_chosen() -> None:
    assert ScoreModel.from_table(altered("closure/min_groups", 3)).closure_min_groups == 3


def test_a_pack_adds_currencies_and_changes_none() -> None:
    model = MODEL.with_thresholds({"GBP": (30_000, 300_000, 5_000_000), "CNY": (1, 2, 3)})
    assert model.thresholds["GBP"] == (30_000, 300_000, 5_000_000)
    assert model.thresholds["CNY"] == MODEL.thresholds["CNY"]
    assert model.digest == MODEL.digest


def test_an_amount_in_an_unknown_currency_has_no_tier() -> None:
    huge = [answer_of(case("", report(currency=currency, amount_minor=10**9))).score for currency in ("XTS", "CNY")]
    assert huge == [469, 539]
