"""Staff accounts and their credentials."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, insert, select, update

from registry.domain.staff import Role
from registry.errors import NotFound
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import credential, staff

ACTIVE, SUSPENDED = "active", "suspended"


@dataclass(frozen=True, slots=True)
class Account:
    """An account as stored; `name` is what one signs in with, `member_id` whose people it is one of, if any's."""

    id: UUID
    name: str
    roles: frozenset[Role]
    status: str
    created_at: datetime
    suspended_at: datetime | None
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """A password and the secret of the codes, which go together."""

    staff_id: UUID
    password_hash: str = field(repr=False)
    sealed_totp: bytes = field(repr=False)
    totp_step: int


async def insert_account(session: WriteSession, new: Account) -> None:
    """Add an account."""
    await session.execute(
        insert(staff).values(
            id=new.id,
            name=new.name,
            roles=sorted(new.roles),
            status=new.status,
            created_at=new.created_at,
            suspended_at=new.suspended_at,
            member_id=new.member_id,
        )
    )


async def put_credential(session: WriteSession, new: Credential, *, now: datetime) -> None:
    """Give an account its credential, in place of what it may have had."""
    await session.execute(delete(credential).where(credential.c.staff_id == new.staff_id))
    await session.execute(insert(credential).values(staff_id=new.staff_id, **_values(new), changed_at=now))


async def save_credential(session: WriteSession, changed: Credential, *, now: datetime) -> None:
    """Replace the credential of an account."""
    mine = credential.c.staff_id == changed.staff_id
    await session.execute(update(credential).where(mine).values(**_values(changed), changed_at=now))


async def find_named(session: ReadSession, *, name: str) -> Account | None:
    """Find an account by its name."""
    row = (await session.execute(select(staff).where(staff.c.name == name))).one_or_none()
    return _account(row) if row is not None else None


async def get(session: ReadSession, *, staff_id: UUID) -> Account:
    """Return an account; NotFound `staff_unknown`."""
    return await _one(session, select(staff).where(staff.c.id == staff_id))


async def lock(session: WriteSession, *, staff_id: UUID) -> Account:
    """Return an account and keep it from changing until this transaction ends; NotFound `staff_unknown`."""
    return await _one(session, select(staff).where(staff.c.id == staff_id).with_for_update(key_share=True))


async def list_all(session: ReadSession) -> list[Account]:
    """List all accounts by name."""
    return [_account(row) for row in await session.execute(select(staff).order_by(staff.c.name))]


async def page(session: ReadSession, *, start: str, limit: int, member_id: UUID | None = None) -> list[Account]:
    """List accounts by name, from a name on; those of one member if given."""
    wanted = select(staff).where(staff.c.name >= start).order_by(staff.c.name).limit(limit)
    if member_id is not None:
        wanted = wanted.where(staff.c.member_id == member_id)
    return [_account(row) for row in await session.execute(wanted)]


async def list_own(session: ReadSession) -> list[Account]:
    """List by name the accounts of the registry's own people."""
    rows = await session.execute(select(staff).where(staff.c.member_id.is_(None)).order_by(staff.c.name))
    return [_account(row) for row in rows]


async def names(session: ReadSession, *, of: Collection[UUID], member_id: UUID | None = None) -> dict[UUID, str]:
    """Return what these accounts are called; only those of one member if given."""
    wanted = select(staff.c.id, staff.c.name).where(staff.c.id.in_(of))
    if member_id is not None:
        wanted = wanted.where(staff.c.member_id == member_id)
    return {row.id: row.name for row in await session.execute(wanted)}


async def set_roles(session: WriteSession, *, staff_id: UUID, roles: frozenset[Role]) -> None:
    """Replace the roles of an account."""
    await session.execute(update(staff).where(staff.c.id == staff_id).values(roles=sorted(roles)))


async def set_status(session: WriteSession, *, staff_id: UUID, status: str, suspended_at: datetime | None) -> None:
    """Suspend or resume an account."""
    await session.execute(update(staff).where(staff.c.id == staff_id).values(status=status, suspended_at=suspended_at))


async def find_credential(session: ReadSession, *, staff_id: UUID) -> Credential | None:
    """Find the credential of an account."""
    return _credential((await session.execute(_credentials(staff_id))).one_or_none())


async def lock_credential(session: WriteSession, *, staff_id: UUID) -> Credential | None:
    """Find the credential of an account and keep it from changing until this transaction ends."""
    return _credential((await session.execute(_credentials(staff_id).with_for_update(key_share=True))).one_or_none())


async def _one(session: ReadSession, wanted: Select[Any]) -> Account:
    row = (await session.execute(wanted)).one_or_none()
    if row is None:
        raise NotFound("staff_unknown")
    return _account(row)


def _credentials(staff_id: UUID) -> Select[Any]:
    return select(credential).where(credential.c.staff_id == staff_id)


def _account(row: Row[Any]) -> Account:
    roles = frozenset(Role(role) for role in row.roles)
    return Account(row.id, row.name, roles, row.status, row.created_at, row.suspended_at, row.member_id)


def _credential(row: Row[Any] | None) -> Credential | None:
    if row is None:
        return None
    return Credential(row.staff_id, row.password_hash, row.sealed_totp, row.totp_step)


def _values(one: Credential) -> dict[str, Any]:
    return {
        "password_hash": one.password_hash,
        "sealed_totp": one.sealed_totp,
        "totp_step": one.totp_step,
    }
