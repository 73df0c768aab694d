"""Every state against every step; the clocks; the way back; and the table in the docs."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest

from registry.domain.ids import ReportState
from registry.domain.lifecycle import (
    TRANSITIONS,
    Decision,
    Inform,
    RestrictReason,
    Standing,
    Step,
    WithdrawReason,
    decide,
    deleted_on,
    render,
)
from registry.errors import Conflict
from tests.filings import CN, NOW

S = ReportState
AFTER_ALL = NOW + timedelta(days=4_000)
REASONS = {Step.WITHDRAW: WithdrawReason.MISTAKE.value, Step.RESTRICT: RestrictReason.COURT_ORDER.value}
RUNNING = {S.SUBMITTED, S.NOTICE_WINDOW, S.ACTIVE, S.DISPUTED}
# Written a second time, from the prose of the design, so that a slip in the table shows.
POSSIBLE: dict[Step, set[ReportState]] = {
    Step.SERVE: {S.SUBMITTED},
    Step.UNSERVE: {S.NOTICE_WINDOW, S.ACTIVE},
    Step.ACTIVATE: {S.NOTICE_WINDOW},
    Step.DISPUTE: {S.NOTICE_WINDOW, S.ACTIVE},
    Step.DROP_DISPUTE: {S.DISPUTED, S.SUSPENDED},
    Step.UPHOLD: {S.DISPUTED, S.SUSPENDED},
    Step.AMEND_BY_DECISION: {S.ACTIVE, S.DISPUTED, S.SUSPENDED},
    Step.OVERTURN: RUNNING | {S.SUSPENDED, S.INCONCLUSIVE, S.RESTRICTED},
    Step.FIND_INCONCLUSIVE: {S.ACTIVE, S.DISPUTED},
    Step.REINSTATE: {S.OVERTURNED, S.INCONCLUSIVE},
    Step.SUSPEND: {S.DISPUTED, S.ACTIVE},
    Step.RESTRICT: {S.ACTIVE, S.DISPUTED},
    Step.LIFT: {S.RESTRICTED},
    Step.AMEND: RUNNING,
    Step.MARK_REPAID: RUNNING,
    Step.WITHDRAW: RUNNING | {S.SUSPENDED, S.RESTRICTED},
    Step.WITHDRAW_UNSERVED: {S.SUBMITTED},
    Step.SEAL: set(S) - {S.SEALED, S.EXPIRED},
    Step.EXPIRE: set(S) - {S.EXPIRED},
}


def standing(state: ReportState, **changes: object) -> Standing:
    served = None if state is S.SUBMITTED else NOW
    return replace(Standing(state, NOW, served, date(2028, 10, 20)), **changes)  # type: ignore[arg-type] # any field


def step(state: ReportState, what: Step, **changes: object) -> Decision:
    return decide(standing(state, **changes), what, policy=CN, now=AFTER_ALL, reason=REASONS.get(what, ""))


@pytest.mark.parametrize(("state", "what"), list(product(S, Step)))
def test_each_state_takes_the_steps_it_may_and_no_other(state: ReportState, what: Step) -> None:
    if state in POSSIBLE[what]:
        assert step(state, what).state is TRANSITIONS[state, what]
        return
    with pytest.raises(Conflict) as caught:
        step(state, what)
    assert caught.value.code == "report_step_refused"
    assert caught.value.facts == {"state": state, "step": what}


def test_every_step_leads_where_its_name_says() -> None:
    ends = {what: {target for (_, step), target in TRANSITIONS.items() if step is what} for what in Step}
    assert {what: ends[what] for what in (Step.OVERTURN, Step.SUSPEND, Step.SEAL, Step.EXPIRE, Step.WITHDRAW)} == {
        Step.OVERTURN: {S.OVERTURNED},
        Step.SUSPEND: {S.SUSPENDED},
        Step.SEAL: {S.SEALED},
        Step.EXPIRE: {S.EXPIRED},
        Step.WITHDRAW: {S.WITHDRAWN},
    }
    assert all(TRANSITIONS[state, what] is state for what in (Step.AMEND, Step.MARK_REPAID) for state in RUNNING)


@pytest.mark.parametrize(
    ("state", "what", "due"),
    [
        (S.NOTICE_WINDOW, Step.ACTIVATE, NOW + timedelta(days=7)),
        (S.SUBMITTED, Step.WITHDRAW_UNSERVED, NOW + timedelta(days=30)),
    ],
)
def test_the_clock_comes_exactly_when_it_is_due(state: ReportState, what: Step, due: object) -> None:
    assert isinstance(due, type(NOW))
    assert decide(standing(state), what, policy=CN, now=due).state is TRANSITIONS[state, what]
    with pytest.raises(Conflict) as caught:
        decide(standing(state), what, policy=CN, now=due - timedelta(microseconds=1))
    assert caught.value.code == "report_step_early"


def test_a_record_expires_at_midnight_where_its_pack_lives() -> None:
    midnight = NOW.replace(year=2028, month=10, day=19, hour=16)
    assert decide(standing(S.ACTIVE), Step.EXPIRE, policy=CN, now=midnight).state is S.EXPIRED
    with pytest.raises(Conflict):
        decide(standing(S.ACTIVE), Step.EXPIRE, policy=CN, now=midnight - timedelta(seconds=1))


def test_an_inconclusive_record_lives_90_days_more_at_most() -> None:
    concluded = date(2026, 12, 1)
    assert deleted_on(standing(S.INCONCLUSIVE, concluded_on=concluded), CN) == date(2027, 3, 1)
    assert deleted_on(standing(S.ACTIVE, concluded_on=concluded), CN) == date(2028, 10, 20)
    assert deleted_on(standing(S.INCONCLUSIVE, concluded_on=date(2028, 10, 1)), CN) == date(2028, 10, 20)
    assert deleted_on(standing(S.INCONCLUSIVE), CN) == date(2028, 10, 20)


def test_a_dropped_dispute_leads_back_to_where_the_report_stood() -> None:
    early = decide(standing(S.DISPUTED), Step.DROP_DISPUTE, policy=CN, now=NOW + timedelta(days=6))
    assert early.state is S.NOTICE_WINDOW
    assert step(S.DISPUTED, Step.DROP_DISPUTE).state is S.ACTIVE


def test_a_lifted_restriction_leads_back_to_the_dispute_if_one_is_open() -> None:
    assert step(S.RESTRICTED, Step.LIFT, open_dispute=True).state is S.DISPUTED
    assert step(S.RESTRICTED, Step.LIFT).state is S.ACTIVE


@pytest.mark.parametrize(
    ("facts", "days", "back"),
    [
        ({}, 6, S.NOTICE_WINDOW),  # it was disputed in its window, and taken back
        ({}, 60, S.ACTIVE),
        ({"held": True}, 60, S.NOTICE_WINDOW),
        ({"counted": True}, 6, S.ACTIVE),  # an appeal upheld it in its window
        ({"counted": True, "held": True}, 60, S.ACTIVE),
    ],
)
def test_a_lifted_restriction_makes_nothing_count_that_did_not(
    facts: dict[str, bool], days: int, back: ReportState
) -> None:
    where = standing(S.RESTRICTED, **facts)
    assert decide(where, Step.LIFT, policy=CN, now=NOW + timedelta(days=days)).state is back


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (Step.WITHDRAW, ""),
        (Step.WITHDRAW, "unserved"),
        (Step.WITHDRAW, "because"),
        (Step.RESTRICT, ""),
        (Step.RESTRICT, "mistake"),
        (Step.DISPUTE, "mistake"),
    ],
)
def test_a_reason_is_one_of_the_list_or_none_at_all(what: Step, reason: str) -> None:
    with pytest.raises(Conflict) as caught:
        decide(standing(S.ACTIVE), what, policy=CN, now=NOW, reason=reason)
    assert caught.value.code == "report_reason_refused"


def test_the_clock_withdraws_the_unserved_with_its_own_reason() -> None:
    decision = step(S.SUBMITTED, Step.WITHDRAW_UNSERVED)
    assert decision == Decision(S.WITHDRAWN, "report.withdrawn", True, Inform.NOTHING, "unserved")


@pytest.mark.parametrize("what", [Step.OVERTURN, Step.FIND_INCONCLUSIVE, Step.SUSPEND, Step.RESTRICT, Step.SEAL])
def test_whoever_saw_a_record_that_no_longer_counts_must_acknowledge(what: Step) -> None:
    assert step(S.DISPUTED, what).inform is Inform.ACKNOWLEDGE


@pytest.mark.parametrize("what", [Step.DISPUTE, Step.AMEND, Step.AMEND_BY_DECISION])
def test_whoever_saw_a_disputed_or_changed_record_is_told(what: Step) -> None:
    assert step(S.ACTIVE, what).inform is Inform.TELL


@pytest.mark.parametrize("what", [Step.AMEND, Step.AMEND_BY_DECISION, Step.MARK_REPAID, Step.WITHDRAW])
def test_a_change_of_the_facts_makes_a_revision(what: Step) -> None:
    assert step(S.ACTIVE, what).revises


def test_the_docs_show_the_table_as_it_is() -> None:
    page = Path(__file__).parents[2] / "docs" / "reports.md"
    assert render() in page.read_text(encoding="utf-8")
