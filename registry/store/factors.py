"""What accounts sign in with besides a password: passkeys, and who they are at a provider."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Select, any_, delete, exists, func, insert, or_, select, update

from registry.domain.staff import Role
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import credential, passkey, staff, staff_identity


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey: its id and public key (COSE) are the authenticator's, its name the owner's."""

    id: UUID
    staff_id: UUID
    credential_id: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    sign_count: int
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an account is at a provider."""

    issuer: str
    subject: str = field(repr=False)
    bound_at: datetime


async def insert_passkey(session: WriteSession, new: Passkey) -> None:
    """Add a passkey."""
    await session.execute(insert(passkey).values({name: getattr(new, name) for name in Passkey.__dataclass_fields__}))


async def lock_passkey(session: WriteSession, *, credential_id: bytes) -> Passkey | None:
    """Find a passkey, and let nobody else sign in with it meanwhile."""
    wanted = _passkeys().where(passkey.c.credential_id == credential_id).with_for_update()
    row = (await session.execute(wanted)).one_or_none()
    return Passkey(*row) if row is not None else None


async def list_passkeys(session: ReadSession, *, staff_id: UUID) -> list[Passkey]:
    """List the passkeys of an account, oldest first."""
    rows = await session.execute(_passkeys().where(passkey.c.staff_id == staff_id).order_by(passkey.c.id))
    return [Passkey(*row) for row in rows]


async def passkey_used(session: WriteSession, *, passkey_id: UUID, sign_count: int, now: datetime) -> None:
    """Note that a passkey was used, and how often it says it was."""
    one = passkey.c.id == passkey_id
    await session.execute(update(passkey).where(one).values(sign_count=sign_count, used_at=now))


async def delete_passkey(session: WriteSession, *, staff_id: UUID, passkey_id: UUID) -> bool:
    """Take a passkey from its owner; False if they have no such one."""
    theirs = (passkey.c.id == passkey_id) & (passkey.c.staff_id == staff_id)
    gone = await session.execute(delete(passkey).where(theirs))
    return isinstance(gone, CursorResult) and gone.rowcount == 1


async def put_identity(session: WriteSession, staff_id: UUID, new: Identity) -> None:
    """Say who an account is at the provider, in place of whom it was."""
    await session.execute(delete(staff_identity).where(staff_identity.c.staff_id == staff_id))
    values = {"issuer": new.issuer, "subject": new.subject, "bound_at": new.bound_at}
    await session.execute(insert(staff_identity).values(staff_id=staff_id, **values))


async def find_identity(session: ReadSession, *, staff_id: UUID) -> Identity | None:
    """Find who an account is at the provider."""
    wanted = select(staff_identity).where(staff_identity.c.staff_id == staff_id)
    row = (await session.execute(wanted)).one_or_none()
    return Identity(row.issuer, row.subject, row.bound_at) if row is not None else None


async def find_identified(session: ReadSession, *, issuer: str, subject: str) -> UUID | None:
    """Find whose account a subject of a provider is bound to."""
    bound = staff_identity.c
    wanted = select(bound.staff_id).where(bound.issuer == issuer, bound.subject == subject)
    return (await session.execute(wanted)).scalar_one_or_none()


async def delete_identity(session: WriteSession, *, staff_id: UUID) -> bool:
    """Forget who an account is at the provider; False if it was nobody there."""
    gone = await session.execute(delete(staff_identity).where(staff_identity.c.staff_id == staff_id))
    return isinstance(gone, CursorResult) and gone.rowcount == 1


async def count(session: ReadSession, *, staff_id: UUID) -> int:
    """Count the ways in which an account can sign in."""
    counts = [
        select(func.count()).where(table.c.staff_id == staff_id).scalar_subquery()
        for table in (credential, passkey, staff_identity)
    ]
    return sum((await session.execute(select(*counts))).one())


async def is_governed(session: ReadSession, *, member_id: UUID | None) -> bool:
    """Say whether a member has an administrator who has taken up the account, suspended or not."""
    ways = or_(*(exists().where(table.c.staff_id == staff.c.id) for table in (credential, passkey, staff_identity)))
    theirs = (staff.c.member_id == member_id) & (any_(staff.c.roles) == Role.MEMBER_ADMIN)
    return bool((await session.execute(select(select(staff.c.id).where(theirs, ways).exists()))).scalar_one())


async def delete_all(session: WriteSession, *, staff_id: UUID) -> None:
    """Take from an account all that it signs in with."""
    for table in (credential, passkey, staff_identity):
        await session.execute(delete(table).where(table.c.staff_id == staff_id))


def _passkeys() -> Select[Any]:
    return select(*(passkey.c[name] for name in Passkey.__dataclass_fields__))
