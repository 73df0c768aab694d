"""Members that are to be: one operator proposes each, another one admits it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from registry.api.admissions import MOST_CLAIMS, Title, check_pack
from registry.api.deps import EdgeDep, Reads, Writes
from registry.api.staff_access import denials_recorded
from registry.api.strings import PackName, RequestModel
from registry.clock import real_time
from registry.console.access import Operator, Screen, ScreenDep, StaffAct
from registry.console.attempts import Retry, attempt
from registry.console.members.keys import Jwk, parse_jwk
from registry.console.operators.rooms import SEE_OTHER, address, draw
from registry.domain.access import MemberKind
from registry.domain.staff import Staff
from registry.pages import fill
from registry.services import members
from registry.services.members import Application
from registry.store import staff as accounts
from registry.store.admissions import Admission
from registry.store.database import ReadSession, WriteSession

router = APIRouter(prefix="/operator/admissions")


class NewMember(RequestModel):
    """What a member applies with."""

    name: Title
    group: Title
    kind: MemberKind = MemberKind.PLATFORM
    policy: PackName = "cn"
    claims_per_day: Annotated[int, Field(ge=1, le=MOST_CLAIMS)]
    jwk: Jwk

    def application(self) -> Application:
        """Return it as the use cases know it. Malformed `member_key_refused`."""
        jwk = parse_jwk(self.jwk)
        return Application(
            self.name, self.group, jwk, kind=self.kind, policy=self.policy, claims_per_day=self.claims_per_day
        )


@router.get("")
async def listed(by: Operator, edge: EdgeDep, session: Reads, act: StaffAct, screen: ScreenDep) -> Response:
    """List what waits for a second operator, and ask for what is to be proposed."""
    waiting = await members.waiting(session, act=act._replace(now=real_time()))
    return await _page(session, screen, by, tuple(edge.policies), waiting)


@router.post("")
async def propose(request: Request, by: Operator, edge: EdgeDep, act: StaffAct, screen: ScreenDep) -> Response:
    """Propose a member."""
    now = act._replace(now=real_time())

    async def step(session: WriteSession, new: NewMember) -> Admission:
        check_pack(new.policy, edge.policies)
        return await members.propose(session, new.application(), by=by.staff_id, act=now, trail=edge.trail)

    done = await attempt(edge, await fill(request, NewMember), step)
    if not isinstance(done, Retry):
        return RedirectResponse(address("admissions"), SEE_OTHER)
    async with edge.database.read() as session:
        waiting = await members.waiting(session, act=now)
        return await _page(session, screen, by, tuple(edge.policies), waiting, done)


@router.post("/{admission_id}/approve")
async def approve(by: Operator, admission_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> Response:
    """Admit what another operator proposed."""
    now = act._replace(now=real_time())
    async with denials_recorded(edge, act):
        done = await members.approve(session, admission_id, by=by.staff_id, act=now, trail=edge.trail)
    return RedirectResponse(address("members", done.member_id), SEE_OTHER)


@router.post("/{admission_id}/refuse")
async def refuse(by: Operator, admission_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> Response:
    """Put an end to a proposal, one's own too."""
    now = act._replace(now=real_time())
    await members.refuse(session, admission_id, by=by.staff_id, act=now, trail=edge.trail)
    return RedirectResponse(address("admissions"), SEE_OTHER)


async def _page(
    session: ReadSession,
    screen: Screen,
    by: Staff,
    packs: tuple[str, ...],
    waiting: list[Admission],
    retry: Retry[NewMember] | None = None,
) -> Response:
    return draw(
        screen,
        "admissions",
        "operator_admissions.html",
        status=retry.status if retry else 200,
        retry=retry,
        waiting=waiting,
        names=await accounts.names(session, of={one.proposed_by for one in waiting}),
        me=by.staff_id,
        packs=[(pack, pack) for pack in packs],
    )
