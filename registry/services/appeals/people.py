"""Who of the staff is given a task in an appeal: somebody who works here and has the role for it."""

from collections.abc import Collection
from uuid import UUID

from registry.domain.staff import Role
from registry.errors import Conflict
from registry.store import staff
from registry.store.database import WriteSession

ACTIVE = "active"


async def check_fit(session: WriteSession, staff_id: UUID, roles: Collection[Role]) -> None:
    """Refuse who cannot be given this. NotFound `staff_unknown`; Conflict `appeal_unfit`."""
    account = await staff.get(session, staff_id=staff_id)
    if account.status != ACTIVE or account.roles.isdisjoint(roles):
        raise Conflict("appeal_unfit")
