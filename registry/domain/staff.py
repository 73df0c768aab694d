"""Staff of the registry: their roles, which of them exclude each other, who grants them, how long a session lasts."""

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
ENROLMENT_LIFE = timedelta(days=7)


class Role(StrEnum):
    """What a member of staff may do here."""

    AUDITOR = "auditor"  # reads everything, changes nothing; every look is recorded
    OFFICER = "officer"  # works appeals
    OPERATOR = "operator"  # runs the registry; sees no record
    PANEL = "panel"  # decides in second instance
    REVIEWER = "reviewer"  # decides and approves, never both in one case
    SUPERVISOR = "supervisor"  # answers for officers and reviewers


_CASEWORK = frozenset({Role.OFFICER, Role.REVIEWER, Role.SUPERVISOR})
# Who checks is not who acts; who runs the machines sees no record; who judges in second instance did not in the first.
# The separation within one case (maker and approver) is the appeal's own rule.
COMPATIBLE: Mapping[Role, frozenset[Role]] = {
    Role.AUDITOR: frozenset({Role.AUDITOR}),
    Role.OFFICER: _CASEWORK,
    Role.OPERATOR: frozenset({Role.OPERATOR}),
    Role.PANEL: frozenset({Role.PANEL}),
    Role.REVIEWER: _CASEWORK,
    Role.SUPERVISOR: _CASEWORK,
}
# No single role fills all the others: a supervisor cannot name the auditors, nor an operator those who decide cases.
GRANTED_BY: Mapping[Role, Role] = {
    Role.AUDITOR: Role.OPERATOR,
    Role.OFFICER: Role.SUPERVISOR,
    Role.OPERATOR: Role.OPERATOR,
    Role.PANEL: Role.SUPERVISOR,
    Role.REVIEWER: Role.SUPERVISOR,
    Role.SUPERVISOR: Role.OPERATOR,
}


@dataclass(frozen=True, slots=True)
class Staff:
    """A signed-in member of staff, as its session states it."""

    staff_id: UUID
    roles: frozenset[Role]
    session_id: UUID


def check_name(name: str) -> None:
    """Refuse a name that nobody could sign in with. Malformed `staff_name_refused`."""
    if not re.fullmatch(LOGIN_NAME, name):
        raise Malformed("staff_name_refused")


def check_compatible(roles: frozenset[Role]) -> None:
    """Refuse roles that one account may not hold together. Conflict `roles_incompatible`."""
    if any(not roles <= COMPATIBLE[role] for role in roles):
        raise Conflict("roles_incompatible")


def check_grant(granter: Staff, staff_id: UUID, role: Role) -> None:
    """Refuse who may not give or take this role. Denied `own_account`, `role_not_yours_to_grant`."""
    if granter.staff_id == staff_id:
        raise Denied("own_account")
    if GRANTED_BY[role] not in granter.roles:
        raise Denied("role_not_yours_to_grant")


def lives(created_at: datetime, used_at: datetime, *, now: datetime) -> bool:
    """Tell whether a session is still within its idle and its absolute limit; both run in real time."""
    return now < min(created_at + SESSION_ABSOLUTE, used_at + SESSION_IDLE)
