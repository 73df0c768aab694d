"""An invitation: whoever has the link chooses a password and an app, or makes a passkey, and is signed in."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field, SecretStr
from starlette.responses import Response

from registry.api import staff_door
from registry.api.deps import EdgeDep, StrangerAct
from registry.api.edge import Edge
from registry.api.staff_models import Code, Countersign
from registry.api.strings import RequestModel
from registry.clock import real_time
from registry.console.accounts.apps import picture_of, secret_of
from registry.console.doors import Again, PasskeyAnswer, again, welcome
from registry.console.drawing import DRAWING
from registry.domain.events import Act
from registry.errors import Conflict, Denied, QuotaExceeded
from registry.pages import fill, sitting
from registry.services import staff as use_cases
from registry.services.staff import Presented

router = APIRouter(prefix="/invitation/{secret}")


class Choice(RequestModel):
    """A password of one's own choice, a code that shows that the app works, and a countersign after a recovery."""

    password: Annotated[SecretStr, Field(min_length=1, max_length=256)]
    code: Code
    countersign: Countersign = ""


@router.get("")
async def show(request: Request, secret: str, edge: EdgeDep, act: StrangerAct) -> Response:
    """Show what the link is for; that it was opened is recorded."""
    return await _page(request, secret, edge, act, Again())


@router.post("")
async def accept(request: Request, secret: str, edge: EdgeDep, act: StrangerAct) -> Response:
    """Take up the invitation with a password."""
    filled = await fill(request, Choice)
    given = filled.model
    if given is None:
        return await _page(request, secret, edge, act, again(filled))
    presented = Presented(secret, given.countersign)
    try:
        return welcome(await staff_door.accept(edge, presented, given.password, given.code, act=act))
    except (Conflict, Denied, QuotaExceeded) as refusal:
        return await _page(request, secret, edge, act, again(filled.refused(refusal)))


@router.post("/passkey")
async def accept_with(request: Request, secret: str, edge: EdgeDep, act: StrangerAct) -> Response:
    """Take up the invitation with a passkey."""
    filled = await fill(request, PasskeyAnswer)
    given = filled.model
    if given is None:
        return await _page(request, secret, edge, act, again(filled))
    presented = Presented(secret, given.countersign)
    try:
        return welcome(await staff_door.accept_with(edge, presented, given.answer(request), given.name, act=act))
    except (Denied, QuotaExceeded) as refusal:
        return await _page(request, secret, edge, act, again(filled.refused(refusal)))


async def _page(request: Request, secret: str, edge: Edge, act: Act, shown: Again) -> Response:
    now, desk = real_time(), edge.staff
    bound = sitting.proof_of(request)
    async with edge.database.write() as session:
        invited = await use_cases.show(session, secret, act=act, now=now, desk=desk)
        account = invited.account
        ceremony = await use_cases.begin_adding(session, account.id, account.name, bound, now=now, desk=desk)
    return DRAWING.page(
        request,
        "invitation.html",
        status=shown.status,
        form=shown.form,
        refusal=shown.meaning,
        invited=invited,
        ceremony=ceremony,
        secret=secret_of(invited.otpauth),
        picture=picture_of(invited.otpauth),
    )
