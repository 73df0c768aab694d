"""Roles of staff: which go together, who grants them, when a session ends, how a guesser is slowed down."""

from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from uuid import UUID

import pytest

from registry.domain import sign_in_limits as limits
from registry.domain.sign_in_limits import Failures
from registry.domain.staff import (
    COMPATIBLE,
    GRANTED_BY,
    OF_MEMBERS,
    SESSION_ABSOLUTE,
    SESSION_IDLE,
    Role,
    Staff,
    check_compatible,
    check_grant,
    lives,
)
from registry.errors import RegistryError

NOW = datetime(2026, 11, 21, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def refusal(check: object, *arguments: object) -> str:
    assert callable(check)
    with pytest.raises(RegistryError) as refused:
        check(*arguments)
    return refused.value.code


ALL_SETS = [frozenset(some) for size in range(len(Role) + 1) for some in combinations(Role, size)]


@pytest.mark.parametrize("member_id", [None, UUID(int=5)])
def test_only_casework_goes_together_and_members_people_hold_no_other_role(member_id: UUID | None) -> None:
    casework = {Role.OFFICER, Role.REVIEWER, Role.SUPERVISOR}
    for roles in ALL_SETS:
        here = not roles & OF_MEMBERS and (roles <= casework or len(roles) == 1)
        if here if member_id is None else roles <= OF_MEMBERS:
            check_compatible(roles, member_id)
        else:
            assert refusal(check_compatible, roles, member_id) == "roles_incompatible"


def test_compatibility_is_mutual_and_known_for_every_role() -> None:
    assert set(COMPATIBLE) == set(GRANTED_BY) == set(Role)
    assert all((one in COMPATIBLE[other]) == (other in COMPATIBLE[one]) for one, other in product(Role, Role))


def staff(number: int, *roles: Role) -> Staff:
    return Staff(UUID(int=number), frozenset(roles), UUID(int=9))


@pytest.mark.parametrize(("granter", "role"), list(product(Role, Role)))
def test_a_role_is_granted_by_whoever_is_in_charge_of_it_and_by_nobody_else(granter: Role, role: Role) -> None:
    roles = frozenset({role})
    if granter in GRANTED_BY[role]:
        check_grant(staff(1, granter), UUID(int=2), roles)
    else:
        assert refusal(check_grant, staff(1, granter), UUID(int=2), roles) == "role_not_yours_to_grant"
    assert refusal(check_grant, staff(1, granter), UUID(int=1), roles) == "own_account"


def test_a_members_administrator_is_in_charge_of_its_own_people_and_of_nobody_elses() -> None:
    here, elsewhere = UUID(int=5), UUID(int=6)
    boss = Staff(UUID(int=1), OF_MEMBERS, UUID(int=9), here)
    for roles in (frozenset[Role](), frozenset({Role.MEMBER}), OF_MEMBERS):
        check_grant(boss, UUID(int=2), roles, here)
        for other in (elsewhere, None):
            assert refusal(check_grant, boss, UUID(int=2), roles, other) == "role_not_yours_to_grant"


def test_no_account_can_fill_every_role() -> None:
    for granter in Role:
        assert {role for role in Role if granter in GRANTED_BY[role]} != set(Role)


@pytest.mark.parametrize(
    ("age", "silence", "alive"),
    [
        (timedelta(0), timedelta(0), True),
        (SESSION_ABSOLUTE - MINUTE, SESSION_IDLE - MINUTE, True),
        (SESSION_ABSOLUTE, timedelta(0), False),
        (SESSION_IDLE, SESSION_IDLE, False),
    ],
)
def test_a_session_lives_within_both_limits(age: timedelta, silence: timedelta, alive: bool) -> None:
    assert lives(NOW - age, NOW - silence, now=NOW) is alive


def failures(pair: int = 0, account: int = 0, address: int = 0, *, familiar: bool = False) -> Failures:
    oldest = NOW - MINUTE
    return Failures((pair, oldest), (account, oldest), (address, oldest), familiar)


@pytest.mark.parametrize(
    ("found", "waits"),
    [
        (failures(), False),
        (failures(limits.MOST_BY_PAIR - 1, limits.MOST_BY_STRANGERS - 1, limits.MOST_BY_ADDRESS - 1), False),
        (failures(pair=limits.MOST_BY_PAIR), True),
        (failures(address=limits.MOST_BY_ADDRESS), True),
        (failures(account=limits.MOST_BY_STRANGERS), True),
        (failures(account=limits.MOST_BY_STRANGERS * 100, familiar=True), False),
        (failures(pair=limits.MOST_BY_PAIR, familiar=True), True),
    ],
)
def test_who_keeps_failing_waits_until_the_oldest_failure_is_forgotten(found: Failures, waits: bool) -> None:
    left = limits.WINDOW - MINUTE
    assert limits.wait(found, now=NOW) == (left.total_seconds() if waits else 0)
