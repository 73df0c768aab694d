"""Sessions of subjects and members' one-time links: rows that live for minutes or days, and are deleted."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from registry.store.database import WriteSession
from registry.store.schema import subject_link, subject_session


@dataclass(frozen=True, slots=True)
class Session:
    """A session as stored; `used` counts this use too."""

    id: UUID
    sealed_proof: bytes = field(repr=False)
    used: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """A link as stored: whose record it opens, and until when."""

    id: UUID
    report_id: UUID
    member_id: UUID
    expires_at: datetime
    opened_at: datetime | None


async def open_session(session: WriteSession, new: Session, *, bearer_hash: bytes, now: datetime) -> None:
    """Open a session."""
    values = {
        "id": new.id,
        "bearer_hash": bearer_hash,
        "sealed_proof": new.sealed_proof,
        "used": new.used,
        "created_at": now,
        "expires_at": new.expires_at,
    }
    await session.execute(insert(subject_session).values(values))


async def use_session(session: WriteSession, *, bearer_hash: bytes) -> Session | None:
    """Count a use of the session with this bearer (SHA-256), and return it."""
    of = subject_session.c
    counted = update(subject_session).where(of.bearer_hash == bearer_hash).values(used=of.used + 1)
    row = (await session.execute(counted.returning(of.id, of.sealed_proof, of.used, of.expires_at))).one_or_none()
    return Session(row.id, row.sealed_proof, row.used, row.expires_at) if row is not None else None


async def lock_session(session: WriteSession, *, session_id: UUID) -> bytes | None:
    """Return what a session holds and keep it from changing; None if it has ended meanwhile."""
    wanted = select(subject_session.c.sealed_proof).where(subject_session.c.id == session_id).with_for_update()
    return (await session.execute(wanted)).scalar_one_or_none()


async def widen_session(session: WriteSession, *, session_id: UUID, sealed_proof: bytes) -> None:
    """Replace what a session holds."""
    await session.execute(
        update(subject_session).where(subject_session.c.id == session_id).values(sealed_proof=sealed_proof)
    )


async def renew_session(session: WriteSession, *, session_id: UUID, bearer_hash: bytes) -> None:
    """Put the same session in the place of one, under another bearer; nobody may change that of a row."""
    gone = delete(subject_session).where(subject_session.c.id == session_id).returning(subject_session)
    row = (await session.execute(gone)).mappings().one()
    await session.execute(insert(subject_session).values({**row, "bearer_hash": bearer_hash}))


async def end_session(session: WriteSession, *, session_id: UUID) -> None:
    """Delete a session."""
    await session.execute(delete(subject_session).where(subject_session.c.id == session_id))


async def issue_link(session: WriteSession, new: Link, *, secret_hash: bytes, now: datetime) -> None:
    """Keep a link by the SHA-256 of its secret."""
    values = {
        "id": new.id,
        "report_id": new.report_id,
        "member_id": new.member_id,
        "secret_hash": secret_hash,
        "created_at": now,
        "expires_at": new.expires_at,
        "opened_at": None,
    }
    await session.execute(insert(subject_link).values(values))


async def open_link(session: WriteSession, *, secret_hash: bytes, now: datetime) -> Link | None:
    """Open a link, once; None for one that is unknown, expired or was opened, also when two open it at once."""
    of = subject_link.c
    opened = (
        update(subject_link)
        .where(of.secret_hash == secret_hash, of.opened_at.is_(None), of.expires_at > now)
        .values(opened_at=now)
        .returning(of.id, of.report_id, of.member_id, of.expires_at, of.opened_at)
    )
    row = (await session.execute(opened)).one_or_none()
    return Link(row.id, row.report_id, row.member_id, row.expires_at, row.opened_at) if row is not None else None
