"""What a member did about a claim is within its answer; a recall names what of it must be lifted."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.actions import permitted
from registry.domain.ids import Action, Band
from registry.domain.outcomes import LASTING, Taken, check, in_force, to_lift
from registry.errors import Conflict
from tests.filings import CN, NOW

DAY = timedelta(days=1)
CLAIM, OTHER = b"c" * 32, b"d" * 32


def taken(action: Action, days: int | None = None, number: int = 1, claim: bytes = CLAIM) -> Taken:
    return Taken(UUID(int=number), claim, action, NOW, None if days is None else NOW + days * DAY)


def code(one: Taken, band: Band, *, gate_open: bool = False) -> str:
    try:
        check(one, permitted=permitted(band, gate_open=gate_open), answered_at=NOW, clocks=CN.clocks, now=NOW)
    except Conflict as refused:
        return refused.code
    return ""


@pytest.mark.parametrize(("action", "band"), list(product(Action, Band)))
def test_an_action_is_within_what_its_answer_permitted(action: Action, band: Band) -> None:
    most = {Band.NONE: 0, Band.LOW: 1, Band.GUARDED: 2, Band.HIGH: 3, Band.SEVERE: 4}[band]
    expected = "" if list(Action).index(action) < most else "outcome_not_permitted"
    assert code(taken(action, 30), band) == expected


def test_an_account_is_closed_only_through_the_gate() -> None:
    assert code(taken(Action.CLOSE_ACCOUNT), Band.SEVERE) == "outcome_not_permitted"
    assert code(taken(Action.CLOSE_ACCOUNT), Band.SEVERE, gate_open=True) == ""


@pytest.mark.parametrize(("days", "refused"), [(None, True), (29, True), (30, False), (180, False), (181, True)])
def test_a_suspension_lasts_30_to_180_days(days: int | None, refused: bool) -> None:
    assert (code(taken(Action.SUSPEND_PRIVILEGES, days), Band.SEVERE) == "outcome_period_refused") is refused


@pytest.mark.parametrize("shift", [-DAY, DAY])
def test_an_action_follows_its_answer_and_has_been_taken(shift: timedelta) -> None:
    one = replace(taken(Action.ASK_EVIDENCE), taken_at=NOW + shift)
    assert code(one, Band.SEVERE) == "outcome_time_refused"


def test_what_lasts_is_in_force_until_it_ends_or_is_lifted() -> None:
    later = NOW + 40 * DAY
    assert in_force(taken(Action.CLOSE_ACCOUNT), later)
    assert not in_force(taken(Action.SUSPEND_PRIVILEGES, 40), later)
    assert in_force(taken(Action.SUSPEND_PRIVILEGES, 41), later)
    assert not in_force(replace(taken(Action.CLOSE_ACCOUNT), lifted_at=NOW + DAY), later)
    assert not in_force(taken(Action.RETURN_AND_INSPECT), NOW)


def test_a_recall_names_what_the_rest_does_not_permit_gravest_first() -> None:
    review, suspension = taken(Action.HUMAN_REVIEW, number=1), taken(Action.SUSPEND_PRIVILEGES, 90, number=2)
    closure = taken(Action.CLOSE_ACCOUNT, number=3, claim=OTHER)
    ending = to_lift([review, suspension, closure], still_permitted={CLAIM: permitted(Band.HIGH)}, now=NOW)
    assert ending == (closure, suspension)


OUTCOMES = st.lists(
    st.builds(taken, st.sampled_from(Action), st.none() | st.integers(1, 99), st.integers(1, 99), st.just(CLAIM))
)


@given(OUTCOMES, st.sampled_from(Band))
def test_nothing_to_be_lifted_is_left_out_and_nothing_else_is_named(outcomes: list[Taken], band: Band) -> None:
    rest = permitted(band)
    ending = to_lift(outcomes, still_permitted={CLAIM: rest}, now=NOW)
    assert all(one.action in LASTING and one.action not in rest for one in ending)
    left = [one for one in outcomes if one not in ending]
    assert all(one.action in rest or not in_force(one, NOW) for one in left)
    assert set(to_lift(outcomes, still_permitted={}, now=NOW)) == {one for one in outcomes if in_force(one, NOW)}
