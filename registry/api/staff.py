"""Staff: sessions, one's own account, and the accounts one is in charge of."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr, StringConstraints

from registry.api import staff_door
from registry.api.deps import EdgeDep, Reads, StrangerAct, Writes
from registry.api.staff_access import RecognisedDep, SignedIn, StaffAct, denials_recorded, requires_role
from registry.api.strings import NoRawIdentifier, RequestModel
from registry.clock import real_time
from registry.domain.staff import LOGIN_NAME, Role, Staff
from registry.services import staff as use_cases
from registry.store import staff as store
from registry.store.staff import Account

router = APIRouter(prefix="/v1/staff", tags=["staff"])

LoginName = Annotated[str, StringConstraints(pattern=LOGIN_NAME), NoRawIdentifier]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
Password = Annotated[SecretStr, Field(min_length=1, max_length=256)]
InCharge = Annotated[Staff, requires_role(Role.MEMBER_ADMIN, Role.OPERATOR, Role.SUPERVISOR)]

_ID = "01937d5e-8c00-7a10-8000-0000000000d1"
_SESSION = "01937d5e-8c00-7a10-8000-0000000000d2"
_AT = "2026-11-21T00:00:00Z"
_ACCOUNT: dict[str, JsonValue] = {
    "staff_id": _ID,
    "name": "lin.wei",
    "roles": ["officer", "reviewer"],
    "member_id": None,
}


def _example(**values: JsonValue) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [values]})


class SignIn(RequestModel):
    """What a member of staff proves who they are with."""

    model_config = _example(name="lin.wei", password="a long sentence", code="482915")  # noqa: S106 - an example

    name: LoginName
    password: Password
    code: Code


class PasswordChange(RequestModel):
    """The password of now, and the one to be."""

    model_config = _example(password="a long sentence", new_password="another, as long")  # noqa: S106 - an example

    password: Password
    new_password: Password


class RoleChange(RequestModel):
    """A role to give or to take away."""

    model_config = _example(role="reviewer")

    role: Role


class SessionOpened(BaseModel):
    """A session; its bearer is told once. With `password_change_due` it only serves to choose a password."""

    model_config = _example(
        session_id=_SESSION,
        bearer="t0fNc2vmVJ1cYHfLr0Yb8mZk0pY4bWq3o5s6u7x8y9A",
        name="lin.wei",
        roles=["officer", "reviewer"],
        expires_at=_AT,
        password_change_due=False,
    )

    session_id: UUID
    bearer: str
    name: str
    roles: list[Role]
    expires_at: datetime
    password_change_due: bool


class Me(BaseModel):
    """Who is signed in."""

    model_config = _example(**_ACCOUNT, session_id=_SESSION, expires_at=_AT, password_change_due=False)

    staff_id: UUID
    name: str
    roles: list[Role]
    member_id: UUID | None
    session_id: UUID
    expires_at: datetime
    password_change_due: bool


class StaffAccount(BaseModel):
    """An account."""

    model_config = _example(**_ACCOUNT, status="active", created_at=_AT, suspended_at=None)

    staff_id: UUID
    name: str
    roles: list[Role]
    member_id: UUID | None
    status: str
    created_at: datetime
    suspended_at: datetime | None


class StaffAccounts(BaseModel):
    """All accounts, by name."""

    model_config = _example(staff=[{**_ACCOUNT, "status": "active", "created_at": _AT, "suspended_at": None}])

    staff: list[StaffAccount]


class SessionsEnded(BaseModel):
    """How many sessions were ended."""

    model_config = _example(sessions_ended=2)

    sessions_ended: int


@router.post("/sessions", operation_id="openStaffSession", summary="Sign in as staff", status_code=201)
async def sign_in(presented: SignIn, edge: EdgeDep, act: StrangerAct) -> SessionOpened:
    """Open a session by name, password and a code of the authenticator app."""
    opened = await staff_door.enter(edge, presented.name, presented.password, presented.code, act=act)
    return SessionOpened(
        session_id=opened.session_id,
        bearer=opened.bearer,
        name=opened.name,
        roles=sorted(opened.roles),
        expires_at=opened.expires_at,
        password_change_due=opened.one_time,
    )


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
        password_change_due=recognised.one_time,
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
async def list_(by: InCharge, session: Reads) -> StaffAccounts:
    """List all accounts; a member's administrator sees those of the member."""
    return StaffAccounts(staff=[_account(one) for one in await store.list_all(session, member_id=by.member_id)])


@router.post("/{staff_id}:grant", operation_id="grantStaffRole", summary="Give a role")
async def grant(
    by: InCharge, staff_id: UUID, change: RoleChange, edge: EdgeDep, session: Writes, act: StaffAct
) -> StaffAccount:
    """Give an account a role that is yours to give and that goes with those it has."""
    async with denials_recorded(edge, act):
        changed = await use_cases.grant(session, staff_id, change.role, act=act, desk=edge.staff, by=by)
    return _account(changed)


@router.post("/{staff_id}:revoke", operation_id="revokeStaffRole", summary="Take a role away")
async def revoke(
    by: InCharge, staff_id: UUID, change: RoleChange, edge: EdgeDep, session: Writes, act: StaffAct
) -> StaffAccount:
    """Take away a role that is yours to give; it ends at once."""
    async with denials_recorded(edge, act):
        changed = await use_cases.revoke(session, staff_id, change.role, act=act, desk=edge.staff, by=by)
    return _account(changed)


@router.post("/{staff_id}:suspend", operation_id="suspendStaff", summary="Stop an account")
async def suspend(by: InCharge, staff_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> StaffAccount:
    """Stop an account you are in charge of; its sessions end."""
    async with denials_recorded(edge, act):
        changed = await use_cases.suspend(session, staff_id, act=act, desk=edge.staff, by=by)
    return _account(changed)


@router.post("/{staff_id}:resume", operation_id="resumeStaff", summary="Let an account sign in again")
async def resume(by: InCharge, staff_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> StaffAccount:
    """Let a suspended account sign in again."""
    async with denials_recorded(edge, act):
        changed = await use_cases.resume(session, staff_id, act=act, desk=edge.staff, by=by)
    return _account(changed)


@router.post("/{staff_id}:end-sessions", operation_id="endStaffSessions", summary="End an account's sessions")
async def end_sessions(by: InCharge, staff_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> SessionsEnded:
    """End every session of an account you are in charge of."""
    async with denials_recorded(edge, act):
        ended = await use_cases.end_sessions(session, staff_id, act=act, desk=edge.staff, by=by)
    return SessionsEnded(sessions_ended=ended)


def _account(one: Account) -> StaffAccount:
    return StaffAccount(
        staff_id=one.id,
        name=one.name,
        roles=sorted(one.roles),
        member_id=one.member_id,
        status=one.status,
        created_at=one.created_at,
        suspended_at=one.suspended_at,
    )
