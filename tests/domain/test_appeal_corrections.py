"""A decision that amends a record corrects or lessens it, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.appeal_corrections import Correction, Gravity, check, correct, lessened
from registry.domain.ids import Confidence
from registry.errors import Conflict

CORRECTIONS = st.builds(
    Correction,
    st.none() | st.integers(0, 200_000),
    st.none() | st.sampled_from(Confidence),
    st.none() | st.frozensets(st.sampled_from(("FR-13", "FR-15"))),
)
STATED = Gravity(128_000, Confidence.B, frozenset({"FR-15"}))


@pytest.mark.parametrize(
    ("correction", "after"),
    [
        (Correction(amount_minor=100), Gravity(100, Confidence.B, frozenset({"FR-15"}))),
        (Correction(confidence=Confidence.C), Gravity(128_000, Confidence.C, frozenset({"FR-15"}))),
        (Correction(aggravations=frozenset()), Gravity(128_000, Confidence.B, frozenset())),
    ],
)
def test_what_is_not_named_stays(correction: Correction, after: Gravity) -> None:
    assert correct(correction, STATED) == after


@pytest.mark.parametrize(
    "graver",
    [
        Correction(amount_minor=128_001),
        Correction(confidence=Confidence.A),
        Correction(aggravations=frozenset({"FR-15", "FR-13"})),
        Correction(amount_minor=1, confidence=Confidence.A),
    ],
)
def test_nothing_becomes_graver(graver: Correction) -> None:
    with pytest.raises(Conflict, match="appeal_correction_refused"):
        correct(graver, STATED)


@pytest.mark.parametrize("nothing", [None, Correction(), Correction(amount_minor=128_000)])
def test_to_amend_is_to_change_something(nothing: Correction | None) -> None:
    with pytest.raises(Conflict, match="appeal_correction_missing"):
        check(nothing, STATED, amends=True)


def test_only_an_amendment_corrects() -> None:
    with pytest.raises(Conflict, match="appeal_correction_refused"):
        check(Correction(amount_minor=1), STATED, amends=False)
    check(None, STATED, amends=False)
    assert correct(Correction(amount_minor=1), STATED).amount_minor == 1


@given(CORRECTIONS)
def test_whatever_is_corrected_ends_up_lighter(correction: Correction) -> None:
    try:
        after = correct(correction, STATED)
    except Conflict:
        return
    assert after != STATED
    assert after.amount_minor <= STATED.amount_minor
    assert after.confidence >= STATED.confidence
    assert after.aggravations <= STATED.aggravations


@given(
    CORRECTIONS,
    st.builds(
        Gravity,
        st.integers(0, 200_000),
        st.sampled_from(Confidence),
        st.frozensets(st.sampled_from(("FR-13", "FR-15"))),
    ),
)
def test_a_decision_is_applied_whatever_the_record_says_by_then_and_never_makes_it_graver(
    correction: Correction, stated: Gravity
) -> None:
    after = lessened(correction, stated)
    assert after.amount_minor <= stated.amount_minor
    assert after.confidence >= stated.confidence
    assert after.aggravations <= stated.aggravations
    if correction.amount_minor is not None:
        assert after.amount_minor <= correction.amount_minor
    if correction.confidence is not None:
        assert after.confidence >= correction.confidence
    if correction.aggravations is not None:
        assert after.aggravations <= correction.aggravations
    assert lessened(correction, after) == after


def test_an_amendment_that_says_nothing_is_not_applied() -> None:
    with pytest.raises(Conflict, match="appeal_correction_missing"):
        lessened(None, STATED)
