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


@pytest.mark.parametrize("roles", [frozenset(some) for size in range(1, 7) for some in combinations(Role, size)])
def test_only_casework_goes_together(roles: frozenset[Role]) -> None:
    if roles <= {Role.OFFICER, Role.REVIEWER, Role.SUPERVISOR} or len(roles) == 1:
        check_compatible(roles)
    else:
        assert refusal(check_compatible, roles) == "roles_incompatible"


def test_compatibility_is_mutual_and_known_for_every_role() -> None:
    assert set(COMPATIBLE) == set(GRANTED_BY) == set(Role)
    assert all((one in COMPATIBLE[other]) == (other in COMPATIBLE[one]) for one, other in product(Role, Role))


def staff(number: int, *roles: Role) -> Staff:
    return Staff(UUID(int=number), frozenset(roles), UUID(int=9))


@pytest.mark.parametrize(("granter", "role"), list(product(Role, Role)))
def test_a_role_is_granted_by_whoever_is_in_charge_of_it_and_by_nobody_else(granter: Role, role: Role) -> None:
    if GRANTED_BY[role] is granter:
        check_grant(staff(1, granter), UUID(int=2), role)
    else:
        assert refusal(check_grant, staff(1, granter), UUID(int=2), role) == "role_not_yours_to_grant"
    assert refusal(check_grant, staff(1, granter), UUID(int=1), role) == "own_account"


def test_no_account_can_fill_every_role() -> None:
    for granter in Role:
        assert {role for role in Role if GRANTED_BY[role] is granter} != set(Role)


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
