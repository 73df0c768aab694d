"""What a member's people may do for it: each role means scopes, and nobody may do more than their member."""

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from registry.domain.access import Caller, Scope
from registry.domain.staff import OF_MEMBERS, Role, Staff
from registry.errors import Denied

_BOTH = frozenset({Scope.MEMBER_READ, Scope.WEBHOOKS_READ})
SCOPES_OF: Mapping[Role, frozenset[Scope]] = MappingProxyType(
    {
        Role.MEMBER: _BOTH
        | {
            Scope.APPEALS_READ,
            Scope.APPEALS_WRITE,
            Scope.OUTCOMES_READ,
            Scope.OUTCOMES_WRITE,
            Scope.RECALLS_ACKNOWLEDGE,
            Scope.REPORTS_READ,
            Scope.REPORTS_WRITE,
        },
        Role.MEMBER_ADMIN: _BOTH | {Scope.WEBHOOKS_WRITE},
    }
)


def roles_for(scope: Scope) -> frozenset[Role]:
    """Return the roles of members' people that mean this scope."""
    return frozenset(role for role, scopes in SCOPES_OF.items() if scope in scopes)


def caller_of(person: Staff, *, group_id: UUID, policy: str, granted: frozenset[Scope]) -> Caller:
    """Return the caller that a member's person is.

    Args:
        person: who is signed in.
        group_id: of their member.
        policy: the pack of their member.
        granted: what the member itself may do.

    Raises:
        Denied: `role_missing` for who works for no member.
    """
    if person.member_id is None:
        raise Denied("role_missing")
    meant = frozenset[Scope]().union(*(SCOPES_OF[role] for role in person.roles & OF_MEMBERS))
    # No key signed in; the log names the person instead.
    return Caller(person.member_id, group_id, meant & granted, policy, key_id="")
