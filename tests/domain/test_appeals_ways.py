"""The ways into an appeal, through the member's answer, and out of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from registry.domain.appeal_case import (
    CLOCK,
    MEMBER,
    REGISTRY,
    SUBJECT,
    AppealState,
    AppealStep,
    Ground,
    ReporterAnswer,
    Result,
)
from registry.domain.appeal_digests import evidence_digest
from registry.domain.appeal_words import ANSWER_TEXT, GROUND_TEXT, STATE_TEXT
from registry.domain.appeals import OPEN, Record, contests, decide, is_open, lodge
from registry.domain.ids import MemberIntegrity, ReportState, Severity
from registry.errors import Conflict, Denied
from tests.domain.appeal_cases import GROUP, STATED, T0, Walk, moment, ready, take
from tests.filings import CN

S, Step = AppealState, AppealStep
RECORD = Record(ReportState.ACTIVE, Severity.S2, STATED, GROUP)


@pytest.mark.parametrize("state", ReportState)
def test_a_record_is_appealed_against_while_it_stands(state: ReportState) -> None:
    record = replace(RECORD, state=state)
    if state in {ReportState.NOTICE_WINDOW, ReportState.ACTIVE, ReportState.RESTRICTED}:
        assert lodge(record, [Ground.NOT_AI], "", phone_alone=False, now=T0).state is S.RECEIVED
        return
    with pytest.raises(Conflict) as caught:
        lodge(record, [Ground.NOT_AI], "", phone_alone=False, now=T0)
    assert (caught.value.code, caught.value.facts) == ("appeal_record_refused", {"state": state})


@pytest.mark.parametrize("ground", Ground)
def test_any_ground_opens_an_appeal_in_any_words(ground: Ground) -> None:
    case = lodge(RECORD, [ground], "不是我。" * 500, phone_alone=False, now=T0)
    assert (case.state, case.received_at, case.flag_only, case.group_id) == (S.RECEIVED, T0, False, GROUP)
    assert not is_open(case)


def test_there_are_seventeen_grounds() -> None:
    assert [ground.value for ground in Ground] == [f"G{number:02}" for number in range(1, 18)]


def test_an_appeal_needs_a_ground_and_2000_characters_suffice() -> None:
    with pytest.raises(Conflict, match="appeal_grounds_missing"):
        lodge(RECORD, [], "It was not me.", phone_alone=False, now=T0)
    with pytest.raises(Conflict, match="appeal_text_too_long"):
        lodge(RECORD, [Ground.NOT_ME], "x" * 2_001, phone_alone=False, now=T0)


def test_one_appeal_at_a_time() -> None:
    with pytest.raises(Conflict, match="appeal_open"):
        lodge(replace(RECORD, open_appeal=True), [Ground.NOT_ME], "", phone_alone=False, now=T0)


def test_a_phone_number_alone_bears_only_that_it_is_somebody_elses() -> None:
    assert lodge(RECORD, [Ground.SOMEONE_ELSE], "", phone_alone=True, now=T0).state is S.RECEIVED
    for grounds in ([Ground.NOT_ME], [Ground.SOMEONE_ELSE, Ground.NOT_AI]):
        with pytest.raises(Denied, match="appeal_ground_unproved"):
            lodge(RECORD, grounds, "", phone_alone=True, now=T0)


def test_identity_is_proved_once_and_admission_needs_it() -> None:
    with pytest.raises(Conflict, match="appeal_identity_unproved"):
        take(ready(S.RECEIVED, Step.PROVE), Step.ADMIT)
    with pytest.raises(Conflict, match="appeal_step_refused"):
        take(ready(S.RECEIVED), Step.PROVE)


def test_the_first_to_prove_their_identity_is_heard_first() -> None:
    case = ready(S.RECEIVED, Step.PROVE, admitted_at=None)
    with pytest.raises(Conflict, match="appeal_open"):
        take(replace(case, other_open=True), Step.PROVE)
    proved = take(case, Step.PROVE).case
    assert not is_open(proved)
    admitted = take(proved, Step.ADMIT).case
    assert is_open(admitted)
    assert contests(admitted)
    assert not contests(replace(admitted, flag_only=True))


def test_who_never_proves_their_identity_loses_nothing() -> None:
    walk = Walk()
    assert walk.catch_up(T0 + timedelta(days=16)) == [Step.LAPSE]
    assert walk.case.state is S.INADMISSIBLE
    assert not is_open(walk.case)
    assert walk.record_log == []
    assert walk.case.result is None  # so nothing speaks against another appeal


@pytest.mark.parametrize("answer", ReporterAnswer)
def test_an_answer_leads_to_review_or_ends_the_record(answer: ReporterAnswer) -> None:
    walk = Walk().admitted()
    decision = walk.take(Step.ANSWER, MEMBER, T0 + timedelta(days=1), answer)
    if answer in {ReporterAnswer.ACCURATE, ReporterAnswer.AMEND}:
        assert (walk.case.state, walk.case.report_state) == (S.IN_REVIEW, ReportState.DISPUTED)
        assert not decision.decides
        return
    assert (walk.case.state, walk.case.report_state) == (S.DECIDED, ReportState.WITHDRAWN)
    assert decision.decides
    assert walk.case.result is Result.WITHDRAWN
    assert decision.findings == frozenset()


def test_the_reason_of_a_withdrawal_is_the_members_own() -> None:
    reasons = {}
    for answer in (ReporterAnswer.WITHDRAW, ReporterAnswer.MISROUTED, ReporterAnswer.SUBJECT_IS_VICTIM):
        record = take(ready(S.AWAITING_REPORTER), Step.ANSWER, said=answer).record
        assert record is not None
        reasons[answer.value] = record.reason
    assert reasons == {"withdraw": "mistake", "misrouted": "misrouted", "subject_is_victim": "subject_is_victim"}


def test_a_silent_member_loses_the_record_and_is_recorded_itself() -> None:
    decision = take(ready(S.AWAITING_REPORTER), Step.MISS_ANSWER)
    assert (decision.state, decision.case.result) == (S.DECIDED, Result.WITHDRAWN)
    assert decision.record is not None
    assert decision.record.reason == "unverified"
    assert decision.findings == {MemberIntegrity.LATE_ANSWER}


def test_an_answer_after_the_deadline_is_too_late_even_if_no_worker_ran() -> None:
    with pytest.raises(Conflict) as caught:
        take(ready(S.AWAITING_REPORTER), Step.ANSWER, now=T0 + timedelta(days=11))
    assert caught.value.code == "appeal_deadline_passed"
    assert caught.value.facts == {"step": Step.MISS_ANSWER}


@pytest.mark.parametrize("state", sorted(OPEN - {S.SECOND_INSTANCE, S.RECEIVED}))
def test_an_appeal_taken_back_leads_the_record_back(state: AppealState) -> None:
    decision = take(ready(state), Step.WITHDRAW)
    assert decision.state is S.WITHDRAWN_BY_SUBJECT
    assert decision.record is not None
    assert decision.record.step == "drop_dispute"
    assert not is_open(decision.case)


def test_before_admission_there_is_nothing_to_lead_back() -> None:
    walk = Walk()
    walk.take(Step.WITHDRAW, SUBJECT, T0 + timedelta(days=1))
    assert (walk.case.state, walk.record_log) == (S.WITHDRAWN_BY_SUBJECT, [])


@pytest.mark.parametrize(
    ("report_state", "result"),
    [
        (ReportState.WITHDRAWN, Result.WITHDRAWN),
        (ReportState.EXPIRED, Result.ENDED),
        (ReportState.SEALED, Result.ENDED),
    ],
)
def test_an_appeal_ends_with_its_record(report_state: ReportState, result: Result) -> None:
    decision = take(ready(S.IN_REVIEW, report_state=report_state), Step.CLOSE)
    assert (decision.state, decision.case.result, decision.record) == (S.DECIDED, result, None)


def test_an_appeal_does_not_end_while_its_record_stands() -> None:
    with pytest.raises(Conflict, match="appeal_record_stands"):
        take(ready(S.IN_REVIEW), Step.CLOSE, REGISTRY)


def test_everyone_is_told_once() -> None:
    told = take(ready(S.DECIDED), Step.TELL).case
    assert told.told_at == moment(Step.TELL)
    with pytest.raises(Conflict, match="appeal_step_refused"):
        take(told, Step.TELL)


def test_the_clock_comes_neither_early_nor_twice() -> None:
    case = ready(S.IN_REVIEW)
    with pytest.raises(Conflict, match="appeal_step_early"):
        decide(case, Step.MISS_DECISION, by=CLOCK, policy=CN, now=T0 + timedelta(days=20))
    overdue = take(case, Step.MISS_DECISION).case
    with pytest.raises(Conflict, match="appeal_step_refused"):
        take(overdue, Step.MISS_DECISION)


def test_the_digest_of_evidence_depends_on_the_set_alone() -> None:
    one, other = "01" * 32, "02" * 32
    assert evidence_digest([one, other]) == evidence_digest([other, one, one])
    assert evidence_digest([one]) != evidence_digest([one, other]) != evidence_digest([])


def test_everything_a_person_reads_has_words() -> None:
    assert set(GROUND_TEXT) == set(Ground)
    assert set(ANSWER_TEXT) == set(ReporterAnswer)
    assert set(STATE_TEXT) == set(S)
