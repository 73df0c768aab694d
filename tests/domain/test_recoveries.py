"""Recovery by two people: who may ask, who may approve, who may stop it, in which state and for how long."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from registry.domain.recoveries import (
    RECOVERY_LIFE,
    TRANSITIONS,
    Holder,
    RecoveryState,
    RecoveryStep,
    check_ask,
    decide,
)
from registry.domain.staff import GRANTED_BY, OF_MEMBERS, Role, Staff
from registry.errors import RegistryError

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ASKER, OWNER, OTHER, ALPHA, BETA = (UUID(int=number) for number in range(1, 6))
S, Step = RecoveryState, RecoveryStep


def person(who: UUID, role: Role, member_id: UUID | None = None) -> Staff:
    return Staff(who, frozenset({role}), UUID(int=9), member_id or (ALPHA if role in OF_MEMBERS else None))


def holder(role: Role) -> Holder:
    return Holder(OWNER, frozenset({role}), ALPHA if role in OF_MEMBERS else None)


def outcome(step: RecoveryStep, of: Holder, by: Staff | None, *, state: RecoveryState = S.ASKED, age: int = 0) -> str:
    asked_at = NOW - timedelta(seconds=age)
    try:
        return decide(state, step, of, ASKER, asked_at, by=by, now=NOW).value
    except RegistryError as refusal:
        return refusal.code


def may_ask(by: Staff, of: Holder) -> bool:
    try:
        check_ask(by, of)
    except RegistryError:
        return False
    return True


@pytest.mark.parametrize(("mine", "theirs"), list(product(Role, Role)))
def test_who_is_in_charge_asks_and_another_one_or_whoever_answers_for_all_approves(mine: Role, theirs: Role) -> None:
    in_charge = mine in GRANTED_BY[theirs]
    assert may_ask(person(OTHER, mine), holder(theirs)) is in_charge
    approves = in_charge or mine in {Role.OPERATOR, Role.SUPERVISOR}
    expected = "approved" if approves else "role_not_yours_to_grant"
    assert outcome(Step.APPROVE, holder(theirs), person(OTHER, mine)) == expected
    expected = "refused" if approves else "role_not_yours_to_grant"
    assert outcome(Step.REFUSE, holder(theirs), person(OTHER, mine)) == expected


@pytest.mark.parametrize(("mine", "theirs"), list(product(Role, Role)))
def test_nobody_approves_what_they_asked_for_nor_their_own_but_both_may_stop_it(mine: Role, theirs: Role) -> None:
    assert outcome(Step.APPROVE, holder(theirs), person(ASKER, mine)) == "same_person"
    assert outcome(Step.APPROVE, holder(theirs), person(OWNER, mine)) == "own_account"
    assert not may_ask(person(OWNER, mine), holder(theirs))
    assert outcome(Step.REFUSE, holder(theirs), person(ASKER, mine)) == "refused"
    assert outcome(Step.REFUSE, holder(theirs), person(OWNER, mine)) == "refused"


def test_a_members_administrator_recovers_nobody_of_another_member() -> None:
    stranger = person(OTHER, Role.MEMBER_ADMIN, BETA)
    assert not may_ask(stranger, holder(Role.MEMBER))
    assert outcome(Step.APPROVE, holder(Role.MEMBER), stranger) == "role_not_yours_to_grant"


@pytest.mark.parametrize(("state", "step", "late"), list(product(S, Step, (False, True))))
def test_every_step_in_every_state_in_time_and_late(state: RecoveryState, step: RecoveryStep, late: bool) -> None:
    by = None if step is Step.LAPSE else person(OTHER, Role.OPERATOR)
    age = int(RECOVERY_LIFE.total_seconds()) - (0 if late else 1)
    possible = (state, step) in TRANSITIONS and late is (step is Step.LAPSE)
    expected = TRANSITIONS[state, step].value if possible else "recovery_step_refused"
    assert outcome(step, holder(Role.OFFICER), by, state=state, age=age) == expected


def test_time_lets_it_lapse_and_does_nothing_else_and_nobody_else_does() -> None:
    life = int(RECOVERY_LIFE.total_seconds())
    by = person(OTHER, Role.OPERATOR)
    assert outcome(Step.LAPSE, holder(Role.OFFICER), by, age=life) == "recovery_step_refused"
    for step in (Step.APPROVE, Step.REFUSE):
        assert outcome(step, holder(Role.OFFICER), None) == "recovery_step_refused"
