"""Invitations: links with which somebody chooses what they sign in with, once."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select, update

from registry.store.database import ReadSession, WriteSession
from registry.store.schema import invitation


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as stored; `countersign_hash` is set if the link alone is not enough."""

    id: UUID
    staff_id: UUID
    secret_hash: bytes = field(repr=False)
    countersign_hash: bytes | None = field(repr=False)
    sealed_totp: bytes = field(repr=False)
    created_at: datetime
    expires_at: datetime


_COLUMNS = [invitation.c[name] for name in Invitation.__dataclass_fields__]


async def insert_one(session: WriteSession, new: Invitation) -> None:
    """Add an invitation; whatever invited the same account before is closed."""
    await close_all(session, staff_id=new.staff_id, now=new.created_at)
    values = {name: getattr(new, name) for name in Invitation.__dataclass_fields__}
    await session.execute(insert(invitation).values(**values, closed_at=None))


async def find(session: ReadSession, *, secret_hash: bytes, now: datetime) -> Invitation | None:
    """Find an invitation that is open still."""
    return await _one(session, _open(secret_hash, now))


async def lock(session: WriteSession, *, secret_hash: bytes, now: datetime) -> Invitation | None:
    """Find an invitation that is open still, and let nobody else take it up meanwhile."""
    return await _one(session, _open(secret_hash, now).with_for_update())


async def find_last(session: ReadSession, *, staff_id: UUID) -> Invitation | None:
    """Find the newest invitation of an account, open or not."""
    theirs = select(*_COLUMNS).where(invitation.c.staff_id == staff_id)
    return await _one(session, theirs.order_by(invitation.c.created_at.desc(), invitation.c.id.desc()).limit(1))


async def close_all(session: WriteSession, *, staff_id: UUID, now: datetime) -> None:
    """Close what invites an account."""
    theirs = (invitation.c.staff_id == staff_id) & invitation.c.closed_at.is_(None)
    await session.execute(update(invitation).where(theirs).values(closed_at=now))


def _open(secret_hash: bytes, now: datetime) -> Select[Any]:
    known = (invitation.c.secret_hash == secret_hash) & invitation.c.closed_at.is_(None)
    return select(*_COLUMNS).where(known, invitation.c.expires_at > now)


async def _one(session: ReadSession, wanted: Select[Any]) -> Invitation | None:
    row = (await session.execute(wanted)).one_or_none()
    return Invitation(*row) if row is not None else None
