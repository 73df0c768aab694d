"""What stands out: without unit, monotone, and silent where nothing changes."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from registry.domain.outliers import STANDS_OUT, rate_bounds, robust_z, variation

VALUES = st.integers(min_value=0, max_value=1_000_000)
SERIES = st.lists(VALUES, min_size=1, max_size=60)


@given(VALUES, SERIES, st.integers(min_value=1, max_value=1000))
def test_a_score_has_no_unit(value: int, others: list[int], factor: int) -> None:
    scaled = robust_z(value * factor, [one * factor for one in others])
    assert scaled == pytest.approx(robust_z(value, others))


@given(VALUES, SERIES, st.integers(min_value=-1000, max_value=1000))
def test_a_score_does_not_depend_on_where_counting_begins(value: int, others: list[int], shift: int) -> None:
    assert robust_z(value + shift, [one + shift for one in others]) == pytest.approx(robust_z(value, others))


@given(VALUES, VALUES, SERIES)
def test_a_larger_value_never_has_a_smaller_score(one: int, two: int, others: list[int]) -> None:
    small, large = sorted((one, two))
    assert robust_z(small, others) <= robust_z(large, others) + 1e-9


@given(VALUES, st.integers(min_value=1, max_value=100))
def test_nothing_stands_out_of_a_constant_series(value: int, length: int) -> None:
    assert robust_z(value, [value] * length) == 0


def test_without_others_nothing_stands_out() -> None:
    assert robust_z(1_000_000, []) == 0


@given(SERIES)
def test_the_median_itself_never_stands_out(others: list[int]) -> None:
    middle = sorted(others)[len(others) // 2]
    assume(len(others) % 2 == 1)
    assert robust_z(middle, others) == 0


def test_a_few_wild_values_move_no_score() -> None:
    usual = [10, 11, 9, 10, 12, 8, 10, 11, 9, 10]
    assert robust_z(10, [*usual, 10_000]) == pytest.approx(robust_z(10, usual), abs=0.1)
    assert robust_z(100, [*usual, 10_000]) > STANDS_OUT
    assert robust_z(12, usual) < STANDS_OUT


def test_one_that_differs_among_equals_stands_out_by_its_share_alone() -> None:
    assert robust_z(1, [0] * 40) > STANDS_OUT
    assert math.isfinite(robust_z(1_000_000, [0] * 40))


@given(st.integers(min_value=0, max_value=500), st.integers(min_value=0, max_value=500))
def test_a_rate_lies_within_its_bounds(hits: int, misses: int) -> None:
    least, most = rate_bounds(hits, hits + misses)
    assert 0 <= least <= most <= 1
    if hits + misses:
        assert least <= hits / (hits + misses) + 1e-12
        assert most >= hits / (hits + misses) - 1e-12


@given(st.integers(min_value=1, max_value=100), st.integers(min_value=2, max_value=50))
def test_more_tries_at_the_same_rate_narrow_the_bounds(tries: int, times: int) -> None:
    few, many = rate_bounds(tries, 2 * tries), rate_bounds(tries * times, 2 * tries * times)
    assert many[1] - many[0] < few[1] - few[0]


def test_without_a_try_a_rate_can_be_anything() -> None:
    assert rate_bounds(0, 0) == (0, 1)


def test_published_bounds_are_met() -> None:
    # Newcombe, Two-sided confidence intervals for the single proportion (1998), table I: 81 of 263, 15 of 148; 95 %.
    assert rate_bounds(81, 263, z=1.959964) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert rate_bounds(15, 148, z=1.959964) == pytest.approx((0.0624, 0.1605), abs=5e-5)


def test_a_clock_has_no_variation_and_chance_has_one() -> None:
    assert variation(60, 0) == 0
    assert variation(60, 60) == 1
    assert variation(0, 0) == 0
