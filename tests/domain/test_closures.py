"""The gate before an account may be closed names every condition that is not met."""

from dataclasses import replace
from itertools import product

import pytest

from registry.domain.closures import CLOSURE_TEXT, ClosureCase, ClosureRefusal, ExitRight, closure_refusals
from registry.domain.ids import Protective, ReportState
from registry.domain.scoring import NOTHING
from tests.domain.score_cases import NATIONAL_ID, case, report
from tests.domain.score_vectors import answer_of

SEVERE = answer_of(case("", *[report(n, 1 + n % 2, NATIONAL_ID) for n in range(6)], asker=1))
READY = ClosureCase(own_finding=False, decision_maker="staff-17", reasons_sent=True, exit_rights=frozenset(ExitRight))


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
    empty = ClosureCase(own_finding=False, decision_maker="", reasons_sent=False, exit_rights=frozenset())
    missing = set(closure_refusals(NOTHING, empty, [Protective.ACCOUNT_TAKEN_OVER]))
    assert missing == set(ClosureRefusal) - {ClosureRefusal.UNDER_DISPUTE}


def test_every_refusal_has_a_sentence() -> None:
    assert set(CLOSURE_TEXT) == set(ClosureRefusal)
