"""Warnings in favour of a person: who may place and lift them, whom they bind, and that no score knows them."""

import inspect
from dataclasses import replace
from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest

from registry.domain import scoring
from registry.domain.actions import permitted
from registry.domain.appeal_case import Actor, Party
from registry.domain.closures import ClosureRefusal, closure_refusals
from registry.domain.ids import Action, Band, IdentifierKind, Protective
from registry.domain.incidents import QueryToken
from registry.domain.protective import LIFTED_BY, PLACED_BY, ProtectiveRecord, binding, carried, lift, place, verify
from registry.errors import Conflict, Denied
from tests.domain.test_closures import READY, SEVERE
from tests.filings import NOW

ID, ALPHA, BETA = (UUID(int=number) for number in (1, 2, 3))
P = Party
ANYBODY = {P.SUBJECT, P.OFFICER, P.REGISTRY}
MAY_PLACE = {"PV-01": ANYBODY, "PV-02": ANYBODY, "PV-03": {P.SUBJECT}}
MAY_LIFT = {"PV-01": {P.OFFICER}, "PV-02": {P.OFFICER}, "PV-03": {P.SUBJECT}}
LATER = NOW + timedelta(days=1)


def record(kind: Protective = Protective.ACCOUNT_TAKEN_OVER) -> ProtectiveRecord:
    return ProtectiveRecord(ID, kind, NOW)


@pytest.mark.parametrize(("kind", "party"), list(product(Protective, Party)))
def test_each_warning_is_placed_and_lifted_by_whom_it_is_for(kind: Protective, party: Party) -> None:
    by = Actor(frozenset({party}))
    if party in MAY_PLACE[kind]:
        assert place(ID, kind, by=by, now=NOW) == replace(record(kind), placed_by=party)
    else:
        with pytest.raises(Denied, match="protective_role_refused"):
            place(ID, kind, by=by, now=NOW)
    if party in MAY_LIFT[kind]:
        assert lift(record(kind), by=by, now=LATER).lifted_at == LATER
    else:
        with pytest.raises(Denied, match="protective_role_refused"):
            lift(record(kind), by=by, now=LATER)


def test_every_warning_can_be_placed_and_lifted_by_somebody() -> None:
    assert set(PLACED_BY) == set(LIFTED_BY) == set(Protective)


def test_a_lifted_warning_is_neither_lifted_nor_verified_again() -> None:
    officer = Actor(frozenset({P.OFFICER}))
    lifted = lift(record(), by=officer, now=LATER)
    with pytest.raises(Conflict, match="protective_lifted"):
        lift(lifted, by=officer, now=LATER)
    with pytest.raises(Conflict, match="protective_lifted"):
        verify(lifted, ALPHA, now=LATER)


@pytest.mark.parametrize("kind", [Protective.ACCOUNT_TAKEN_OVER, Protective.IDENTITY_MISUSED])
def test_what_one_officer_placed_another_one_lifts(kind: Protective) -> None:
    one, other = (Actor(frozenset({P.OFFICER, P.SUPERVISOR}), staff_id) for staff_id in (ALPHA, BETA))
    placed = place(ID, kind, by=one, now=NOW, reason="The card was stolen.")
    assert (placed.placed_by, placed.staff_id, placed.reason) == (P.OFFICER, ALPHA, "The card was stolen.")
    with pytest.raises(Denied, match="protective_same_person"):
        lift(placed, by=one, now=LATER)
    assert lift(placed, by=other, now=LATER).lifted_at == LATER


def test_a_warning_binds_each_member_until_it_has_verified_the_identity_itself() -> None:
    one, other = record(), record(Protective.FROZEN_BY_SUBJECT)
    both = (Protective.ACCOUNT_TAKEN_OVER, Protective.FROZEN_BY_SUBJECT)
    assert binding([other, one, one], ALPHA) == both
    done = [verify(one, ALPHA, now=LATER), verify(other, ALPHA, now=LATER)]
    assert binding(done, ALPHA) == ()
    assert binding(done, BETA) == both
    assert verify(done[0], ALPHA, now=LATER + timedelta(days=1)).verified == {ALPHA: LATER}


def test_a_lifted_warning_binds_nobody() -> None:
    assert binding([lift(record(), by=Actor(frozenset({P.OFFICER})), now=LATER)], ALPHA) == ()


@pytest.mark.parametrize(("kind", "band", "gate_open"), list(product(Protective, Band, [True, False])))
def test_a_warning_forbids_suspension_and_closure_alone(kind: Protective, band: Band, gate_open: bool) -> None:
    without = permitted(band, gate_open=gate_open)
    bound = permitted(band, binding([record(kind)], ALPHA), gate_open=gate_open)
    assert bound == tuple(one for one in without if one not in {Action.SUSPEND_PRIVILEGES, Action.CLOSE_ACCOUNT})
    verified = binding([verify(record(kind), ALPHA, now=LATER)], ALPHA)
    assert permitted(band, verified, gate_open=gate_open) == without


@pytest.mark.parametrize("kind", Protective)
def test_a_warning_keeps_the_gate_shut_for_who_has_not_verified(kind: Protective) -> None:
    assert closure_refusals(SEVERE, READY, binding([record(kind)], ALPHA)) == (ClosureRefusal.IDENTITY_UNVERIFIED,)
    assert closure_refusals(SEVERE, READY, binding([verify(record(kind), ALPHA, now=LATER)], ALPHA)) == ()


def contact(kind: str, number: int = 1, epochs: tuple[int, ...] = (1, 2)) -> tuple[QueryToken, ...]:
    return tuple(
        QueryToken(IdentifierKind(kind), epoch, b"%s %d %d" % (kind.encode(), number, epoch)) for epoch in epochs
    )


PHONE, OTHER_PHONE, EMAIL = contact("phone"), contact("phone", 2), contact("email")


@pytest.mark.parametrize(
    ("protects", "proved", "carries"),
    [
        # A contact that it protects in the old epoch, it protects in the new one.
        ([PHONE[0]], [PHONE], [PHONE[1]]),
        ([PHONE[0], EMAIL[0]], [PHONE, EMAIL], [PHONE[1], EMAIL[1]]),
        # Each contact carries itself alone.
        ([EMAIL[0]], [PHONE, EMAIL], [EMAIL[1]]),
        ([PHONE[0]], [PHONE, OTHER_PHONE], [PHONE[1]]),
        ([PHONE[0], EMAIL[0]], [EMAIL], [EMAIL[1]]),
        # A number may be another's by now.
        ([PHONE[0], EMAIL[0]], [PHONE], []),
        ([PHONE[0], OTHER_PHONE[0]], [PHONE], []),
        # What is protected already, or is nobody's here, changes nothing.
        ([*PHONE], [PHONE], []),
        ([EMAIL[0]], [PHONE], []),
    ],
)
def test_a_warning_goes_over_into_a_new_epoch_with_a_proof_of_the_contact(
    protects: list[QueryToken], proved: list[tuple[QueryToken, ...]], carries: list[QueryToken]
) -> None:
    protected = {one.stored: one.epoch for one in protects}
    assert list(carried(protected, proved, [one for of in proved for one in of])) == carries


def test_an_epoch_that_has_ended_asks_for_no_proof() -> None:
    protected = {PHONE[0].stored: 2, EMAIL[0].stored: 1}
    later = contact("phone", epochs=(2, 3))
    held = (later[0]._replace(stored=PHONE[0].stored), later[1])
    assert carried(protected, [held], held) == (later[1],)


def test_no_score_knows_of_warnings() -> None:
    assert not any("protective" in name for name in inspect.signature(scoring.score).parameters)
    assert "rotective" not in inspect.getsource(scoring)
