"""What a member's people may do: what their roles mean, of what their member may, for their member alone."""

from uuid import UUID

import pytest

from registry.domain.access import PLATFORM_SCOPES, RELAY_SCOPES, Scope
from registry.domain.member_people import SCOPES_OF, caller_of, roles_for
from registry.domain.staff import OF_MEMBERS, Role, Staff
from registry.errors import Denied

ONE, GROUP, SOMEBODY, SESSION = (UUID(int=number) for number in range(1, 5))


def person(*roles: Role, member_id: UUID | None = ONE) -> Staff:
    return Staff(SOMEBODY, frozenset(roles), SESSION, member_id)


def test_every_role_of_members_people_means_something_and_no_other_does() -> None:
    assert SCOPES_OF.keys() == OF_MEMBERS
    assert all(roles_for(scope) <= OF_MEMBERS for scope in Scope)


@pytest.mark.parametrize(
    "machines", [Scope.SCORES_QUERY, Scope.TOKENS_EVALUATE, Scope.CLOSURES_ASK, Scope.NOTICES_RECORD]
)
def test_nobody_asks_about_people_by_hand(machines: Scope) -> None:
    assert not roles_for(machines)


def test_who_looks_after_keys_sees_no_record_and_who_sees_records_changes_no_endpoint() -> None:
    records = {Scope.REPORTS_READ, Scope.APPEALS_READ, Scope.RECALLS_ACKNOWLEDGE, Scope.OUTCOMES_READ}
    assert records.isdisjoint(SCOPES_OF[Role.MEMBER_ADMIN])
    assert Scope.WEBHOOKS_WRITE not in SCOPES_OF[Role.MEMBER]


def test_a_person_is_their_member_with_no_key() -> None:
    caller = caller_of(person(*OF_MEMBERS), group_id=GROUP, policy="cn", granted=PLATFORM_SCOPES)
    assert (caller.member_id, caller.group_id, caller.policy, caller.key_id) == (ONE, GROUP, "cn", "")
    assert caller.scopes == SCOPES_OF[Role.MEMBER] | SCOPES_OF[Role.MEMBER_ADMIN]


def test_nobody_may_do_more_than_their_member() -> None:
    assert not caller_of(person(Role.MEMBER), group_id=GROUP, policy="cn", granted=RELAY_SCOPES).scopes


def test_who_works_for_no_member_is_no_caller() -> None:
    with pytest.raises(Denied, match="role_missing"):
        caller_of(person(Role.AUDITOR, member_id=None), group_id=GROUP, policy="cn", granted=PLATFORM_SCOPES)
