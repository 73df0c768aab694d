"""The clocks of an appeal: when they run out, what follows, and that it does not matter when anybody looks."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.domain.appeal_case import (
    CLOCK,
    MEMBER,
    REGISTRY,
    SUBJECT,
    AppealState,
    AppealStep,
    Case,
    Draft,
    Evidence,
    Party,
    ReporterAnswer,
    Result,
    Said,
)
from registry.domain.appeals import CLOCK_STEPS, EVENTS
from registry.domain.deadlines import AWAITED, Reminder, decision_due, missed, reminders, render, timers
from registry.domain.ids import Severity
from registry.domain.policy import Policy
from registry.errors import RegistryError
from registry.policies import load
from tests.domain.appeal_cases import APPROVER, OFFICER, SUPERVISOR, T0, WORDS, Walk, ready
from tests.filings import CN

S, Step = AppealState, AppealStep
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PACKS = [load()[name] for name in ("cn", "uk", "us", "eu")]


def beijing(day: int, month: int = 12, year: int = 2026) -> datetime:
    """Return the midnight that ends a day in Beijing."""
    return datetime.combine(date(year, month, day) + DAY, time.min, timezone(8 * HOUR)).astimezone(UTC)


@pytest.mark.parametrize(
    ("case", "step", "due"),
    [
        (ready(S.RECEIVED, Step.PROVE), Step.LAPSE, beijing(16)),
        (ready(S.RECEIVED), Step.ADMIT, T0 + HOUR),
        (ready(S.AWAITING_REPORTER), Step.MISS_ANSWER, beijing(11)),
        (ready(S.AWAITING_SUBJECT), Step.MISS_REPLY, beijing(6)),
        (ready(S.IN_REVIEW), Step.MISS_DECISION, beijing(21)),
        (ready(S.PENDING_APPROVAL), Step.MISS_DECISION, beijing(21)),
        (ready(S.DECIDED), Step.MISS_TELLING, beijing(3)),
        (ready(S.SECOND_INSTANCE), Step.MISS_SECOND, beijing(31)),
        (ready(S.CLOSED_EXTERNAL), Step.MISS_EXTERNAL, beijing(3)),
    ],
)
def test_each_state_has_its_clock(case: Case, step: AppealStep, due: datetime) -> None:
    assert (timers(case, CN)[0].step, timers(case, CN)[0].due) == (step, due)
    assert missed(case, CN, due - timedelta(microseconds=1)) is None
    found = missed(case, CN, due)
    assert found is not None
    assert found.step is step


@pytest.mark.parametrize("state", [S.INADMISSIBLE, S.WITHDRAWN_BY_SUBJECT])
def test_what_is_over_has_no_clock(state: AppealState) -> None:
    assert timers(ready(state), CN) == ()


@pytest.mark.parametrize("policy", PACKS, ids=lambda policy: policy.pack)
def test_days_end_at_midnight_where_the_pack_is_from(policy: Policy) -> None:
    due = decision_due(ready(S.IN_REVIEW), policy)
    assert due is not None
    local = due.astimezone(timezone(timedelta(minutes=policy.utc_offset_minutes)))
    assert local.time() == time.min
    assert timedelta(days=20) <= due - T0 < timedelta(days=21)


@pytest.mark.parametrize(("minutes", "day"), [(0, 11), (60, 11), (61, 12)])
def test_the_members_days_count_from_the_proof_unless_it_was_asked_late(minutes: int, day: int) -> None:
    proved = beijing(1) - timedelta(minutes=10)
    case = ready(S.AWAITING_REPORTER, proved_at=proved, admitted_at=proved + timedelta(minutes=minutes))
    assert timers(case, CN)[0].due == beijing(day)


def test_before_identity_is_proved_no_decision_is_due() -> None:
    assert decision_due(ready(S.RECEIVED, Step.PROVE), CN) is None


def test_a_period_to_answer_moves_on_from_holidays_and_the_registrys_own_do_not() -> None:
    eve = datetime(2027, 1, 26, 2, tzinfo=UTC)  # ten days before Spring Festival's eve
    case = ready(S.AWAITING_REPORTER, proved_at=eve, admitted_at=eve)
    assert timers(case, CN)[0].due == beijing(9, 2, 2027)
    early = datetime(2027, 1, 16, 2, tzinfo=UTC)
    assert decision_due(ready(S.IN_REVIEW, proved_at=early), CN) == beijing(5, 2, 2027)


def test_the_question_does_not_move_the_decision() -> None:
    case = ready(S.AWAITING_SUBJECT, asked_at=T0 + 18 * DAY)
    assert [(timer.step, timer.due) for timer in timers(case, CN)] == [
        (Step.MISS_REPLY, beijing(21)),
        (Step.MISS_DECISION, beijing(21)),
    ]


@given(st.integers(min_value=0, max_value=60 * 24 * 15))
def test_a_member_is_never_late_because_the_registry_asked_late(minutes: int) -> None:
    admitted = T0 + timedelta(minutes=minutes)
    clocks = timers(ready(S.AWAITING_REPORTER, admitted_at=admitted), CN)
    due = next(timer.due for timer in clocks if timer.step is Step.MISS_ANSWER)
    assert due - admitted >= 10 * DAY - HOUR


def test_reminders_go_out_72_and_24_hours_before() -> None:
    case, due = ready(S.IN_REVIEW), beijing(21)
    assert reminders(case, CN, due - 73 * HOUR) == ()
    assert reminders(case, CN, due - 72 * HOUR) == (Reminder(Step.MISS_DECISION, Party.REVIEWER, due, 72),)
    assert reminders(case, CN, due - 25 * HOUR) == (Reminder(Step.MISS_DECISION, Party.REVIEWER, due, 72),)
    assert reminders(case, CN, due - 24 * HOUR) == (Reminder(Step.MISS_DECISION, Party.REVIEWER, due, 24),)
    assert reminders(case, CN, due) == ()


def test_no_reminder_comes_before_its_clock_began() -> None:
    case = ready(S.DECIDED)  # to be told within two days
    assert [one.hours for one in reminders(case, CN, beijing(3) - 60 * HOUR)] == []
    assert [one.hours for one in reminders(case, CN, beijing(3) - 20 * HOUR)] == [24]
    assert reminders(ready(S.RECEIVED), CN, T0) == ()


def test_no_reminder_comes_with_the_decision_itself() -> None:
    case = ready(S.DECIDED, decided_at=beijing(1))
    assert timers(case, CN)[0].due == beijing(4)
    assert reminders(case, CN, beijing(1)) == ()


def test_each_clock_reminds_who_is_awaited() -> None:
    assert {step: party.value for step, (party, _) in AWAITED.items()} == {
        Step.LAPSE: "subject",
        Step.ADMIT: "registry",
        Step.MISS_ANSWER: "member",
        Step.MISS_REPLY: "subject",
        Step.MISS_DECISION: "reviewer",
        Step.MISS_TELLING: "registry",
        Step.MISS_SECOND: "panel",
        Step.MISS_EXTERNAL: "officer",
    }


def test_a_worker_that_comes_back_takes_each_missed_step_in_order() -> None:
    walk = Walk().in_review()
    walk.take(Step.ASK, OFFICER, T0 + 12 * DAY)
    assert walk.catch_up(T0 + 22 * DAY) == [Step.MISS_REPLY, Step.MISS_DECISION]
    assert walk.catch_up(T0 + 22 * DAY) == []


def test_a_worker_that_admits_late_does_not_withdraw_the_record_at_once() -> None:
    walk = Walk()
    walk.take(Step.PROVE, REGISTRY, T0)
    assert walk.catch_up(T0 + 11 * DAY) == [Step.ADMIT]
    assert walk.catch_up(T0 + 21 * DAY) == [Step.MISS_DECISION]
    assert walk.catch_up(T0 + 23 * DAY) == [Step.MISS_ANSWER]


TRIES = st.sampled_from([step for step in Step if step not in CLOCK_STEPS | {Step.CLOSE, Step.RECORD_EXTERNAL}])
PLANS = st.lists(st.tuples(st.integers(min_value=1, max_value=24 * 9), TRIES), max_size=12)
ACTORS = {Step.ANSWER: MEMBER, Step.ADD_EVIDENCE: MEMBER, Step.DROP_SECOND: SUBJECT, Step.ASK_SECOND: SUBJECT}
ACTORS |= {Step.REPLY: SUBJECT, Step.WITHDRAW: SUBJECT, Step.TELL: REGISTRY, Step.SEAT: SUPERVISOR}
ACTORS |= {Step.APPROVE: APPROVER, Step.RETURN: APPROVER, Step.ASSIGN: SUPERVISOR}


def attempt(walk: Walk, step: AppealStep, now: datetime) -> None:
    """Try one step as somebody who may; what is refused is refused in every run alike."""
    said: Said = WORDS.get(step)
    if step is Step.DRAFT:
        said = Draft(Result.UPHELD, "Because.", walk.case.evidence)
    if step is Step.ADD_EVIDENCE:
        said = Evidence(f"{now:%j%H}" * 8)
    try:
        walk.take(step, ACTORS.get(step, OFFICER), now, said)
    except RegistryError:
        return


def run(plan: list[tuple[int, AppealStep]], *, every: int | None) -> tuple[Walk, datetime]:
    """Carry out a plan, with a worker that looks every so many hours or not at all in between."""
    walk, now = Walk(severity=Severity.S3).admitted(), T0
    for hours, step in plan:
        for passed in range(every, hours, every) if every is not None else ():
            walk.catch_up(now + passed * HOUR)
        now += hours * HOUR
        attempt(walk, step, now)
    return walk, now


@settings(deadline=None)
@given(PLANS)
def test_it_does_not_matter_when_the_worker_looks(plan: list[tuple[int, AppealStep]]) -> None:
    walks = [run([*plan, (24 * 60, Step.TELL)], every=every)[0] for every in (7, None)]
    results = {(walk.case.state, walk.case.result, walk.case.report_state) for walk in walks}
    assert len(results) == 1
    # How late everyone was told depends on when the decision fell, and nothing else does.
    diligent, absent = ([name for name, _ in walk.log if not re.search("tell|told", name)] for walk in walks)
    assert diligent == absent


@settings(deadline=None)
@given(PLANS, st.integers(min_value=0, max_value=24 * 90))
def test_every_missed_step_is_taken_once_and_in_order(plan: list[tuple[int, AppealStep]], standstill: int) -> None:
    walk, now = run(plan, every=None)
    now += standstill * HOUR
    seen = []
    while (timer := missed(walk.case, CN, now)) is not None:
        assert timer not in seen
        seen.append(timer)
        walk.step(timer.step, CLOCK, now)
    assert [timer.due for timer in seen] == sorted(timer.due for timer in seen)
    assert all(timer.due > now for timer in timers(walk.case, CN))
    clock = [name for name, _ in walk.log if name in {EVENTS[step] for step in CLOCK_STEPS - {Step.MISS_TELLING}}]
    assert len(clock) == len(set(clock))


def test_the_docs_show_the_clocks() -> None:
    page = Path(__file__).parents[2] / "docs" / "appeals.md"
    assert render(CN) in page.read_text(encoding="utf-8")


def test_an_answer_in_the_last_minute_is_in_time() -> None:
    walk = Walk().admitted()
    walk.take(Step.ANSWER, MEMBER, beijing(11) - timedelta(seconds=1), ReporterAnswer.ACCURATE)
    assert walk.case.state is S.IN_REVIEW
