"""Who signs in here: staff of the registry and members' people, their roles, who grants them, how long a session lasts.

A role says what somebody may do. Those of members' people go with no role of the registry, and every account with one
of them belongs to one member, whose affairs are all that it may see.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from registry.errors import Conflict, Denied, Malformed

# What one signs in with: no address, so that it may stand in a list.
LOGIN_NAME = r"^[a-z][a-z0-9._-]{1,59}$"
SESSION_IDLE = timedelta(minutes=30)
SESSION_ABSOLUTE = timedelta(hours=12)
INVITATION_LIFE = timedelta(days=7)
# Who changes what they sign in with has shown lately that they can.
FRESH = timedelta(minutes=10)


class Role(StrEnum):
    """What a member of staff may do here."""

    AUDITOR = "auditor"  # reads everything, changes nothing; every look is recorded
    MEMBER = "member"  # works for a member: its own reports, appeals, recalls
    MEMBER_ADMIN = "member_admin"  # looks after its people, keys and endpoints
    OFFICER = "officer"  # works appeals
    OPERATOR = "operator"  # runs the registry; sees no record
    PANEL = "panel"  # decides in second instance
    REVIEWER = "reviewer"  # decides and approves, never both in one case
    SUPERVISOR = "supervisor"  # answers for officers and reviewers


_CASEWORK = frozenset({Role.OFFICER, Role.REVIEWER, Role.SUPERVISOR})
# Held by accounts that belong to a member, and by no others.
OF_MEMBERS = frozenset({Role.MEMBER, Role.MEMBER_ADMIN})
# Who checks is not who acts; who runs the machines sees no record; who judges in second instance did not in the first.
# The separation within one case (maker and approver) is the appeal's own rule.
COMPATIBLE: Mapping[Role, frozenset[Role]] = {
    Role.AUDITOR: frozenset({Role.AUDITOR}),
    Role.MEMBER: OF_MEMBERS,
    Role.MEMBER_ADMIN: OF_MEMBERS,
    Role.OFFICER: _CASEWORK,
    Role.OPERATOR: frozenset({Role.OPERATOR}),
    Role.PANEL: frozenset({Role.PANEL}),
    Role.REVIEWER: _CASEWORK,
    Role.SUPERVISOR: _CASEWORK,
}
# No single role fills all the others: a supervisor cannot name the auditors, nor an operator those who decide cases.
GRANTED_BY: Mapping[Role, frozenset[Role]] = {
    Role.AUDITOR: frozenset({Role.OPERATOR}),
    Role.MEMBER: frozenset({Role.MEMBER_ADMIN, Role.OPERATOR}),
    Role.MEMBER_ADMIN: frozenset({Role.MEMBER_ADMIN, Role.OPERATOR}),
    Role.OFFICER: frozenset({Role.SUPERVISOR}),
    Role.OPERATOR: frozenset({Role.OPERATOR}),
    Role.PANEL: frozenset({Role.SUPERVISOR}),
    Role.REVIEWER: frozenset({Role.SUPERVISOR}),
    Role.SUPERVISOR: frozenset({Role.OPERATOR}),
}
# Two operators admit a member, and two people recover an account: one who could make the other would be both.
MADE_ON_THE_MACHINE = frozenset({Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class Staff:
    """Who is signed in, as their session states it; `member_id` is set for a member's people and for nobody else."""

    staff_id: UUID
    roles: frozenset[Role]
    session_id: UUID
    member_id: UUID | None = None


def check_name(name: str) -> None:
    """Refuse a name that nobody could sign in with. Malformed `staff_name_refused`."""
    if not re.fullmatch(LOGIN_NAME, name):
        raise Malformed("staff_name_refused")


def check_compatible(roles: frozenset[Role], member_id: UUID | None = None) -> None:
    """Refuse roles that one account may not hold together, or not there. Conflict `roles_incompatible`."""
    misplaced = roles & OF_MEMBERS if member_id is None else roles - OF_MEMBERS
    if misplaced or any(not roles <= COMPATIBLE[role] for role in roles):
        raise Conflict("roles_incompatible")


def check_grant(granter: Staff, staff_id: UUID, roles: frozenset[Role], member_id: UUID | None = None) -> None:
    """Refuse who may not give or take all of these roles, or is not in charge of people of this member.

    Errors: Denied `own_account`, `role_not_yours_to_grant`.
    """
    if granter.staff_id == staff_id:
        raise Denied("own_account")
    elsewhere = granter.member_id is not None and granter.member_id != member_id
    if elsewhere or any(not GRANTED_BY[role] & granter.roles for role in roles):
        raise Denied("role_not_yours_to_grant")


def check_new(granter: Staff | None, roles: frozenset[Role]) -> None:
    """Refuse to make by a sign-in what only the registry's own machine makes. Denied `role_not_yours_to_grant`.

    Args:
        granter: who acts; None for whoever runs the command on that machine.
        roles: to be given to somebody.
    """
    if granter is not None and roles & MADE_ON_THE_MACHINE:
        raise Denied("role_not_yours_to_grant")


def check_fresh(created_at: datetime, *, now: datetime) -> None:
    """Refuse a session that was not opened just now. Denied `sign_in_not_fresh`."""
    if now >= created_at + FRESH:
        raise Denied("sign_in_not_fresh")


def lives(created_at: datetime, used_at: datetime, *, now: datetime) -> bool:
    """Tell whether a session is still within its idle and its absolute limit; both run in real time."""
    return now < min(created_at + SESSION_ABSOLUTE, used_at + SESSION_IDLE)
