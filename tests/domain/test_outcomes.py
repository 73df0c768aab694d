"""What a member did about a claim is measured by its answer; a recall names what of it must be lifted."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.actions import permitted
from registry.domain.ids import Action, Band
from registry.domain.outcomes import LASTING, Flag, Taken, check_lift, in_force, judge, to_lift
from registry.errors import Conflict
from tests.filings import CN, NOW

DAY = timedelta(days=1)
QUERY = UUID(int=7)


def taken(action: Action, days: int | None = None, number: int = 1) -> Taken:
    return Taken(UUID(int=number), b"c" * 32, QUERY, action, NOW, None if days is None else NOW + days * DAY)


def flags(one: Taken, band: Band, *, gate_open: bool = False) -> tuple[Flag, ...]:
    allowed = permitted(band, gate_open=gate_open)
    return judge(one, permitted=allowed, answered_at=NOW, clocks=CN.clocks, now=NOW)


@pytest.mark.parametrize(("days", "found"), [(0, ()), (7, ()), (8, (Flag.BEYOND_ANSWER,))])
def test_a_permission_to_close_is_not_for_ever(days: int, found: tuple[Flag, ...]) -> None:
    at = NOW + days * DAY
    closed = replace(taken(Action.CLOSE_ACCOUNT), taken_at=at)
    allowed = permitted(Band.SEVERE, gate_open=True)
    assert judge(closed, permitted=allowed, answered_at=NOW, clocks=CN.clocks, now=at) == found
    reviewed = replace(taken(Action.HUMAN_REVIEW), taken_at=at)
    assert judge(reviewed, permitted=allowed, answered_at=NOW, clocks=CN.clocks, now=at) == ()


@pytest.mark.parametrize(("action", "band"), list(product(Action, Band)))
def test_an_action_beyond_what_its_answer_permitted_is_flagged(action: Action, band: Band) -> None:
    most = {Band.NONE: 0, Band.LOW: 1, Band.GUARDED: 2, Band.HIGH: 3, Band.SEVERE: 4}[band]
    expected = () if list(Action).index(action) < most else (Flag.BEYOND_ANSWER,)
    assert flags(taken(action, 30), band) == expected


def test_an_account_is_closed_only_through_the_gate() -> None:
    assert flags(taken(Action.CLOSE_ACCOUNT), Band.SEVERE) == (Flag.BEYOND_ANSWER,)
    assert flags(taken(Action.CLOSE_ACCOUNT), Band.SEVERE, gate_open=True) == ()


@pytest.mark.parametrize(("days", "wrong"), [(None, True), (29, True), (30, False), (180, False), (181, True)])
def test_a_suspension_lasts_30_to_180_days(days: int | None, wrong: bool) -> None:
    assert flags(taken(Action.SUSPEND_PRIVILEGES, days), Band.SEVERE) == ((Flag.PERIOD,) if wrong else ())


def test_what_is_wrong_twice_is_flagged_twice() -> None:
    assert flags(taken(Action.SUSPEND_PRIVILEGES), Band.LOW) == (Flag.BEYOND_ANSWER, Flag.PERIOD)


@pytest.mark.parametrize(("shift", "days"), [(-DAY, None), (DAY, None), (0 * DAY, 0), (0 * DAY, -1)])
def test_an_action_follows_its_answer_has_been_taken_and_ends_later(shift: timedelta, days: int | None) -> None:
    one = replace(taken(Action.ASK_EVIDENCE, days), taken_at=NOW + shift)
    with pytest.raises(Conflict, match="outcome_time_refused"):
        flags(one, Band.SEVERE)


@pytest.mark.parametrize(("days", "now"), [(-1, 0), (2, 1)])
def test_nothing_is_lifted_before_it_was_done_or_in_the_future(days: int, now: int) -> None:
    with pytest.raises(Conflict, match="outcome_time_refused"):
        check_lift(taken(Action.CLOSE_ACCOUNT), NOW + days * DAY, now=NOW + now * DAY)


@pytest.mark.parametrize(
    "over",
    [taken(Action.ASK_EVIDENCE), taken(Action.HUMAN_REVIEW, 1), replace(taken(Action.CLOSE_ACCOUNT), lifted_at=NOW)],
)
def test_what_restricts_nobody_is_not_lifted(over: Taken) -> None:
    with pytest.raises(Conflict, match="outcome_not_in_force"):
        check_lift(over, NOW + DAY, now=NOW + DAY)
    check_lift(taken(Action.HUMAN_REVIEW), NOW + DAY, now=NOW + DAY)


def test_what_lasts_is_in_force_until_it_ends_or_is_lifted() -> None:
    later = NOW + 40 * DAY
    assert in_force(taken(Action.CLOSE_ACCOUNT), later)
    assert not in_force(taken(Action.SUSPEND_PRIVILEGES, 40), later)
    assert in_force(taken(Action.SUSPEND_PRIVILEGES, 41), later)
    assert not in_force(replace(taken(Action.CLOSE_ACCOUNT), lifted_at=NOW + DAY), later)
    assert not in_force(taken(Action.RETURN_AND_INSPECT), NOW)


def test_a_recall_names_what_is_in_force_gravest_first() -> None:
    review, suspension = taken(Action.HUMAN_REVIEW, number=1), taken(Action.SUSPEND_PRIVILEGES, 90, number=2)
    closure, asked = taken(Action.CLOSE_ACCOUNT, number=3), taken(Action.ASK_EVIDENCE, number=4)
    assert to_lift([review, asked, suspension, closure], now=NOW) == (closure, suspension, review)


OUTCOMES = st.lists(st.builds(taken, st.sampled_from(Action), st.none() | st.integers(-9, 99), st.integers(1, 99)))


@given(OUTCOMES)
def test_nothing_to_be_lifted_is_left_out_and_nothing_else_is_named(outcomes: list[Taken]) -> None:
    ending = to_lift(outcomes, now=NOW)
    assert set(ending) == {one for one in outcomes if in_force(one, NOW)}
    assert [LASTING.index(one.action) for one in ending] == sorted(LASTING.index(one.action) for one in ending)
