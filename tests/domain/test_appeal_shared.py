"""What a panel that amends corrects: what a majority shares, part by part, whatever the order of the votes."""

from itertools import combinations_with_replacement, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.appeal_case import AppealState, AppealStep, Case, Result, Seat, Vote
from registry.domain.appeal_corrections import Correction, Gravity, correct
from registry.domain.appeal_panel import reasons, shared
from registry.domain.appeal_records import correction_of
from registry.domain.ids import Confidence
from tests.domain.appeal_cases import EVIDENCE, PANEL, STATED, cast, ready, take

UP, AMEND, OPEN, OVER = Result.UPHELD, Result.AMENDED, Result.INCONCLUSIVE, Result.OVERTURNED
LESS, LEAST = Correction(amount_minor=60_000), Correction(amount_minor=100)
WEAKER, PLAIN = Correction(confidence=Confidence.C), Correction(aggravations=frozenset())
BOTH = Correction(amount_minor=60_000, confidence=Confidence.C)
SAYS = {"less": LESS, "least": LEAST, "weaker": WEAKER, "plain": PLAIN, "both": BOTH}
OTHERS = {"upheld": UP, "inconclusive": OPEN, "overturned": OVER}


def vote(name: str) -> Vote:
    return cast(OTHERS[name]) if name in OTHERS else cast(AMEND, correction=SAYS[name])


def decided(*names: str) -> Case:
    case = ready(AppealState.SECOND_INSTANCE)
    for seat, name in zip(Seat, names, strict=True):
        case = take(case, AppealStep.VOTE, PANEL[seat], said=vote(name)).case
    return case


@pytest.mark.parametrize(
    ("votes", "result", "correction"),
    [
        # Two who agree are followed to the letter, whatever the third says.
        (("less", "less", "least"), AMEND, LESS),
        (("least", "least", "upheld"), AMEND, LEAST),
        (("both", "both", "overturned"), AMEND, BOTH),
        # The one in the middle of three amounts.
        (("least", "less", "weaker"), AMEND, LESS),
        # Part by part: two want less, two want it weaker.
        (("both", "less", "weaker"), AMEND, BOTH),
        (("both", "less", "upheld"), AMEND, LESS),
        # Who goes further than amending would let nothing of any part stand.
        (("less", "plain", "overturned"), AMEND, Correction(amount_minor=60_000, aggravations=frozenset())),
        (("less", "least", "inconclusive"), AMEND, LEAST),
        (("upheld", "less", "overturned"), AMEND, LESS),
        # No one thing has a majority.
        (("less", "weaker", "plain"), UP, None),
        (("less", "weaker", "upheld"), UP, None),
        # The result is not to amend.
        (("upheld", "less", "upheld"), UP, None),
        (("overturned", "less", "inconclusive"), OPEN, None),
    ],
)
def test_a_panel_corrects_what_a_majority_shares(
    votes: tuple[str, ...], result: Result, correction: Correction | None
) -> None:
    for order in permutations(votes):
        case = decided(*order)
        assert (case.state, case.result, correction_of(case)) == (AppealState.DECIDED, result, correction)


@pytest.mark.parametrize("votes", list(combinations_with_replacement([*SAYS, *OTHERS], 3)))
def test_every_three_votes_decide_and_what_they_correct_is_lighter(votes: tuple[str, ...]) -> None:
    case = decided(*votes)
    assert case.state is AppealState.DECIDED
    correction = correction_of(case)
    assert (correction is not None) == (case.result is AMEND)
    if correction is not None:
        correct(correction, STATED)
    assert 1 <= len(reasons(case)) <= 3


corrections = st.builds(
    Correction,
    st.none() | st.integers(0, 200_000),
    st.none() | st.sampled_from(Confidence),
    st.none() | st.frozensets(st.sampled_from(("FR-13", "FR-15"))),
)
votes = st.sampled_from([UP, AMEND, OPEN, OVER]).flatmap(
    lambda result: corrections.map(lambda correction: cast(result, correction=correction))
)
stated = st.builds(
    Gravity,
    st.integers(0, 200_000),
    st.sampled_from(Confidence),
    st.frozensets(st.sampled_from(("FR-13", "FR-15"))),
)


@given(st.lists(votes, min_size=3, max_size=3), stated)
def test_a_majority_stands_on_each_side_of_every_part(three: list[Vote], record: Gravity) -> None:
    agreed = shared(three, record)
    assert all(shared(list(order), record) == agreed for order in permutations(three))
    after = record if agreed is None else correct(agreed, record)
    wanted = [_wanted(one, record) for one in three]
    for part in ("amount_minor", "confidence"):
        found = getattr(after, part)
        assert sum(getattr(one, part) <= found for one in wanted) >= 2
        assert sum(getattr(one, part) >= found for one in wanted) >= 2
    for code in record.aggravations:
        assert (code in after.aggravations) == (sum(code in one.aggravations for one in wanted) >= 2)


def _wanted(one: Vote, record: Gravity) -> Gravity:
    """Say what one vote alone would leave: never more than the record says."""
    if one.result in {OPEN, OVER}:
        return Gravity(0, Confidence.C, frozenset())
    says = (one.correction if one.result is AMEND else None) or Correction()
    return Gravity(
        min(record.amount_minor, record.amount_minor if says.amount_minor is None else says.amount_minor),
        max(record.confidence, says.confidence or record.confidence),
        record.aggravations & (record.aggravations if says.aggravations is None else says.aggravations),
    )


def test_a_record_that_was_lessened_meanwhile_gets_no_graver() -> None:
    record = Gravity(50_000, Confidence.C, frozenset())
    assert shared([vote("less"), vote("both"), vote("plain")], record) is None
    assert shared([vote("least"), vote("least"), vote("plain")], record) == LEAST


def test_reasons_are_those_of_the_result_or_of_all() -> None:
    case = ready(AppealState.SECOND_INSTANCE)
    for seat, name in zip(Seat, ("less", "weaker", "plain"), strict=True):
        said = Vote(AMEND, f"Because it is {name}.", EVIDENCE, SAYS[name])
        case = take(case, AppealStep.VOTE, PANEL[seat], said=said).case
    assert reasons(case) == ["Because it is less.", "Because it is weaker.", "Because it is plain."]
    assert len(reasons(decided("less", "less", "upheld"))) == 2
