"""The most a member may do with an answer, and the gate before an account may be closed."""

from dataclasses import replace
from itertools import pairwise

import pytest

from registry.domain.actions import (
    ACTION_TEXT,
    CLOSURE_TEXT,
    ClosureCase,
    ClosureRefusal,
    ExitRight,
    closure_refusals,
    permitted,
)
from registry.domain.ids import Action, Band, Protective
from registry.domain.scoring import NOTHING
from tests.domain.score_cases import NATIONAL_ID, case, report
from tests.domain.score_vectors import answer_of

SEVERE = answer_of(case("", *[report(n, 1 + n % 2, NATIONAL_ID) for n in range(6)], asker=1))
READY = ClosureCase(own_finding=False, decision_maker="staff-17", reasons_sent=True, exit_rights=frozenset(ExitRight))


@pytest.mark.parametrize(
    ("band", "most"),
    [(Band.NONE, ""), (Band.LOW, "A1"), (Band.GUARDED, "A1 A2"), (Band.HIGH, "A1 A2 A3"), (Band.SEVERE, "A1 A2 A3 A4")],
)
def test_a_band_permits_so_much(band: Band, most: str) -> None:
    assert " ".join(permitted(band)) == most


def test_each_band_permits_what_the_weaker_one_does_and_more() -> None:
    for weaker, stronger in pairwise(Band):
        assert set(permitted(weaker)) < set(permitted(stronger))


def test_closing_needs_the_gate_and_a_severe_band() -> None:
    opened = {band for band in Band if Action.CLOSE_ACCOUNT in permitted(band, gate_open=True)}
    assert opened == {Band.SEVERE}


@pytest.mark.parametrize("warning", Protective)
@pytest.mark.parametrize("gate_open", [True, False])
def test_a_protective_record_forbids_suspension_and_closure(warning: Protective, gate_open: bool) -> None:
    assert permitted(Band.SEVERE, [warning], gate_open=gate_open) == permitted(Band.HIGH)


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


def test_every_action_and_refusal_has_a_sentence() -> None:
    assert set(ACTION_TEXT) == set(Action)
    assert set(CLOSURE_TEXT) == set(ClosureRefusal)
