"""Second looks: what is usual, which week is drawn, what a verdict means for a wave, and who may judge."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.second_looks import (
    Follows,
    Place,
    Verdict,
    check_hold,
    check_judge,
    comes_too_fast,
    first_day,
    follows,
    next_week,
)
from registry.errors import Conflict, Denied
from tests.filings import CN

RULES = CN.integrity
TODAY = date(2026, 11, 21)
RELEASED, REFUSED = Verdict.RELEASED, Verdict.REFUSED


def usual(a_week: int) -> dict[date, int]:
    """File so many a week, all on one day of each of the trailing weeks."""
    return {TODAY - timedelta(days=7 * (week + 1)): a_week for week in range(RULES.brake_trailing_weeks)}


@pytest.mark.parametrize(
    ("a_week", "this_week", "waits"),
    [(10, 29, False), (10, 30, True), (0, 19, False), (0, 20, True), (100, 299, False), (100, 300, True)],
)
def test_one_more_report_waits_above_three_times_the_usual_week(a_week: int, this_week: int, waits: bool) -> None:
    filed = usual(a_week) | {TODAY - timedelta(days=6): this_week}
    assert comes_too_fast(filed, TODAY, RULES) is waits


def test_the_first_day_that_counts_is_the_first_of_the_trailing_weeks() -> None:
    first = first_day(TODAY, RULES)
    assert comes_too_fast({first: 7 * 8, TODAY: 20}, TODAY, RULES) is False
    assert comes_too_fast({first - timedelta(days=1): 10_000, TODAY: 20}, TODAY, RULES) is True


def test_a_week_is_drawn_once_it_is_over() -> None:
    monday = date(2026, 11, 16)
    sunday = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
    assert next_week(None, sunday) == monday - timedelta(days=7)
    assert next_week(monday - timedelta(days=7), sunday) is None
    assert next_week(monday - timedelta(days=7), sunday + timedelta(minutes=1)) == monday
    assert next_week(monday - timedelta(days=28), sunday) == monday - timedelta(days=21)


def place(*, sampled: bool, verdict: Verdict | None = None, supervised: bool = False) -> Place:
    return Place(uuid4(), sampled, supervised, verdict)


def test_the_rest_of_a_wave_goes_with_the_last_of_a_clean_sample() -> None:
    first, last = place(sampled=True, verdict=RELEASED), place(sampled=True)
    rest, watched = place(sampled=False), place(sampled=False, supervised=True)
    assert follows([first, last, rest, watched]) == Follows()
    done = place(sampled=True, verdict=RELEASED)
    assert follows([first, done, rest, watched]) == Follows((rest.report_id,), (watched.report_id,))


@given(st.lists(st.builds(Place, st.uuids(), st.booleans(), st.booleans(), st.none() | st.sampled_from(Verdict))))
def test_after_one_refusal_nothing_is_released_unseen(wave: list[Place]) -> None:
    refused = any(one.sampled and one.verdict is REFUSED for one in wave)
    then = follows(wave)
    assert not (refused and then.released)
    open_: set[UUID] = {one.report_id for one in wave if not one.sampled and one.verdict is None}
    assert {*then.released, *then.sampled} <= open_


def test_whoever_had_to_do_with_a_report_does_not_judge_it() -> None:
    who = uuid4()
    check_judge(who, [uuid4()])
    with pytest.raises(Denied, match="touched_before"):
        check_judge(who, [who])


@pytest.mark.parametrize(
    ("one", "in_wave", "drawn", "code"),
    [
        (place(sampled=True), True, True, ""),
        (place(sampled=True), False, False, ""),
        (place(sampled=True), True, False, "hold_not_sampled"),
        (place(sampled=False), True, True, "hold_not_sampled"),
        (place(sampled=True, verdict=RELEASED), True, True, "hold_settled"),
    ],
)
def test_only_what_is_in_the_sample_is_judged_and_once(one: Place, in_wave: bool, drawn: bool, code: str) -> None:
    if not code:
        check_hold(one, in_wave=in_wave, drawn=drawn)
        return
    with pytest.raises(Conflict, match=code):
        check_hold(one, in_wave=in_wave, drawn=drawn)
