"""What an appeal does to its record, and to the weight of it, from admission to the last decision."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from registry.domain import lifecycle
from registry.domain.appeal_case import (
    CLOCK,
    MEMBER,
    REGISTRY,
    SUBJECT,
    AppealState,
    AppealStep,
    Evidence,
    Ground,
    Party,
    ReporterAnswer,
    Result,
)
from registry.domain.appeal_records import APPEALABLE, DECIDABLE, GONE, MOVES, by_result, render
from registry.domain.appeals import Record, contests, is_open, lodge
from registry.domain.ids import ReportState, Severity
from registry.errors import Conflict
from tests.domain.appeal_cases import ANN, CHANGED, GROUP, OFFICER, STATED, T0, Walk, ready, staff, take
from tests.domain.score_cases import NATIONAL_ID, case, report
from tests.domain.score_vectors import answer_of

S, Step = AppealState, AppealStep
DAY = timedelta(days=1)
WEIGHTLESS = {ReportState.DISPUTED, ReportState.SUSPENDED, ReportState.INCONCLUSIVE, ReportState.OVERTURNED}


def points(walk: Walk) -> int:
    """Score a person with this one record, as it stands after the walk."""
    incident = replace(report(1, 1, NATIONAL_ID), state=walk.case.report_state, appeal_open=is_open(walk.case))
    return answer_of(case("", incident)).score


BEFORE = points(Walk())


@pytest.mark.parametrize(("state", "result"), list(product(ReportState, Result)))
def test_each_result_leads_each_record_where_the_table_says(state: ReportState, result: Result) -> None:
    it = ready(S.IN_REVIEW, report_state=state)
    if result in DECIDABLE and state in GONE:
        assert by_result(it, result) is None
    elif (state, result) in MOVES:
        move = by_result(it, result)
        assert (move.step if move is not None else None) is MOVES[state, result]
    else:
        with pytest.raises(Conflict) as caught:
            by_result(it, result)
        assert caught.value.code == "appeal_result_refused"


def test_every_move_is_a_step_of_the_records_own_machine() -> None:
    moves = {(state, step) for (state, _), step in MOVES.items() if step is not None}
    assert moves <= set(lifecycle.TRANSITIONS)


def test_a_record_that_keeps_its_state_keeps_what_the_result_says() -> None:
    stays = {(state, result) for (state, result), step in MOVES.items() if step is None}
    assert stays == {
        (ReportState.ACTIVE, Result.UPHELD),
        (ReportState.RESTRICTED, Result.UPHELD),
        (ReportState.OVERTURNED, Result.OVERTURNED),
        (ReportState.INCONCLUSIVE, Result.INCONCLUSIVE),
    }


@pytest.mark.parametrize("ground", Ground)
def test_whatever_the_ground_the_record_weighs_nothing_from_admission_to_decision(ground: Ground) -> None:
    walk = Walk()
    record = Record(ReportState.ACTIVE, Severity.S2, STATED, GROUP)
    walk.case = lodge(record, [ground], "", phone_alone=False, now=T0)
    assert points(walk) == BEFORE > 0
    walk.take(Step.PROVE, REGISTRY, T0)
    assert points(walk) == BEFORE
    walk.take(Step.ADMIT, REGISTRY, T0)
    assert points(walk) == 0
    walk.take(Step.ANSWER, MEMBER, T0 + DAY, ReporterAnswer.ACCURATE)
    walk.take(Step.CLAIM, OFFICER, T0 + DAY)
    assert points(walk) == 0
    walk.decided(Result.UPHELD)
    assert points(walk) == BEFORE


@pytest.mark.parametrize("result", DECIDABLE)
def test_after_the_decision_the_record_weighs_what_the_result_says(result: Result) -> None:
    walk = Walk().in_review()
    walk.decided(result)
    assert (points(walk) == 0) == (walk.case.report_state in WEIGHTLESS)
    assert (points(walk) == 0) == (result in {Result.INCONCLUSIVE, Result.OVERTURNED})


@pytest.mark.parametrize("state", [ReportState.NOTICE_WINDOW, ReportState.ACTIVE, ReportState.RESTRICTED])
def test_every_record_that_can_be_appealed_against_weighs_nothing_meanwhile(state: ReportState) -> None:
    walk = Walk(state=state).admitted()
    assert state in APPEALABLE
    assert points(walk) == 0
    disputed = [] if state is ReportState.RESTRICTED else ["report.disputed"]
    assert walk.record_log == disputed


def test_a_further_appeal_only_flags_the_record() -> None:
    walk = Walk(upheld_before=True).in_review()
    assert walk.record_log == []
    assert points(walk) == BEFORE
    assert is_open(walk.case)
    walk.decided(Result.OVERTURNED)
    assert points(walk) == 0


def test_a_new_artefact_that_a_reviewer_admits_takes_the_weight_away() -> None:
    walk = Walk(upheld_before=True).in_review()
    walk.take(Step.ADD_EVIDENCE, SUBJECT, T0 + 2 * DAY, Evidence(CHANGED))
    assert points(walk) == BEFORE
    reviewer = staff(Party.REVIEWER, ANN)
    walk.take(Step.ADMIT_ARTEFACT, reviewer, T0 + 2 * DAY)
    assert points(walk) == 0
    with pytest.raises(Conflict, match="appeal_step_refused"):
        walk.take(Step.ADMIT_ARTEFACT, reviewer, T0 + 2 * DAY)


def test_second_instance_only_flags_the_record_until_an_artefact_is_admitted() -> None:
    walk = Walk().in_review()
    walk.decided(Result.UPHELD)
    walk.second()
    assert points(walk) == BEFORE
    walk.take(Step.ADMIT_ARTEFACT, staff(Party.REVIEWER, ANN), T0 + 4 * DAY)
    assert points(walk) == 0
    walk.voted(Result.UPHELD, Result.UPHELD, Result.OVERTURNED)
    assert points(walk) == BEFORE


def test_delay_takes_the_weight_of_a_flagged_record_too() -> None:
    walk = Walk(upheld_before=True).in_review()
    assert walk.catch_up(T0 + 21 * DAY) == [Step.MISS_DECISION]
    assert walk.case.report_state is ReportState.SUSPENDED
    assert points(walk) == 0
    assert contests(walk.case)
    walk.take(Step.WITHDRAW, SUBJECT, T0 + 22 * DAY)
    assert points(walk) == BEFORE


def test_delay_adds_nothing_to_a_restriction() -> None:
    it = ready(S.IN_REVIEW, report_state=ReportState.RESTRICTED)
    assert take(it, Step.MISS_DECISION, CLOCK).record is None


@pytest.mark.parametrize("state", [ReportState.ACTIVE, ReportState.RESTRICTED])
def test_silence_of_the_member_ends_a_record_in_any_state(state: ReportState) -> None:
    walk = Walk(state=state, upheld_before=True).admitted()
    assert walk.catch_up(T0 + 11 * DAY) == [Step.MISS_ANSWER]
    assert walk.case.report_state is ReportState.WITHDRAWN


def test_the_docs_show_what_happens_to_the_record() -> None:
    page = Path(__file__).parents[2] / "docs" / "appeals.md"
    assert render() in page.read_text(encoding="utf-8")
