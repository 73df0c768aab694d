"""Published figures tell nothing about a person, and colluders stand out."""

from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.public_figures import overlaps, publishable, rate, reciprocity
from tests.filings import CN

RULES = CN.integrity
A, B, C, D = (UUID(int=number) for number in range(1, 5))
CELLS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 40), max_size=8)


def pair(one: UUID, other: UUID) -> frozenset[UUID]:
    return frozenset({one, other})


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ({"a": 12, "b": 30}, {"a": 12, "b": 30}),
        ({"a": 9, "b": 30, "c": 12}, {"a": None, "b": 30, "c": None}),
        ({"a": 9, "b": 9, "c": 12}, {"a": None, "b": None, "c": 12}),
        ({"a": 1, "b": 1, "c": 12, "d": 50}, {"a": None, "b": None, "c": None, "d": 50}),
        ({"a": 0, "b": 12}, {"a": 0, "b": 12}),
        ({"a": 3, "b": 0}, {"a": None, "b": None}),
        ({"a": 3, "b": 0, "c": 12}, {"a": None, "b": 0, "c": None}),
        ({"a": 4, "b": 6, "c": 12}, {"a": None, "b": None, "c": 12}),
        ({}, {}),
    ],
)
def test_small_cells_are_hidden_and_so_is_what_would_betray_them(
    cells: dict[str, int], shown: dict[str, int | None]
) -> None:
    assert publishable(cells, 10) == shown


@given(CELLS)
def test_the_total_never_betrays_a_small_cell(cells: dict[str, int]) -> None:
    shown = publishable(cells, 10)
    hidden = [cells[name] for name, count in shown.items() if count is None]
    assert all(count == cells[name] for name, count in shown.items() if count is not None)
    assert all(count is None or count == 0 or count >= 10 for count in shown.values())
    if hidden and len(hidden) < len(cells):
        assert len(hidden) >= 2
        assert sum(hidden) >= 10


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 10, 0), (0, 9, None), (3, 50, None), (45, 50, None), (10, 50, 200_000), (50, 50, 1_000_000)],
)
def test_a_share_is_shown_from_ten_cases_on_both_sides(part: int, whole: int, shown: int | None) -> None:
    assert rate(part, whole, 10) == shown


@pytest.mark.parametrize(("filed", "asked", "shown"), [(0, 100, 0), (9, 100, None), (10, 9, None), (10, 10, 1_000_000)])
def test_reciprocity_is_what_a_member_gives_for_what_it_asks(filed: int, asked: int, shown: int | None) -> None:
    assert reciprocity(filed, asked, 10) == shown


def test_two_members_that_name_the_same_people_raise_an_alarm() -> None:
    subjects = {A: 100, B: 100, C: 100, D: 100}
    common = {pair(A, B): 60, pair(A, C): 3, pair(A, D): 2, pair(B, C): 3, pair(B, D): 2, pair(C, D): 4}
    (alarm,) = overlaps(subjects, common, 1_000, RULES)
    assert (alarm.members, alarm.common) == ((A, B), 60)
    assert alarm.expected == round(1_000 * Fraction(100 * 100, 1_000))


def test_fraudsters_who_visit_every_platform_raise_none() -> None:
    subjects = {A: 100, B: 100, C: 100}
    common = {pair(A, B): 30, pair(A, C): 28, pair(B, C): 31}
    assert overlaps(subjects, common, 100_000, RULES) == ()


def test_a_few_in_common_raise_no_alarm_however_unlikely() -> None:
    assert overlaps({A: 10, B: 10}, {pair(A, B): 4}, 10**6, RULES) == ()
    assert len(overlaps({A: 10, B: 10}, {pair(A, B): 5}, 10**6, RULES)) == 1


@pytest.mark.parametrize(("of_b", "count", "alarms"), [(150, 30, 0), (200, 60, 1)])
def test_twice_what_is_expected_is_no_surprise_and_three_times_is(of_b: int, count: int, alarms: int) -> None:
    assert len(overlaps({A: 100, B: of_b}, {pair(A, B): count}, 1_000, RULES)) == alarms


def test_the_most_surprising_comes_first() -> None:
    subjects = {A: 100, B: 100, C: 100, D: 100}
    common = {pair(A, B): 30, pair(C, D): 50}
    found = overlaps(subjects, common, 100_000, RULES)
    assert [alarm.members for alarm in found] == [(C, D), (A, B)]
