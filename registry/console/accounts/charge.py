"""What whoever is in charge of accounts works with, and the pages they are drawn on."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from registry.api.deps import EdgeDep
from registry.api.edge import Edge
from registry.api.staff_access import denials_recorded
from registry.clock import real_time
from registry.console.access import RecognisedDep, Screen, ScreenDep, StaffAct, requires_role
from registry.console.doors import Again
from registry.domain.events import Act
from registry.domain.recoveries import RECOVERY_LIFE
from registry.domain.staff import COMPATIBLE, GRANTED_BY, MADE_ON_THE_MACHINE, OF_MEMBERS, Role, Staff
from registry.errors import NotFound
from registry.services import staff as use_cases
from registry.services.staff import Desk, Invitation, Newcomer
from registry.store import factors, invitations, members
from registry.store import staff as store

SHOWN = 50
InCharge = Annotated[Staff, requires_role(Role.MEMBER_ADMIN, Role.OPERATOR, Role.SUPERVISOR)]


@dataclass(frozen=True, slots=True)
class Charge:
    """Somebody in charge, at work on others' accounts."""

    edge: Edge
    by: Staff
    act: Act
    screen: Screen

    @property
    def desk(self) -> Desk:
        """Return what the use cases of staff work with."""
        return self.edge.staff

    def watched(self) -> AbstractAsyncContextManager[None]:
        """Record what a rule denies."""
        return denials_recorded(self.edge, self.act)

    async def invite(self, who: Newcomer) -> Invitation:
        """Invite somebody, in a transaction of its own: a refusal is shown in the form."""
        async with self.watched(), self.edge.database.write() as session:
            return await use_cases.invite(session, who, act=self.act, now=real_time(), desk=self.desk, by=self.by)

    async def list_page(self, start: str) -> Response:
        """Draw the accounts from a name on, and the recoveries that wait for a second person."""
        async with self.edge.database.read() as session:
            found = await store.page(session, start=start, limit=SHOWN + 1, member_id=self.by.member_id)
            waiting = await use_cases.waiting(session, now=real_time(), by=self.by)
            who = {id_ for one in waiting for id_ in (one.staff_id, one.asked_by)}
            names = await store.names(session, of=who, member_id=self.by.member_id)
            of = await members.names(session, of={one.member_id for one in found if one.member_id})
        return self.screen.page(
            "staff.html",
            accounts=found[:SHOWN],
            members=of,
            next=found[SHOWN].name if len(found) > SHOWN else "",
            start=start,
            waiting=[(one, names[one.staff_id], names.get(one.asked_by)) for one in waiting],
            life=RECOVERY_LIFE,
            me=self.by.staff_id,
        )

    async def person_page(self, staff_id: UUID) -> Response:
        """Draw one account; NotFound `staff_unknown`, also for one of another member."""
        async with self.edge.database.read() as session:
            account = await store.get(session, staff_id=staff_id)
            if self.by.member_id not in {None, account.member_id}:
                raise NotFound("staff_unknown")
            ways = await factors.count(session, staff_id=staff_id)
            last = await invitations.find_last(session, staff_id=staff_id)
            of = await members.names(session, of=[account.member_id] if account.member_id else [])
        yours = [role for role in self._grantable() if (role in OF_MEMBERS) == (account.member_id is not None)]
        return self.screen.page(
            "staff_person.html",
            person=account,
            member=of.get(account.member_id) if account.member_id else None,
            ways=ways,
            recovering=last is not None and last.countersign_hash is not None,
            mine=staff_id == self.by.staff_id,
            in_charge=all(GRANTED_BY[role] & self.by.roles for role in account.roles),
            grants=[
                role
                for role in yours
                if role not in account.roles | MADE_ON_THE_MACHINE and account.roles <= COMPATIBLE[role]
            ],
            revokes=[role for role in yours if role in account.roles],
        )

    async def invite_page(self, shown: Again | None = None) -> Response:
        """Draw the form of an invitation."""
        shown = shown or Again()
        async with self.edge.database.read() as session:
            names = await members.names(session) if Role.OPERATOR in self.by.roles else {}
        return self.screen.page(
            "staff_invite.html",
            status=shown.status,
            form=shown.form,
            refusal=shown.meaning,
            roles=[role for role in self._grantable() if role not in MADE_ON_THE_MACHINE],
            members=names,
        )

    def handed(self, made: Invitation) -> Response:
        """Show a link, once."""
        return self.screen.page("staff_handed.html", made=made)

    def _grantable(self) -> list[Role]:
        return [role for role in Role if GRANTED_BY[role] & self.by.roles]


def _charge(edge: EdgeDep, recognised: RecognisedDep, act: StaffAct, screen: ScreenDep) -> Charge:
    return Charge(edge, recognised.staff, act, screen)


AtStaff = Annotated[Charge, Depends(_charge)]
