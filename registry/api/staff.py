"""Staff: sessions, one's own account, and the accounts one is in charge of."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from registry.api import cursors, staff_door
from registry.api.deps import EdgeDep, Reads, StrangerAct, Writes
from registry.api.staff_access import RecognisedDep, SignedIn, StaffAct, denials_recorded
from registry.api.staff_models import (
    ACCOUNT,
    AT,
    SESSION,
    SIGNED,
    Code,
    InCharge,
    LoginName,
    Password,
    SessionOpened,
    StaffAccount,
    account_of,
    example,
    opened_as,
)
from registry.api.strings import Cursor, RequestModel
from registry.clock import real_time
from registry.domain.staff import Role
from registry.services import staff as use_cases
from registry.store import staff as store

router = APIRouter(prefix="/v1/staff", tags=["staff"])


class SignIn(RequestModel):
    """What a member of staff proves who they are with."""

    model_config = example(name="lin.wei", password="a long sentence", code="482915")  # noqa: S106 - an example

    name: LoginName
    password: Password
    code: Code


class PasswordChange(RequestModel):
    """The password of now, and the one to be."""

    model_config = example(password="a long sentence", new_password="another, as long")  # noqa: S106 - an example

    password: Password
    new_password: Password


class RoleChange(RequestModel):
    """A role to give or to take away."""

    model_config = example(role="reviewer")

    role: Role


class Me(BaseModel):
    """Who is signed in."""

    model_config = example(**SIGNED, session_id=SESSION, expires_at=AT)

    staff_id: UUID
    name: str
    roles: list[Role]
    member_id: UUID | None
    session_id: UUID
    expires_at: datetime


class StaffAccounts(BaseModel):
    """Accounts, by name; `next_cursor` leads on, and is null on the last page."""

    model_config = example(staff=[ACCOUNT], next_cursor=None)

    staff: list[StaffAccount]
    next_cursor: str | None


class SessionsEnded(BaseModel):
    """How many sessions were ended."""

    model_config = example(sessions_ended=2)

    sessions_ended: int


@router.post("/sessions", operation_id="openStaffSession", summary="Sign in as staff", status_code=201)
async def sign_in(presented: SignIn, edge: EdgeDep, act: StrangerAct) -> SessionOpened:
    """Open a session by name, password and a code of the authenticator app."""
    opened = await staff_door.enter(edge, presented.name, presented.password, presented.code, act=act)
    return opened_as(opened)


@router.delete("/sessions/current", operation_id="endStaffSession", summary="Sign out", status_code=204)
async def sign_out(staff: SignedIn, edge: EdgeDep, session: Writes, act: StaffAct) -> None:
    """End the session of this bearer."""
    await use_cases.leave(session, staff, act=act, now=real_time(), desk=edge.staff)


@router.get("/me", operation_id="showStaffMe", summary="Show who is signed in")
async def me(staff: SignedIn, recognised: RecognisedDep) -> Me:
    """Show one's own account and session."""
    return Me(
        staff_id=staff.staff_id,
        name=recognised.name,
        roles=sorted(staff.roles),
        member_id=staff.member_id,
        session_id=staff.session_id,
        expires_at=recognised.expires_at,
    )


@router.post(
    "/me:change-password",
    operation_id="changeStaffPassword",
    summary="Choose another password",
    status_code=204,
)
async def change_password(
    _: SignedIn, change: PasswordChange, edge: EdgeDep, who: RecognisedDep, act: StaffAct
) -> None:
    """Replace one's own password; every other session of the account ends."""
    await staff_door.change_password(edge, who, change.password, change.new_password, act=act)


@router.get("", operation_id="listStaff", summary="List the accounts of staff")
async def list_(
    by: InCharge,
    session: Reads,
    limit: Annotated[int, Query(ge=1, le=cursors.MOST)] = 50,
    cursor: Cursor | None = None,
) -> StaffAccounts:
    """List accounts by name; a member's administrator sees those of the member."""
    start = cursors.decode_name(cursor, at="cursor")
    found = await store.page(session, start=start, limit=limit + 1, member_id=by.member_id)
    return StaffAccounts(
        staff=[account_of(one) for one in found[:limit]],
        next_cursor=cursors.encode_name(found[limit].name) if len(found) > limit else None,
    )


@router.post("/{staff_id}:grant", operation_id="grantStaffRole", summary="Give a role")
async def grant(
    by: InCharge, staff_id: UUID, change: RoleChange, edge: EdgeDep, session: Writes, act: StaffAct
) -> StaffAccount:
    """Give an account a role that is yours to give and that goes with those it has."""
    async with denials_recorded(edge, act):
        changed = await use_cases.grant(session, staff_id, change.role, act=act, desk=edge.staff, by=by)
    return account_of(changed)


@router.post("/{staff_id}:revoke", operation_id="revokeStaffRole", summary="Take a role away")
async def revoke(
    by: InCharge, staff_id: UUID, change: RoleChange, edge: EdgeDep, session: Writes, act: StaffAct
) -> StaffAccount:
    """Take away a role that is yours to give; it ends at once."""
    async with denials_recorded(edge, act):
        changed = await use_cases.revoke(session, staff_id, change.role, act=act, desk=edge.staff, by=by)
    return account_of(changed)


@router.post("/{staff_id}:suspend", operation_id="suspendStaff", summary="Stop an account")
async def suspend(by: InCharge, staff_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> StaffAccount:
    """Stop an account you are in charge of; its sessions end."""
    async with denials_recorded(edge, act):
        changed = await use_cases.suspend(session, staff_id, act=act, desk=edge.staff, by=by)
    return account_of(changed)


@router.post("/{staff_id}:resume", operation_id="resumeStaff", summary="Let an account sign in again")
async def resume(by: InCharge, staff_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> StaffAccount:
    """Let a suspended account sign in again."""
    async with denials_recorded(edge, act):
        changed = await use_cases.resume(session, staff_id, act=act, desk=edge.staff, by=by)
    return account_of(changed)


@router.post("/{staff_id}:end-sessions", operation_id="endStaffSessions", summary="End an account's sessions")
async def end_sessions(by: InCharge, staff_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> SessionsEnded:
    """End every session of an account you are in charge of."""
    async with denials_recorded(edge, act):
        ended = await use_cases.end_sessions(session, staff_id, act=act, desk=edge.staff, by=by)
    return SessionsEnded(sessions_ended=ended)
