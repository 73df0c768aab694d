"""Who of the staff is given a task in an appeal: somebody who works here and has the role for it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from registry.domain.staff import Role
from registry.errors import Conflict
from registry.store import members, staff
from registry.store.database import ReadSession, WriteSession
from registry.store.staff import ACTIVE, Account

AT_WORK = (Role.OFFICER, Role.REVIEWER)


@dataclass(frozen=True, slots=True)
class People:
    """By what name people and members are known to colleagues."""

    staff: Mapping[UUID, Account]
    members: Mapping[UUID, str]

    def fit(self, roles: Collection[Role], *, besides: Collection[UUID] = ()) -> list[Account]:
        """List by name who works here with one of these roles, besides those."""
        found = [one for one in self.staff.values() if one.status == ACTIVE and not one.roles.isdisjoint(roles)]
        return [one for one in found if one.id not in besides]


async def people(session: ReadSession) -> People:
    """Name everybody who may stand in a case: the registry's own staff, and the members."""
    return People({one.id: one for one in await staff.list_own(session)}, await members.names(session))


async def check_fit(session: WriteSession, staff_id: UUID, roles: Collection[Role]) -> None:
    """Refuse who cannot be given this. NotFound `staff_unknown`; Conflict `appeal_unfit`."""
    account = await staff.get(session, staff_id=staff_id)
    if account.status != ACTIVE or account.roles.isdisjoint(roles):
        raise Conflict("appeal_unfit")
