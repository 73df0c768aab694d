"""Invitations: a link, told once, with which somebody chooses what they sign in with; nobody else ever knows it.

The registry keeps the hash of the link's secret. After a recovery the link alone is not enough: who asked for it tells
the owner a countersign. Times are real ones, also where domain time is moved.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from registry.domain.events import Act
from registry.domain.staff import INVITATION_LIFE, Role, Staff, check_compatible, check_grant, check_name, check_new
from registry.errors import Conflict, NotFound
from registry.services.staff.accounts import check_outsider, in_charge
from registry.services.staff.desk import Desk
from registry.services.staff.sign_in import Opened, act_as, hash_of, let_in, refuse
from registry.store import factors, members, sessions
from registry.store import invitations as store
from registry.store import staff as accounts
from registry.store.database import ReadSession, WriteSession
from registry.store.invitations import Invitation as Stored
from registry.store.staff import ACTIVE, Account, Credential
from registry_formats.leaf import JsonValue

WAY = "invitation"


@dataclass(frozen=True, slots=True)
class Invitation:
    """What is handed to whoever is invited, once."""

    account: Account
    link: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """What whoever opens a link finds; `otpauth` is the secret of codes that they may take."""

    account: Account
    otpauth: str = field(repr=False)
    expires_at: datetime
    countersigned: bool
    secret_hash: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who is invited to what; `member_id` for somebody who works for a member."""

    name: str
    roles: frozenset[Role]
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Presented:
    """What whoever takes up an invitation has: the secret of the link, and the countersign if one is needed."""

    secret: str = field(repr=False)
    countersign: str = field(default="", repr=False)


async def invite(
    session: WriteSession, who: Newcomer, *, act: Act, now: datetime, desk: Desk, by: Staff | None = None
) -> Invitation:
    """Add an account and invite its owner.

    Errors: Malformed `staff_name_refused`; Denied `role_not_yours_to_grant`; NotFound `member_unknown`; Conflict
    `staff_exists`, `roles_incompatible`.
    """
    check_name(who.name)
    account = Account(desk.new_id(now), who.name, who.roles, ACTIVE, act.now, None, who.member_id)
    if by is not None:
        check_grant(by, account.id, who.roles, who.member_id)
        check_new(by, who.roles)
        await check_outsider(session, by, who.member_id)
    check_compatible(who.roles, who.member_id)
    if who.member_id is not None:
        await members.get(session, member_id=who.member_id)
    if await accounts.find_named(session, name=who.name) is not None:
        raise Conflict("staff_exists")
    await accounts.insert_account(session, account)
    member = "" if who.member_id is None else str(who.member_id)
    await desk.record_change(session, "staff.add", account.id, act=act, roles=[*sorted(who.roles)], member=member)
    return await send(session, account, now=now, desk=desk)


async def invite_again(
    session: WriteSession, staff_id: UUID, *, act: Act, now: datetime, desk: Desk, by: Staff | None = None
) -> Invitation:
    """Make another link for somebody who has taken up none; the one before ends.

    Errors: NotFound `staff_unknown`; Denied as of `accounts.grant`; Conflict `staff_enrolled`; Conflict
    `recovery_step_refused` after a recovery, or whoever asked for it would hold both halves.
    """
    account = await in_charge(session, staff_id, by)
    check_new(by, account.roles)
    await check_outsider(session, by, account.member_id)
    if await factors.count(session, staff_id=staff_id):
        raise Conflict("staff_enrolled")
    last = await store.find_last(session, staff_id=staff_id)
    if last is not None and last.countersign_hash is not None:
        raise Conflict("recovery_step_refused")
    await desk.record_change(session, "staff.invite", staff_id, act=act)
    return await send(session, account, now=now, desk=desk)


async def reset(session: WriteSession, staff_id: UUID, *, act: Act, now: datetime, desk: Desk) -> Invitation:
    """Take from an account all that it signs in with and invite its owner afresh; for the registry's own machine.

    Errors: NotFound `staff_unknown`.
    """
    account = await in_charge(session, staff_id, None)
    return await start_afresh(session, account, "staff.reset", act=act, now=now, desk=desk)


async def start_afresh(
    session: WriteSession,
    account: Account,
    action: str,
    *,
    act: Act,
    now: datetime,
    desk: Desk,
    countersign_hash: bytes | None = None,
) -> Invitation:
    """End all that an account signs in with, and its sessions, and invite its owner."""
    await factors.delete_all(session, staff_id=account.id)
    ended = await sessions.end_all(session, staff_id=account.id, now=now)
    await desk.record_change(session, action, account.id, act=act, sessions_ended=ended)
    return await send(session, account, now=now, desk=desk, countersign_hash=countersign_hash)


async def send(
    session: WriteSession, account: Account, *, now: datetime, desk: Desk, countersign_hash: bytes | None = None
) -> Invitation:
    """Make a link; whatever invited this account before ends."""
    secret, totp, until = desk.new_secret(), desk.new_totp(account.id), now + INVITATION_LIFE
    made = Stored(desk.new_id(now), account.id, hash_of(secret), countersign_hash, totp, now, until)
    await store.insert_one(session, made)
    return Invitation(account, f"{desk.public_url.rstrip('/')}/console/invitation/{secret}", until)


async def show(session: WriteSession, secret: str, *, act: Act, now: datetime, desk: Desk) -> Invited:
    """Show whoever has a link what it is for; that it was opened leaves a trace. NotFound `invitation_unknown`."""
    invited = await peek(session, secret, now=now, desk=desk)
    content: dict[str, JsonValue] = {"staff": str(invited.account.id)}
    await desk.record(session, "staff.show_invitation", "shown", act=act, content=content)
    return invited


async def peek(session: ReadSession, secret: str, *, now: datetime, desk: Desk) -> Invited:
    """Find what a link is for, to show it to nobody. NotFound `invitation_unknown`."""
    found = await store.find(session, secret_hash=hash_of(secret), now=now)
    account = await accounts.get(session, staff_id=found.staff_id) if found else None
    if found is None or account is None or account.status != ACTIVE:
        raise NotFound("invitation_unknown")
    otpauth = desk.otpauth(account.id, found.sealed_totp, account.name)
    return Invited(account, otpauth, found.expires_at, found.countersign_hash is not None, found.secret_hash)


async def accept(
    session: WriteSession,
    presented: Presented,
    password_hash: str,
    code: str,
    *,
    act: Act,
    now: datetime,
    desk: Desk,
) -> Opened | None:
    """Take up an invitation with a password and a code of the app; None, with a trace, if anything does not fit.

    Errors: NotFound `invitation_unknown`.
    """
    account, found = await take(session, presented.secret, now=now)
    step = desk.totp_step(account.id, found.sealed_totp, code, now=now)
    if step is None or not is_countersigned(found, presented):
        await refuse(session, WAY, act=act, desk=desk, staff_id=account.id)
        return None
    chosen = Credential(account.id, password_hash, found.sealed_totp, step)
    await accounts.put_credential(session, chosen, now=now)
    return await finish(session, account, act=act, now=now, desk=desk)


async def take(session: WriteSession, secret: str, *, now: datetime) -> tuple[Account, Stored]:
    """Hold an invitation while it is taken up. NotFound `invitation_unknown`."""
    found = await store.lock(session, secret_hash=hash_of(secret), now=now)
    if found is None:
        raise NotFound("invitation_unknown")
    account = await accounts.get(session, staff_id=found.staff_id)
    if account.status != ACTIVE:
        raise NotFound("invitation_unknown")
    return account, found


async def finish(session: WriteSession, account: Account, *, act: Act, now: datetime, desk: Desk) -> Opened:
    """Close an invitation that was taken up, and let its owner in."""
    await store.close_all(session, staff_id=account.id, now=now)
    await desk.record(session, "staff.accept", "done", act=act_as(act, account.id), content={})
    return await let_in(session, account, WAY, act=act, now=now, desk=desk)


def is_countersigned(found: Stored, presented: Presented) -> bool:
    """Tell whether the countersign fits, if one is needed; how it was spaced does not matter."""
    given = countersign_hash(presented.countersign)
    return found.countersign_hash is None or hmac.compare_digest(found.countersign_hash, given)


def countersign_hash(countersign: str) -> bytes:
    """Return what the store keeps of a countersign."""
    return hash_of("".join(countersign.split()).replace("-", "").lower())
