"""Accounts of staff: added with a one-time enrolment, given and deprived of roles, suspended; each leaves an entry.

`by` is the member of staff who acts, whose own roles then decide what they may do to whom; None is whoever runs the
command on the registry's own machine.
"""

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from registry.domain.events import Act
from registry.domain.staff import ENROLMENT_LIFE, Role, Staff, check_compatible, check_grant, check_name
from registry.errors import Conflict
from registry.services.staff.desk import Desk
from registry.store import sessions
from registry.store import staff as store
from registry.store.database import WriteSession
from registry.store.staff import ACTIVE, SUSPENDED, Account, Credential
from registry_formats.leaf import JsonValue, LeafType


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a new member of staff is handed, once: a password to be replaced, and the secret of the codes."""

    account: Account
    password: str = field(repr=False)
    otpauth: str = field(repr=False)
    expires_at: datetime


async def add(
    session: WriteSession, name: str, roles: frozenset[Role], *, act: Act, desk: Desk, member_id: UUID | None = None
) -> Enrolment:
    """Add an account. Malformed `staff_name_refused`; Conflict `staff_exists`, `roles_incompatible`."""
    check_name(name)
    check_compatible(roles, member_id)
    if await store.find_named(session, name=name) is not None:
        raise Conflict("staff_exists")
    account = Account(desk.new_id(act.now), name, roles, ACTIVE, act.now, None, member_id)
    await store.insert_account(session, account)
    enrolment, credential = await _enrol(account, act.now, desk)
    await store.insert_credential(session, credential, now=act.now)
    await _record(session, "staff.add", account, act, desk, roles=_names(roles))
    return enrolment


async def reset(session: WriteSession, staff_id: UUID, *, act: Act, desk: Desk) -> Enrolment:
    """Enrol an account afresh: its password and codes end, and its sessions. NotFound `staff_unknown`."""
    account = await store.lock(session, staff_id=staff_id)
    enrolment, credential = await _enrol(account, act.now, desk)
    await store.save_credential(session, credential, now=act.now)
    ended = await sessions.end_all(session, staff_id=staff_id, now=act.now)
    await _record(session, "staff.reset", account, act, desk, sessions_ended=ended)
    return enrolment


async def grant(
    session: WriteSession, staff_id: UUID, role: Role, *, act: Act, desk: Desk, by: Staff | None = None
) -> Account:
    """Give a role.

    Errors: NotFound `staff_unknown`; Denied `own_account`, `role_not_yours_to_grant`; Conflict `role_held`,
    `roles_incompatible`.
    """
    account = await _charge(session, staff_id, by, role)
    if role in account.roles:
        raise Conflict("role_held")
    check_compatible(account.roles | {role}, account.member_id)
    return await _set_roles(session, account, account.roles | {role}, "staff.grant", role, act, desk)


async def revoke(
    session: WriteSession, staff_id: UUID, role: Role, *, act: Act, desk: Desk, by: Staff | None = None
) -> Account:
    """Take a role away, at once. Errors as of `grant`; Conflict `role_not_held`."""
    account = await _charge(session, staff_id, by, role)
    if role not in account.roles:
        raise Conflict("role_not_held")
    return await _set_roles(session, account, account.roles - {role}, "staff.revoke", role, act, desk)


async def suspend(session: WriteSession, staff_id: UUID, *, act: Act, desk: Desk, by: Staff | None = None) -> Account:
    """Stop an account; its sessions end. Denied as of `grant`; Conflict `staff_suspended`."""
    account = await _charge(session, staff_id, by)
    if account.status == SUSPENDED:
        raise Conflict("staff_suspended")
    ended = await sessions.end_all(session, staff_id=staff_id, now=act.now)
    await store.set_status(session, staff_id=staff_id, status=SUSPENDED, suspended_at=act.now)
    await _record(session, "staff.suspend", account, act, desk, sessions_ended=ended)
    return replace(account, status=SUSPENDED, suspended_at=act.now)


async def resume(session: WriteSession, staff_id: UUID, *, act: Act, desk: Desk, by: Staff | None = None) -> Account:
    """Let a suspended account sign in again. Denied as of `grant`; Conflict `staff_active`."""
    account = await _charge(session, staff_id, by)
    if account.status == ACTIVE:
        raise Conflict("staff_active")
    await store.set_status(session, staff_id=staff_id, status=ACTIVE, suspended_at=None)
    await _record(session, "staff.resume", account, act, desk)
    return replace(account, status=ACTIVE, suspended_at=None)


async def end_sessions(session: WriteSession, staff_id: UUID, *, act: Act, desk: Desk, by: Staff | None = None) -> int:
    """End every session of an account; return how many. Denied as of `grant`; NotFound `staff_unknown`."""
    account = await _charge(session, staff_id, by)
    ended = await sessions.end_all(session, staff_id=staff_id, now=act.now)
    await _record(session, "staff.end_sessions", account, act, desk, sessions_ended=ended)
    return ended


async def _charge(session: WriteSession, staff_id: UUID, by: Staff | None, role: Role | None = None) -> Account:
    """Lock an account that this person is in charge of: whoever may give this role, or every role that it has."""
    account = await store.lock(session, staff_id=staff_id)
    if by is not None:
        check_grant(by, staff_id, account.roles if role is None else frozenset({role}), account.member_id)
    return account


async def _enrol(account: Account, now: datetime, desk: Desk) -> tuple[Enrolment, Credential]:
    password, expires_at = secrets.token_urlsafe(18), now + ENROLMENT_LIFE
    sealed, secret = desk.new_totp(account.id)
    hashed = await desk.passwords.hash(password)
    enrolment = Enrolment(account, password, desk.otpauth(account.name, secret), expires_at)
    return enrolment, Credential(account.id, hashed, sealed, 0, expires_at)


async def _set_roles(
    session: WriteSession, account: Account, roles: frozenset[Role], action: str, role: Role, act: Act, desk: Desk
) -> Account:
    await store.set_roles(session, staff_id=account.id, roles=roles)
    await _record(session, action, account, act, desk, role=role.value)
    return replace(account, roles=roles)


async def _record(
    session: WriteSession, action: str, account: Account, act: Act, desk: Desk, **content: JsonValue
) -> None:
    whole: dict[str, JsonValue] = {"staff": str(account.id), **content}
    await desk.record(session, action, "done", act=act, content=whole, type_=LeafType.ADMIN)


def _names(roles: frozenset[Role]) -> list[JsonValue]:
    return [role.value for role in sorted(roles)]
