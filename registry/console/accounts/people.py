"""The accounts that somebody is in charge of: invite, give and take roles, suspend, end sessions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from registry.api.deps import Writes
from registry.api.staff_models import LoginName
from registry.api.strings import RequestModel, Sentence
from registry.clock import real_time
from registry.console.accounts.charge import AtStaff, InCharge
from registry.console.doors import SEE_OTHER, again
from registry.domain.staff import Role
from registry.errors import Conflict, Denied, Malformed, NotFound
from registry.pages import asked, fill
from registry.services import staff as use_cases
from registry.services.staff import Newcomer

router = APIRouter(prefix="/staff")


class Asked(RequestModel):
    """From which name on."""

    start: Sentence | None = None


class Invite(RequestModel):
    """Who is invited to what."""

    name: LoginName
    roles: Annotated[tuple[Role, ...], Field(min_length=1, max_length=4)]
    member_id: UUID | None = None


class RoleChange(RequestModel):
    """A role to give or to take away."""

    role: Role


@router.get("")
async def list_(_: InCharge, request: Request, desk: AtStaff) -> Response:
    """List the accounts by name, and the recoveries that wait."""
    return await desk.list_page((asked(request, Asked).model or Asked()).start or "")


@router.get("/invite")
async def ask(_: InCharge, desk: AtStaff) -> Response:
    """Ask whom to invite."""
    return await desk.invite_page()


@router.post("/invite")
async def invite(by: InCharge, request: Request, desk: AtStaff) -> Response:
    """Add an account and show the link for its owner, once."""
    filled = await fill(request, Invite)
    given = filled.model
    if given is None:
        return await desk.invite_page(again(filled))
    newcomer = Newcomer(given.name, frozenset(given.roles), by.member_id or given.member_id)
    try:
        return desk.handed(await desk.invite(newcomer))
    except (Conflict, Denied, Malformed, NotFound) as refusal:
        return await desk.invite_page(again(filled.refused(refusal)))


@router.get("/{staff_id}")
async def show(_: InCharge, desk: AtStaff, staff_id: UUID) -> Response:
    """Show an account and what one may do to it."""
    return await desk.person_page(staff_id)


@router.post("/{staff_id}/invite")
async def invite_again(by: InCharge, desk: AtStaff, session: Writes, staff_id: UUID) -> Response:
    """Make another link for somebody who has taken up none."""
    async with desk.watched():
        made = await use_cases.invite_again(session, staff_id, act=desk.act, now=real_time(), desk=desk.desk, by=by)
    return desk.handed(made)


@router.post("/{staff_id}/grant")
async def grant(by: InCharge, request: Request, desk: AtStaff, session: Writes, staff_id: UUID) -> Response:
    """Give a role."""
    async with desk.watched():
        role = await _role(request)
        await use_cases.grant(session, staff_id, role, act=desk.act, desk=desk.desk, by=by)
    return _back(staff_id)


@router.post("/{staff_id}/revoke")
async def revoke(by: InCharge, request: Request, desk: AtStaff, session: Writes, staff_id: UUID) -> Response:
    """Take a role away; it ends at once."""
    async with desk.watched():
        role = await _role(request)
        await use_cases.revoke(session, staff_id, role, act=desk.act, desk=desk.desk, by=by)
    return _back(staff_id)


@router.post("/{staff_id}/suspend")
async def suspend(by: InCharge, desk: AtStaff, session: Writes, staff_id: UUID) -> Response:
    """Stop an account; its sessions end."""
    async with desk.watched():
        await use_cases.suspend(session, staff_id, act=desk.act, desk=desk.desk, by=by)
    return _back(staff_id)


@router.post("/{staff_id}/resume")
async def resume(by: InCharge, desk: AtStaff, session: Writes, staff_id: UUID) -> Response:
    """Let a suspended account sign in again."""
    async with desk.watched():
        await use_cases.resume(session, staff_id, act=desk.act, desk=desk.desk, by=by)
    return _back(staff_id)


@router.post("/{staff_id}/end-sessions")
async def end_sessions(by: InCharge, desk: AtStaff, session: Writes, staff_id: UUID) -> Response:
    """End every session of an account."""
    async with desk.watched():
        await use_cases.end_sessions(session, staff_id, act=desk.act, desk=desk.desk, by=by)
    return _back(staff_id)


async def _role(request: Request) -> Role:
    told = (await fill(request, RoleChange)).model
    if told is None:
        raise Malformed("request_invalid")
    return told.role


def _back(staff_id: UUID) -> Response:
    return RedirectResponse(f"/console/staff/{staff_id}", SEE_OTHER)
