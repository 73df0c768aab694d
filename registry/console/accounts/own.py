"""One's own account: where one is signed in, and what one signs in with."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field, SecretStr, StringConstraints
from starlette.responses import RedirectResponse, Response

from registry.api import staff_door
from registry.api.deps import Writes
from registry.api.staff_models import Code
from registry.api.strings import RequestModel
from registry.console.access import SignedIn
from registry.console.accounts.home import AtHome
from registry.console.doors import SEE_OTHER, Again, PasskeyAnswer, again
from registry.domain.staff import check_fresh
from registry.errors import Conflict, Denied, QuotaExceeded
from registry.pages import fill
from registry.services import staff as use_cases

router = APIRouter(prefix="/account")
_HERE = "/console/account"
_DONE = frozenset({"app", "bound", "identity", "passkey", "password", "removed", "session"})
Password = Annotated[SecretStr, Field(min_length=1, max_length=256)]


class PasswordChange(RequestModel):
    """The password of now, and the one to be."""

    password: Password
    new_password: Password


class NewApp(RequestModel):
    """A password, a code of the new app, and its secret as the page was given it: sealed."""

    new_password: Password
    code: Code
    sealed: Annotated[str, StringConstraints(pattern=r"^(?:[0-9a-f]{2}){32,128}$")]


@router.get("")
async def show(_: SignedIn, home: AtHome, done: str = "") -> Response:
    """Show one's own account, and what was just done to it."""
    return await home.page(Again(), done=done if done in _DONE else "")


@router.post("/password")
async def change_password(_: SignedIn, request: Request, home: AtHome) -> Response:
    """Choose another password; every other session ends."""
    filled = await fill(request, PasswordChange)
    given = filled.model
    if given is None:
        return await home.page(again(filled))
    try:
        await staff_door.change_password(home.edge, home.who, given.password, given.new_password, act=home.act)
    except (Conflict, Denied, QuotaExceeded) as refusal:
        return await home.page(again(filled.refused(refusal)))
    return _back("password")


@router.get("/app")
async def ask_app(staff: SignedIn, home: AtHome) -> Response:
    """Show the secret of a new authenticator app."""
    check_fresh(home.who.opened_at, now=home.now)
    return home.app_page(Again(), home.desk.new_totp(staff.staff_id))


@router.post("/app")
async def choose_app(staff: SignedIn, request: Request, home: AtHome) -> Response:
    """Choose a password and an authenticator app afresh; every other session ends."""
    filled = await fill(request, NewApp)
    given = filled.model
    if given is None:
        return home.app_page(again(filled), home.desk.new_totp(staff.staff_id))
    sealed = bytes.fromhex(given.sealed)
    try:
        await staff_door.choose(home.edge, home.who, given.new_password, sealed, given.code, act=home.act)
    except (Conflict, Denied) as refusal:
        return home.app_page(again(filled.refused(refusal)), sealed)
    return _back("app")


@router.post("/passkeys")
async def add_passkey(_: SignedIn, request: Request, home: AtHome, session: Writes) -> Response:
    """Add a passkey that the browser has made."""
    filled = await fill(request, PasskeyAnswer)
    given = filled.model
    if given is None:
        return await home.page(again(filled))
    answer = given.answer(request)
    await use_cases.add_passkey(session, home.who, answer, given.name, act=home.act, now=home.now, desk=home.desk)
    return _back("passkey")


@router.post("/passkeys/{passkey_id}/remove")
async def remove_passkey(_: SignedIn, home: AtHome, session: Writes, passkey_id: UUID) -> Response:
    """Take a passkey away, unless it is the only way in."""
    await use_cases.remove_passkey(session, home.who, passkey_id, act=home.act, now=home.now, desk=home.desk)
    return _back("removed")


@router.post("/sessions/{session_id}/end")
async def end_session(staff: SignedIn, home: AtHome, session: Writes, session_id: UUID) -> Response:
    """End one of one's own sessions."""
    await use_cases.end_one(session, staff, session_id, act=home.act, now=home.now, desk=home.desk)
    return _back("session")


@router.post("/identity/remove")
async def unbind(_: SignedIn, home: AtHome, session: Writes) -> Response:
    """End that the account can be signed in to by the provider."""
    await use_cases.unbind(session, home.who, act=home.act, now=home.now, desk=home.desk)
    return _back("identity")


def _back(done: str) -> Response:
    return RedirectResponse(f"{_HERE}?done={done}", SEE_OTHER)
