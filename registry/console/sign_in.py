"""The door of the console: a name, a password and a code for a session in a cookie, and the way out."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field, SecretStr, StringConstraints
from starlette.responses import RedirectResponse, Response

from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.problem_codes import CODES, FALLBACK
from registry.api.problems import status_of
from registry.api.staff_door import enter
from registry.api.strings import RequestModel
from registry.clock import real_time
from registry.console.access import COOKIE, RecognisedDep, SignedIn, StaffAct
from registry.console.drawing import DRAWING
from registry.console.sections import sections_of
from registry.domain.staff import LOGIN_NAME
from registry.errors import QuotaExceeded, Unauthenticated
from registry.pages import Filled, fill, sitting
from registry.services import staff as use_cases

router = APIRouter()
_SEE_OTHER = 303


class SignIn(RequestModel):
    """What one signs in with."""

    name: Annotated[str, StringConstraints(pattern=LOGIN_NAME)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=256)]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


@router.get("/sign-in")
async def ask(request: Request) -> Response:
    """Ask for what one signs in with."""
    return _door(request, Filled(), 200)


@router.post("/sign-in")
async def sign_in(request: Request, edge: EdgeDep, act: StrangerAct) -> Response:
    """Open a session; whatever was wrong, the answer is the same."""
    filled = await fill(request, SignIn)
    if filled.model is None:
        return _door(request, filled, 422)
    given = filled.model
    try:
        opened = await enter(edge, given.name, given.password, given.code, act=act)
    except (Unauthenticated, QuotaExceeded) as refusal:
        return _door(request, filled.refused(refusal), status_of(refusal))
    response = RedirectResponse("/console", _SEE_OTHER)
    response.set_cookie(COOKIE, opened.bearer, secure=True, httponly=True, samesite="lax")
    sitting.end(response)
    return response


@router.post("/sign-out")
async def sign_out(staff: SignedIn, session: Writes, edge: EdgeDep, act: StaffAct) -> Response:
    """End the session."""
    await use_cases.leave(session, staff, act=act, now=real_time(), desk=edge.staff)
    response = RedirectResponse("/console/sign-in", _SEE_OTHER)
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
    sitting.end(response)
    return response


@router.get("/")
async def begin(_: SignedIn, recognised: RecognisedDep) -> Response:
    """Lead everybody to where their work begins."""
    sections = sections_of(recognised.staff.roles)
    return RedirectResponse(sections[0][0] if sections else "/console/account", _SEE_OTHER)


def _door(request: Request, filled: Filled[SignIn], status: int) -> Response:
    meaning = CODES.get(filled.refusal.code, FALLBACK) if filled.refusal else None
    shown = (meaning.title, meaning.cure) if meaning else None
    return DRAWING.page(request, "sign_in.html", status=status, form=filled if filled.typed else None, refusal=shown)
