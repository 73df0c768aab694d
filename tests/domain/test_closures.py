"""The gate before an account may be closed names every condition that is not met."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.closures import CLOSURE_TEXT, ClosureCase, ClosureRefusal, ExitRight, Stated, closure_refusals
from registry.domain.ids import Protective, ReportState
from registry.domain.scoring import NOTHING, Score
from tests.domain.score_cases import NATIONAL_ID, case, report
from tests.domain.score_vectors import answer_of
from tests.filings import CN, NOW

SEVERE = answer_of(case("", *[report(n, 1 + n % 2, NATIONAL_ID) for n in range(6)], asker=1))
READY = ClosureCase(
    own_finding=False,
    decision_maker="staff-17",
    reasons_sent=True,
    exit_rights=frozenset(ExitRight),
    valid_until=NOW + timedelta(days=7),
)


def test_the_gate_opens_when_everything_holds() -> None:
    assert closure_refusals(SEVERE, READY) == ()


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"decision_maker": ""}, ClosureRefusal.DECISION_MAKER_MISSING),
        ({"reasons_sent": False}, ClosureRefusal.NOTICE_MISSING),
        ({"exit_rights": frozenset(ExitRight) - {ExitRight.BALANCE}}, ClosureRefusal.EXIT_RIGHTS_MISSING),
    ],
)
def test_the_gate_names_what_the_member_left_out(change: dict[str, object], refusal: ClosureRefusal) -> None:
    assert closure_refusals(SEVERE, replace(READY, **change)) == (refusal,)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"groups": 1}, ClosureRefusal.GROUPS_TOO_FEW),
        ({"supports_closure": False}, ClosureRefusal.EVIDENCE_INSUFFICIENT),
        ({"under_dispute": True}, ClosureRefusal.UNDER_DISPUTE),
        ({"all_heard": False}, ClosureRefusal.NOT_HEARD),
        ({"own_incident": False}, ClosureRefusal.OWN_FINDING_MISSING),
    ],
)
def test_the_gate_names_what_the_evidence_lacks(change: dict[str, object], refusal: ClosureRefusal) -> None:
    assert closure_refusals(replace(SEVERE, **change), READY) == (refusal,)  # type: ignore[arg-type]


def test_a_fresh_finding_of_its_own_stands_for_an_own_incident() -> None:
    elsewhere = answer_of(case("", *[report(n, 1 + n % 2, NATIONAL_ID) for n in range(6)], asker=3))
    assert closure_refusals(elsewhere, READY) == (ClosureRefusal.OWN_FINDING_MISSING,)
    assert closure_refusals(elsewhere, replace(READY, own_finding=True)) == ()


def test_a_protective_record_keeps_the_gate_shut_until_the_identity_is_verified() -> None:
    warned = [Protective.IDENTITY_MISUSED]
    assert closure_refusals(SEVERE, READY, warned) == (ClosureRefusal.IDENTITY_UNVERIFIED,)
    assert closure_refusals(SEVERE, replace(READY, identity_verified=True), warned) == ()


def test_nothing_at_all_never_opens_the_gate() -> None:
    assert ClosureRefusal.EVIDENCE_INSUFFICIENT in closure_refusals(NOTHING, replace(READY, own_finding=True))


def test_a_membership_that_is_not_vetted_may_ask_for_three_groups() -> None:
    assert closure_refusals(SEVERE, READY, min_groups=3) == (ClosureRefusal.GROUPS_TOO_FEW,)


@pytest.mark.parametrize("state", [ReportState.DISPUTED, ReportState.SUSPENDED])
def test_a_contested_record_keeps_the_gate_shut_however_much_stands_beside_it(state: ReportState) -> None:
    records = [report(n, 1 + n % 2, NATIONAL_ID) for n in range(6)]
    contested = replace(report(9, 3, NATIONAL_ID), state=state)
    answer = answer_of(case("", *records, contested, asker=1))
    assert ClosureRefusal.UNDER_DISPUTE in closure_refusals(answer, READY)


def test_each_exit_right_is_needed() -> None:
    for left_out, verified in product(ExitRight, [True, False]):
        case_ = replace(READY, exit_rights=frozenset(ExitRight) - {left_out}, identity_verified=verified)
        assert closure_refusals(SEVERE, case_) == (ClosureRefusal.EXIT_RIGHTS_MISSING,)


def test_all_that_is_missing_is_named_at_once() -> None:
    empty = replace(READY, decision_maker="", reasons_sent=False, exit_rights=frozenset())
    missing = set(closure_refusals(NOTHING, empty, [Protective.ACCOUNT_TAKEN_OVER]))
    assert missing == set(ClosureRefusal) - {ClosureRefusal.UNDER_DISPUTE}


def test_a_permission_lives_as_long_as_the_pack_says() -> None:
    weighed = Stated(None, "staff-17", NOW, frozenset(ExitRight)).weigh(CN, NOW)
    assert weighed.valid_until == NOW + timedelta(days=7)


def test_every_refusal_has_a_sentence() -> None:
    assert set(CLOSURE_TEXT) == set(ClosureRefusal)


answers = st.builds(
    Score,
    groups=st.integers(0, 4),
    under_dispute=st.booleans(),
    supports_closure=st.booleans(),
    own_incident=st.booleans(),
    all_heard=st.booleans(),
)
cases = st.builds(
    ClosureCase,
    own_finding=st.booleans(),
    decision_maker=st.sampled_from(["", "staff-17"]),
    reasons_sent=st.booleans(),
    exit_rights=st.sampled_from([frozenset(ExitRight), frozenset(ExitRight) - {ExitRight.AFTER_SALES}]),
    valid_until=st.just(NOW),
    identity_verified=st.booleans(),
)


@given(answers, cases, st.lists(st.sampled_from(Protective)), st.sampled_from([2, 3]))
def test_nothing_but_all_that_is_needed_opens_the_gate(
    answer: Score, case_: ClosureCase, warned: list[Protective], least: int
) -> None:
    evidence = answer.groups >= least and answer.supports_closure and answer.all_heard and not answer.under_dispute
    own = (answer.own_incident or case_.own_finding) and case_.decision_maker == "staff-17" and case_.reasons_sent
    person = len(case_.exit_rights) == len(ExitRight) and (case_.identity_verified or not warned)
    assert (closure_refusals(answer, case_, warned, min_groups=least) == ()) is bool(evidence and own and person)


@pytest.mark.parametrize(
    ("days_ago", "holds"),
    [(-1, False), (0, True), (30, True), (31, False)],
)
def test_an_own_finding_is_fresh_while_it_could_still_be_filed(days_ago: int, holds: bool) -> None:
    stated = Stated(CN.today(NOW) - timedelta(days=days_ago), "staff-17", None, frozenset())
    assert stated.weigh(CN, NOW).own_finding is holds


def test_what_is_stated_of_the_future_does_not_hold() -> None:
    def weigh(at: datetime, on: date | None = None) -> ClosureCase:
        return Stated(on, "staff-17", at, frozenset(ExitRight)).weigh(CN, NOW)

    assert weigh(NOW) == READY
    assert weigh(NOW + timedelta(milliseconds=1)) == replace(READY, reasons_sent=False)
