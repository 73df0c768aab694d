"""Second instance: who may ask, who may sit, and the vote in the middle."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.appeal_case import (
    MEMBER,
    SUBJECT,
    Actor,
    AppealState,
    AppealStep,
    Evidence,
    Party,
    Result,
    Seat,
    Seating,
    Vote,
)
from registry.domain.ids import ReportState
from registry.errors import Conflict, Denied
from tests.domain.appeal_cases import (
    ANN,
    BO,
    CHANGED,
    DEE,
    EVIDENCE,
    GROUP,
    PANEL,
    SEATED,
    T0,
    Walk,
    cast,
    ready,
    staff,
    take,
)

S, Step = AppealState, AppealStep
DAY = timedelta(days=1)
BY_PEOPLE = [Result.UPHELD, Result.AMENDED, Result.INCONCLUSIVE, Result.OVERTURNED]
LOSERS = {
    Result.UPHELD: {"subject"},
    Result.AMENDED: {"subject", "member"},
    Result.INCONCLUSIVE: {"subject", "member"},
    Result.OVERTURNED: {"member"},
}


@pytest.mark.parametrize(("result", "by"), list(product(BY_PEOPLE, [SUBJECT, MEMBER])))
def test_who_lost_asks_for_another_look(result: Result, by: Actor) -> None:
    case = ready(S.DECIDED, result=result)
    if set(by.parties) <= {Party(name) for name in LOSERS[result]}:
        decision = take(case, Step.ASK_SECOND, by)
        assert decision.case.second is not None
        assert {decision.case.second.asked_by} == by.parties
        assert decision.record is None
        return
    with pytest.raises(Denied, match="appeal_not_yours"):
        take(case, Step.ASK_SECOND, by)


def test_nobody_asks_about_a_record_that_is_gone() -> None:
    with pytest.raises(Conflict, match="appeal_nothing_left"):
        take(ready(S.DECIDED, report_state=ReportState.WITHDRAWN), Step.ASK_SECOND)


@pytest.mark.parametrize("result", [Result.WITHDRAWN, Result.ENDED])
def test_what_nobody_decided_has_no_loser(result: Result) -> None:
    with pytest.raises(Denied, match="appeal_not_yours"):
        take(ready(S.DECIDED, result=result), Step.ASK_SECOND)


def test_six_months_are_counted_in_the_days_of_the_pack() -> None:
    case = ready(S.DECIDED, told_at=T0)  # decided on 1 December in Beijing
    last = datetime(2027, 6, 1, 15, 59, tzinfo=UTC)
    assert take(case, Step.ASK_SECOND, SUBJECT, now=last).state is S.SECOND_INSTANCE
    with pytest.raises(Conflict, match="appeal_second_late"):
        take(case, Step.ASK_SECOND, SUBJECT, now=last + timedelta(minutes=1))


def test_there_is_no_third_instance() -> None:
    walk = Walk().in_review()
    walk.decided(Result.UPHELD)
    walk.second().voted(Result.UPHELD, Result.UPHELD, Result.OVERTURNED)
    assert (walk.case.state, walk.case.result) == (S.DECIDED, Result.UPHELD)
    with pytest.raises(Conflict, match="appeal_final"):
        walk.take(Step.ASK_SECOND, SUBJECT, T0 + 5 * DAY)


@pytest.mark.parametrize("part", ["involved", "reviewers", "approvers"])
def test_nobody_sits_who_had_a_part_in_the_matter(part: str) -> None:
    case = ready(S.SECOND_INSTANCE, Step.SEAT, **{part: frozenset({DEE})})
    with pytest.raises(Denied, match="appeal_seat_conflict"):
        take(case, Step.SEAT)


def test_nobody_sits_with_a_tie_to_the_group_that_filed() -> None:
    case = ready(S.SECOND_INSTANCE, Step.SEAT)
    other = Seating(Seat.CONSUMER, DEE, frozenset({UUID(int=901)}))
    assert take(case, Step.SEAT, said=other).case.second is not None
    with pytest.raises(Denied, match="appeal_seat_conflict"):
        take(case, Step.SEAT, said=replace(other, ties=other.ties | {GROUP}))


def test_nobody_sits_twice() -> None:
    case = take(ready(S.SECOND_INSTANCE, Step.SEAT), Step.SEAT).case
    with pytest.raises(Denied, match="appeal_seat_conflict"):
        take(case, Step.SEAT, said=Seating(Seat.MERCHANT, DEE))


def test_a_seat_is_given_anew_until_it_has_voted() -> None:
    case = take(ready(S.SECOND_INSTANCE), Step.SEAT).case
    with pytest.raises(Denied, match="appeal_not_seated"):
        take(case, Step.VOTE, PANEL[Seat.CONSUMER])
    voted = take(case, Step.VOTE, staff(Party.PANEL, DEE)).case
    with pytest.raises(Conflict, match="appeal_seat_taken"):
        take(voted, Step.SEAT, said=Seating(Seat.CONSUMER, BO))


def test_a_panel_votes_when_it_is_complete() -> None:
    case = take(ready(S.SECOND_INSTANCE, Step.SEAT), Step.SEAT).case
    with pytest.raises(Conflict, match="appeal_seats_missing"):
        take(case, Step.VOTE, staff(Party.PANEL, DEE))


def test_nobody_votes_where_no_panel_was_asked_for() -> None:
    with pytest.raises(Conflict, match="appeal_step_refused"):
        take(ready(S.SECOND_INSTANCE, second=None), Step.VOTE)


def test_a_seat_votes_once_with_reasons() -> None:
    case = ready(S.SECOND_INSTANCE)
    with pytest.raises(Conflict, match="appeal_reasons_missing"):
        take(case, Step.VOTE, said=Vote(Result.UPHELD, "", EVIDENCE))
    voted = take(case, Step.VOTE).case
    with pytest.raises(Conflict, match="appeal_voted"):
        take(voted, Step.VOTE)


def test_changed_evidence_voids_the_votes() -> None:
    case = take(ready(S.SECOND_INSTANCE), Step.VOTE).case
    case = take(case, Step.ADD_EVIDENCE, said=Evidence(CHANGED)).case
    with pytest.raises(Conflict, match="appeal_draft_void"):
        take(case, Step.VOTE)
    again = take(case, Step.VOTE, said=Vote(Result.OVERTURNED, "The new photo shows it.", CHANGED)).case
    assert again.second is not None
    assert [vote.result for _, vote in again.second.votes] == [Result.OVERTURNED]


@given(st.lists(st.sampled_from(BY_PEOPLE), min_size=3, max_size=3), st.permutations(list(Seat)))
def test_the_vote_in_the_middle_decides_whoever_gave_it(results: list[Result], order: list[Seat]) -> None:
    case = ready(S.SECOND_INSTANCE)
    for seat, result in zip(order, results, strict=True):
        assert case.state is S.SECOND_INSTANCE
        decision = take(case, Step.VOTE, PANEL[seat], said=cast(result))
        case = decision.case
    found = BY_PEOPLE.index(case.result) if case.result is not None else -1
    assert decision.decides
    assert sum(BY_PEOPLE.index(result) >= found for result in results) >= 2
    assert sum(BY_PEOPLE.index(result) <= found for result in results) >= 2


def test_a_panel_that_is_late_overturns() -> None:
    decision = take(ready(S.SECOND_INSTANCE, report_state=ReportState.ACTIVE), Step.MISS_SECOND)
    assert (decision.state, decision.case.result, decision.decides) == (S.DECIDED, Result.OVERTURNED, True)
    assert decision.record is not None
    assert decision.record.step == "overturn"


def test_a_late_panel_leaves_an_overturned_record_overturned() -> None:
    decision = take(ready(S.SECOND_INSTANCE, report_state=ReportState.OVERTURNED), Step.MISS_SECOND)
    assert decision.record is None


def test_who_asked_takes_it_back_and_the_first_decision_stands() -> None:
    walk = Walk().in_review()
    walk.decided(Result.AMENDED)
    walk.take(Step.ASK_SECOND, MEMBER, T0 + 3 * DAY)
    with pytest.raises(Denied, match="appeal_not_yours"):
        walk.take(Step.DROP_SECOND, SUBJECT, T0 + 4 * DAY)
    decision = walk.take(Step.DROP_SECOND, MEMBER, T0 + 4 * DAY)
    assert (decision.state, decision.case.result, decision.decides) == (S.DECIDED, Result.AMENDED, False)


def test_the_panel_reinstates_what_was_overturned() -> None:
    walk = Walk().in_review()
    walk.decided(Result.OVERTURNED)
    walk.second(MEMBER).voted(Result.UPHELD, Result.AMENDED, Result.UPHELD)
    assert walk.case.report_state is ReportState.ACTIVE
    assert walk.record_log[-1] == "report.reinstated"


def test_seats_are_three_people() -> None:
    assert len({*SEATED.values(), ANN, BO, DEE}) == 6
