"""Accounts of staff: given and deprived of roles, suspended, their sessions ended; each leaves an entry.

`by` is the member of staff who acts, whose own roles then decide what they may do to whom; None is whoever runs the
command on the registry's own machine.
"""

from dataclasses import replace
from uuid import UUID

from registry.domain.events import Act
from registry.domain.staff import Role, Staff, check_compatible, check_grant, check_new
from registry.errors import Conflict, Denied
from registry.services.staff.desk import Desk
from registry.store import factors, sessions
from registry.store import staff as store
from registry.store.database import ReadSession, WriteSession
from registry.store.staff import ACTIVE, SUSPENDED, Account


async def grant(
    session: WriteSession, staff_id: UUID, role: Role, *, act: Act, desk: Desk, by: Staff | None = None
) -> Account:
    """Give a role.

    Errors: NotFound `staff_unknown`; Denied `own_account`, `role_not_yours_to_grant`; Conflict `role_held`,
    `roles_incompatible`.
    """
    account = await in_charge(session, staff_id, by, role)
    if role in account.roles:
        raise Conflict("role_held")
    check_new(by, frozenset({role}))
    check_compatible(account.roles | {role}, account.member_id)
    await check_outsider(session, by, account.member_id)
    return await _set_roles(session, account, account.roles | {role}, "staff.grant", role, act, desk)


async def revoke(
    session: WriteSession, staff_id: UUID, role: Role, *, act: Act, desk: Desk, by: Staff | None = None
) -> Account:
    """Take a role away, at once. Errors as of `grant`; Conflict `role_not_held`."""
    account = await in_charge(session, staff_id, by, role)
    if role not in account.roles:
        raise Conflict("role_not_held")
    await check_outsider(session, by, account.member_id)
    return await _set_roles(session, account, account.roles - {role}, "staff.revoke", role, act, desk)


async def suspend(session: WriteSession, staff_id: UUID, *, act: Act, desk: Desk, by: Staff | None = None) -> Account:
    """Stop an account; its sessions end. Denied as of `grant`; Conflict `staff_suspended`."""
    account = await in_charge(session, staff_id, by)
    if account.status == SUSPENDED:
        raise Conflict("staff_suspended")
    ended = await sessions.end_all(session, staff_id=staff_id, now=act.now)
    await store.set_status(session, staff_id=staff_id, status=SUSPENDED, suspended_at=act.now)
    await desk.record_change(session, "staff.suspend", account.id, act=act, sessions_ended=ended)
    return replace(account, status=SUSPENDED, suspended_at=act.now)


async def resume(session: WriteSession, staff_id: UUID, *, act: Act, desk: Desk, by: Staff | None = None) -> Account:
    """Let a suspended account sign in again. Denied as of `grant`; Conflict `staff_active`."""
    account = await in_charge(session, staff_id, by)
    if account.status == ACTIVE:
        raise Conflict("staff_active")
    await store.set_status(session, staff_id=staff_id, status=ACTIVE, suspended_at=None)
    await desk.record_change(session, "staff.resume", account.id, act=act)
    return replace(account, status=ACTIVE, suspended_at=None)


async def end_sessions(session: WriteSession, staff_id: UUID, *, act: Act, desk: Desk, by: Staff | None = None) -> int:
    """End every session of an account; return how many. Denied as of `grant`; NotFound `staff_unknown`."""
    account = await in_charge(session, staff_id, by)
    ended = await sessions.end_all(session, staff_id=staff_id, now=act.now)
    await desk.record_change(session, "staff.end_sessions", account.id, act=act, sessions_ended=ended)
    return ended


async def in_charge(session: WriteSession, staff_id: UUID, by: Staff | None, role: Role | None = None) -> Account:
    """Lock an account that this person is in charge of: whoever may give this role, or every role that it has."""
    account = await store.lock(session, staff_id=staff_id)
    if by is not None:
        check_grant(by, staff_id, account.roles if role is None else frozenset({role}), account.member_id)
    return account


async def check_outsider(session: ReadSession, by: Staff | None, member_id: UUID | None) -> None:
    """Refuse an operator who would choose people of a member that has somebody in charge of them itself.

    Who runs the machines sees no record, also not as one of a member's people. Denied `role_not_yours_to_grant`.
    """
    outside = by is not None and by.member_id is None and member_id is not None
    if outside and await factors.is_governed(session, member_id=member_id):
        raise Denied("role_not_yours_to_grant")


async def _set_roles(
    session: WriteSession, account: Account, roles: frozenset[Role], action: str, role: Role, act: Act, desk: Desk
) -> Account:
    await store.set_roles(session, staff_id=account.id, roles=roles)
    await desk.record_change(session, action, account.id, act=act, role=role.value)
    return replace(account, roles=roles)
