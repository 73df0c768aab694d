"""The door of the console: a password and a code, or a passkey, for a session in a cookie; and the way out."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field, SecretStr, StringConstraints
from starlette.responses import RedirectResponse, Response

from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.edge import Edge
from registry.api.staff_door import enter, enter_with
from registry.api.strings import RequestModel
from registry.clock import real_time
from registry.console.access import COOKIE, RecognisedDep, SignedIn, StaffAct
from registry.console.doors import SEE_OTHER, Again, PasskeyAnswer, again, welcome
from registry.console.drawing import DRAWING
from registry.console.sections import sections_of
from registry.domain.staff import LOGIN_NAME
from registry.errors import QuotaExceeded, Unauthenticated
from registry.pages import fill, sitting
from registry.services import staff as use_cases

router = APIRouter()


class SignIn(RequestModel):
    """What one signs in with."""

    name: Annotated[str, StringConstraints(pattern=LOGIN_NAME)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=256)]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


@router.get("/sign-in")
async def ask(request: Request, edge: EdgeDep) -> Response:
    """Ask for what one signs in with."""
    return door(request, edge, Again())


@router.post("/sign-in")
async def sign_in(request: Request, edge: EdgeDep, act: StrangerAct) -> Response:
    """Open a session; whatever was wrong, the answer is the same."""
    filled = await fill(request, SignIn)
    given = filled.model
    if given is None:
        return door(request, edge, again(filled))
    try:
        return welcome(await enter(edge, given.name, given.password, given.code, act=act))
    except (Unauthenticated, QuotaExceeded) as refusal:
        return door(request, edge, again(filled.refused(refusal)))


@router.post("/sign-in/passkey")
async def sign_in_with(request: Request, edge: EdgeDep, act: StrangerAct) -> Response:
    """Open a session with a passkey."""
    filled = await fill(request, PasskeyAnswer)
    if filled.model is None:
        return door(request, edge, again(filled))
    try:
        return welcome(await enter_with(edge, filled.model.answer(request), act=act))
    except (Unauthenticated, QuotaExceeded) as refusal:
        return door(request, edge, again(filled.refused(refusal)))


@router.post("/sign-out")
async def sign_out(staff: SignedIn, session: Writes, edge: EdgeDep, act: StaffAct) -> Response:
    """End the session."""
    await use_cases.leave(session, staff, act=act, now=real_time(), desk=edge.staff)
    response = RedirectResponse("/console/sign-in", SEE_OTHER)
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
    sitting.end(response)
    return response


@router.get("/")
async def begin(_: SignedIn, recognised: RecognisedDep) -> Response:
    """Lead everybody to where their work begins."""
    sections = sections_of(recognised.staff.roles)
    return RedirectResponse(sections[0][0] if sections else "/console/account", SEE_OTHER)


def door(request: Request, edge: Edge, shown: Again) -> Response:
    """Draw the door, with a fresh challenge for passkeys."""
    ceremony = use_cases.begin_sign_in(sitting.proof_of(request), now=real_time(), desk=edge.staff)
    return DRAWING.page(
        request,
        "sign_in.html",
        status=shown.status,
        form=shown.form,
        refusal=shown.meaning,
        ceremony=ceremony,
        provider=edge.provider.name if edge.provider else None,
    )
