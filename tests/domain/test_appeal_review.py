"""One reviewer who never touched the case, another person who approves, on the evidence as it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from registry.domain.appeal_case import (
    MEMBER,
    REGISTRY,
    SUBJECT,
    Actor,
    AppealState,
    AppealStep,
    Assignee,
    Draft,
    Evidence,
    Party,
    Result,
    Ruling,
)
from registry.domain.appeals import is_open
from registry.domain.deadlines import decision_due
from registry.domain.ids import MemberIntegrity, ReportState, Severity
from registry.errors import Conflict, Denied
from tests.domain.appeal_cases import (
    ANN,
    APPROVER,
    BO,
    CHANGED,
    CY,
    DEE,
    EVIDENCE,
    OFFICER,
    SUPERVISOR,
    T0,
    Walk,
    ready,
    staff,
    take,
)
from tests.filings import CN

S, Step = AppealState, AppealStep
DAY = timedelta(days=1)


def test_a_case_is_claimed_by_one_at_a_time() -> None:
    with pytest.raises(Conflict, match="appeal_claimed"):
        take(ready(S.IN_REVIEW), Step.CLAIM, staff(Party.REVIEWER, BO))


@pytest.mark.parametrize("step", [Step.CLAIM, Step.ASSIGN])
@pytest.mark.parametrize("part", ["involved", "approvers"])
def test_nobody_reviews_who_had_a_part_in_the_matter(step: AppealStep, part: str) -> None:
    case = ready(S.IN_REVIEW, Step.CLAIM, **{part: frozenset({ANN})})
    with pytest.raises(Denied, match="appeal_involved"):
        take(case, step)


def test_a_supervisor_gives_the_case_to_another() -> None:
    case = take(ready(S.IN_REVIEW), Step.ASSIGN, said=Assignee(DEE)).case
    assert case.holder == DEE
    assert case.reviewers == {ANN, DEE}


def test_a_case_is_laid_down_by_its_holder_or_a_supervisor() -> None:
    assert take(ready(S.IN_REVIEW), Step.RELEASE).case.holder is None
    assert take(ready(S.IN_REVIEW), Step.RELEASE, SUPERVISOR).case.holder is None
    with pytest.raises(Denied, match="appeal_not_held"):
        take(ready(S.IN_REVIEW), Step.RELEASE, staff(Party.OFFICER, DEE))
    with pytest.raises(Conflict, match="appeal_step_refused"):
        take(ready(S.IN_REVIEW, Step.CLAIM), Step.RELEASE)


@pytest.mark.parametrize("step", [Step.ASK, Step.DRAFT])
def test_only_the_holder_asks_and_drafts(step: AppealStep) -> None:
    with pytest.raises(Denied, match="appeal_not_held"):
        take(ready(S.IN_REVIEW), step, staff(Party.OFFICER, DEE))


def test_the_subject_is_asked_once() -> None:
    walk = Walk().in_review()
    walk.take(Step.ASK, OFFICER, T0 + 2 * DAY)
    assert walk.case.state is S.AWAITING_SUBJECT
    walk.take(Step.REPLY, SUBJECT, T0 + 3 * DAY)
    with pytest.raises(Conflict, match="appeal_question_asked"):
        walk.take(Step.ASK, OFFICER, T0 + 3 * DAY)


def test_without_a_reply_the_file_decides() -> None:
    walk = Walk().in_review()
    walk.take(Step.ASK, OFFICER, T0 + 2 * DAY)
    assert walk.catch_up(T0 + 9 * DAY) == [Step.MISS_REPLY]
    assert (walk.case.state, walk.case.holder) == (S.IN_REVIEW, ANN)


def test_after_the_day_of_the_decision_no_question_is_put() -> None:
    overdue = ready(S.IN_REVIEW, breaches=frozenset({Step.MISS_DECISION}))
    due = decision_due(overdue, CN)
    assert due is not None
    with pytest.raises(Conflict, match="appeal_question_late"):
        take(overdue, Step.ASK, now=due)


@pytest.mark.parametrize("result", [Result.WITHDRAWN, Result.ENDED])
def test_a_person_decides_one_of_the_four_results(result: Result) -> None:
    with pytest.raises(Conflict, match="appeal_result_refused"):
        take(ready(S.IN_REVIEW), Step.DRAFT, said=Draft(result, "Because.", EVIDENCE))


def test_a_draft_has_reasons() -> None:
    with pytest.raises(Conflict, match="appeal_reasons_missing"):
        take(ready(S.IN_REVIEW), Step.DRAFT, said=Draft(Result.UPHELD, " \n", EVIDENCE))


def test_a_draft_never_shows_its_reasons_in_a_trace() -> None:
    assert "secret" not in repr(Draft(Result.UPHELD, "secret", EVIDENCE))


def test_a_draft_rests_on_the_evidence_as_it_is() -> None:
    with pytest.raises(Conflict, match="appeal_draft_void"):
        take(ready(S.IN_REVIEW), Step.DRAFT, said=Draft(Result.UPHELD, "Because.", CHANGED))


@pytest.mark.parametrize(
    "draft",
    [
        Draft(Result.UPHELD, "Because.", EVIDENCE, act_denied=True),
        Draft(Result.AMENDED, "Because.", EVIDENCE, findings=frozenset({MemberIntegrity.FALSE_REPORT})),
        Draft(Result.OVERTURNED, "Because.", EVIDENCE, findings=frozenset({MemberIntegrity.LATE_ANSWER})),
    ],
)
def test_a_finding_against_the_member_needs_an_overturned_record(draft: Draft) -> None:
    with pytest.raises(Conflict, match="appeal_finding_refused"):
        take(ready(S.IN_REVIEW), Step.DRAFT, said=draft)


def test_findings_take_effect_with_the_decision_and_not_before() -> None:
    both = frozenset({MemberIntegrity.FALSE_REPORT, MemberIntegrity.NO_NOTICE})
    draft = Draft(Result.OVERTURNED, "It never happened.", EVIDENCE, True, both)
    drafted = take(ready(S.IN_REVIEW), Step.DRAFT, said=draft)
    assert drafted.findings == frozenset()
    decision = take(drafted.case, Step.APPROVE)
    assert decision.findings == both
    assert decision.decides


def test_an_overdue_record_is_not_left_open() -> None:
    case = ready(S.IN_REVIEW, report_state=ReportState.SUSPENDED)
    with pytest.raises(Conflict) as caught:
        take(case, Step.DRAFT, said=Draft(Result.INCONCLUSIVE, "Who knows.", EVIDENCE))
    assert caught.value.facts == {"record": ReportState.SUSPENDED, "result": Result.INCONCLUSIVE}


def test_the_maker_does_not_approve_nor_does_who_held_the_case_before() -> None:
    case = ready(S.PENDING_APPROVAL, reviewers=frozenset({ANN, BO}))
    for person in (ANN, BO):
        for step in (Step.APPROVE, Step.RETURN):
            with pytest.raises(Denied, match="appeal_second_person"):
                take(case, step, staff(Party.SUPERVISOR, person))


def test_nobody_approves_who_had_a_part_in_the_matter() -> None:
    with pytest.raises(Denied, match="appeal_involved"):
        take(ready(S.PENDING_APPROVAL, involved=frozenset({BO})), Step.APPROVE)


@pytest.mark.parametrize(("severity", "needed"), [("S1", 1), ("S2", 1), ("S3", 2), ("S4", 2)])
def test_grave_cases_need_two_more_people(severity: str, needed: int) -> None:
    case = ready(S.PENDING_APPROVAL, severity=Severity(severity))
    people = [staff(Party.REVIEWER, person) for person in (BO, CY)][:needed]
    for by in people:
        assert case.state is S.PENDING_APPROVAL
        decision = take(case, Step.APPROVE, by)
        case = decision.case
    assert (case.state, case.result, decision.decides) == (S.DECIDED, Result.UPHELD, True)
    assert case.approved_by == tuple(by.staff_id for by in people)


def test_the_same_person_does_not_approve_twice() -> None:
    case = take(ready(S.PENDING_APPROVAL, severity=Severity.S3), Step.APPROVE).case
    with pytest.raises(Conflict, match="appeal_approved"):
        take(case, Step.APPROVE)


def test_changed_evidence_voids_the_draft_and_every_approval() -> None:
    walk = Walk(severity=Severity.S4).in_review()
    walk.take(Step.DRAFT, OFFICER, T0 + 2 * DAY, Draft(Result.UPHELD, "Because.", ""))
    walk.take(Step.APPROVE, APPROVER, T0 + 2 * DAY)
    walk.take(Step.ADD_EVIDENCE, MEMBER, T0 + 2 * DAY, Evidence(CHANGED))
    assert (walk.case.state, walk.case.approved_by) == (S.IN_REVIEW, ())
    with pytest.raises(Conflict, match="appeal_draft_void"):
        walk.take(Step.APPROVE, SUPERVISOR, T0 + 2 * DAY)
    walk.take(Step.DRAFT, OFFICER, T0 + 3 * DAY, Draft(Result.OVERTURNED, "The new photo shows it.", CHANGED))
    walk.take(Step.APPROVE, APPROVER, T0 + 3 * DAY)
    decision = walk.take(Step.APPROVE, SUPERVISOR, T0 + 3 * DAY)
    assert decision.decides
    assert walk.case.report_state is ReportState.OVERTURNED


def test_who_approved_a_draft_that_became_void_never_reviews() -> None:
    case = take(ready(S.PENDING_APPROVAL, severity=Severity.S3), Step.APPROVE).case
    case = take(take(case, Step.ADD_EVIDENCE).case, Step.RELEASE).case
    with pytest.raises(Denied, match="appeal_involved"):
        take(case, Step.CLAIM, staff(Party.REVIEWER, BO))


def test_evidence_that_changes_on_the_way_is_seen_by_the_approval_too() -> None:
    with pytest.raises(Conflict, match="appeal_draft_void"):
        take(ready(S.PENDING_APPROVAL, evidence=CHANGED), Step.APPROVE)


def test_a_returned_draft_is_written_anew_and_its_critic_never_reviews() -> None:
    approved = take(ready(S.PENDING_APPROVAL, severity=Severity.S3), Step.APPROVE, SUPERVISOR).case
    assert take(approved, Step.RETURN).case.approved_by == ()
    case = take(ready(S.PENDING_APPROVAL), Step.RETURN).case
    assert (case.state, case.draft) == (S.IN_REVIEW, None)
    assert case.approvers == {BO}
    again = take(case, Step.DRAFT).case
    assert take(again, Step.APPROVE).state is S.DECIDED
    released = take(case, Step.RELEASE).case
    with pytest.raises(Denied, match="appeal_involved"):
        take(released, Step.CLAIM, staff(Party.REVIEWER, BO))


def test_there_is_nothing_to_approve_without_a_draft() -> None:
    with pytest.raises(Conflict, match="appeal_step_refused"):
        take(ready(S.PENDING_APPROVAL, draft=None), Step.APPROVE)


def test_two_officers_decide_at_once_and_one_wins() -> None:
    case = ready(S.IN_REVIEW)
    first = take(case, Step.DRAFT).case
    with pytest.raises(Conflict, match="appeal_step_refused"):
        take(first, Step.DRAFT)


@pytest.mark.parametrize("state", [S.AWAITING_SUBJECT, S.IN_REVIEW, S.PENDING_APPROVAL])
def test_an_overdue_decision_suspends_the_record_and_leaves_the_case_open(state: AppealState) -> None:
    case = ready(state, breaches=frozenset({Step.MISS_REPLY}))
    decision = take(case, Step.MISS_DECISION)
    assert decision.state is state
    assert decision.record is not None
    assert decision.record.step == "suspend"
    assert decision.case.holder == (ANN if state is S.PENDING_APPROVAL else None)
    assert is_open(decision.case)


def test_a_late_decision_is_still_a_decision() -> None:
    walk = Walk().in_review()
    walk.catch_up(T0 + 21 * DAY)
    walk.take(Step.CLAIM, OFFICER, T0 + 22 * DAY)
    walk.decided(Result.UPHELD, T0 + 22 * DAY)
    assert walk.record_log == ["report.disputed", "report.suspended", "report.upheld"]
    assert walk.case.report_state is ReportState.ACTIVE


@pytest.mark.parametrize("result", [Result.UPHELD, Result.AMENDED, Result.OVERTURNED])
def test_a_ruling_from_outside_is_entered_by_one_and_applied_by_another(result: Result) -> None:
    case = take(ready(S.IN_REVIEW), Step.RECORD_EXTERNAL, said=Ruling(result)).case
    assert (case.state, case.result, is_open(case)) == (S.CLOSED_EXTERNAL, None, True)
    with pytest.raises(Denied, match="appeal_second_person"):
        take(case, Step.APPLY_EXTERNAL, OFFICER)
    later = T0 + DAY
    decision = take(case, Step.APPLY_EXTERNAL, now=later)
    assert (decision.case.result, decision.decides, is_open(decision.case)) == (result, True, False)
    assert decision.case.decided_at == later
    with pytest.raises(Conflict, match="appeal_step_refused"):
        take(decision.case, Step.APPLY_EXTERNAL)


@pytest.mark.parametrize("result", [Result.INCONCLUSIVE, Result.WITHDRAWN, Result.ENDED])
def test_a_ruling_says_something_about_the_record(result: Result) -> None:
    with pytest.raises(Conflict, match="appeal_result_refused"):
        take(ready(S.IN_REVIEW), Step.RECORD_EXTERNAL, said=Ruling(result))


def test_a_ruling_changes_nothing_about_a_record_that_is_gone() -> None:
    case = replace(ready(S.CLOSED_EXTERNAL), report_state=ReportState.EXPIRED)
    assert take(case, Step.APPLY_EXTERNAL).record is None


def test_a_decision_made_may_still_be_overruled_from_outside() -> None:
    walk = Walk().in_review()
    walk.decided(Result.UPHELD)
    walk.take(Step.TELL, REGISTRY, T0 + 3 * DAY)
    walk.take(Step.RECORD_EXTERNAL, OFFICER, T0 + 90 * DAY, Ruling(Result.OVERTURNED))
    walk.take(Step.APPLY_EXTERNAL, Actor(frozenset({Party.SUPERVISOR}), CY), T0 + 91 * DAY)
    assert walk.case.report_state is ReportState.OVERTURNED
