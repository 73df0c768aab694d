"""Sessions of staff, and the attempts to open one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, func, insert, or_, select, update

from registry.domain.sign_in_limits import Failures
from registry.domain.staff import Role
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import session_, sign_in_attempt, staff


@dataclass(frozen=True, slots=True)
class Session:
    """A session that was not ended, of an account that may act."""

    id: UUID
    staff_id: UUID
    name: str
    roles: frozenset[Role]
    created_at: datetime
    used_at: datetime
    member_id: UUID | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A session as its owner sees it."""

    id: UUID
    created_at: datetime
    used_at: datetime


async def insert_session(
    session: WriteSession, *, session_id: UUID, staff_id: UUID, bearer_hash: bytes, now: datetime
) -> None:
    """Open a session."""
    new = insert(session_).values(
        id=session_id, staff_id=staff_id, bearer_hash=bearer_hash, created_at=now, used_at=now, ended_at=None
    )
    await session.execute(new)


async def find(session: ReadSession, *, bearer_hash: bytes) -> Session | None:
    """Find a session by the SHA-256 of its bearer; None if it was ended or the account is suspended."""
    wanted = (
        select(
            session_.c.id,
            session_.c.staff_id,
            session_.c.created_at,
            session_.c.used_at,
            staff.c.name,
            staff.c.roles,
            staff.c.member_id,
        )
        .join(staff, staff.c.id == session_.c.staff_id)
        .where(session_.c.bearer_hash == bearer_hash, session_.c.ended_at.is_(None), staff.c.status == "active")
    )
    row = (await session.execute(wanted)).one_or_none()
    if row is None:
        return None
    roles = frozenset(Role(role) for role in row.roles)
    return Session(row.id, row.staff_id, row.name, roles, row.created_at, row.used_at, row.member_id)


async def touch(session: WriteSession, *, session_id: UUID, now: datetime) -> None:
    """Note that a session was used."""
    await session.execute(update(session_).where(session_.c.id == session_id).values(used_at=now))


async def end(session: WriteSession, *, session_id: UUID, now: datetime) -> None:
    """End one session."""
    mine = (session_.c.id == session_id) & session_.c.ended_at.is_(None)
    await session.execute(update(session_).where(mine).values(ended_at=now))


async def end_all(session: WriteSession, *, staff_id: UUID, now: datetime, but: UUID | None = None) -> int:
    """End every session of an account, all but one if so asked; return how many that were."""
    theirs = (session_.c.staff_id == staff_id) & session_.c.ended_at.is_(None)
    if but is not None:
        theirs &= session_.c.id != but
    ended = await session.execute(update(session_).where(theirs).values(ended_at=now))
    return ended.rowcount if isinstance(ended, CursorResult) else 0


async def failures(
    session: WriteSession, *, account: bytes, address: bytes, since: datetime, familiar_since: datetime
) -> Failures:
    """Count the refused attempts since an instant; who asks for the same account waits until this one is counted."""
    await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(account[:8], signed=True))))
    tried = sign_in_attempt.c
    both = (tried.account == account) & (tried.address == address)
    counts: list[Any] = []
    for what in (both, tried.account == account, tried.address == address):
        counts += [func.count().filter(what), func.min(tried.at).filter(what)]
    familiar = (
        select(tried.id).where(both, tried.succeeded, tried.at > familiar_since).limit(1).correlate(None).exists()
    )
    recent = (tried.at > since) & ~tried.succeeded & or_(tried.account == account, tried.address == address)
    row = (await session.execute(select(*counts, select(familiar).scalar_subquery()).where(recent))).one()
    pairs = [(row[number], row[number + 1]) for number in (0, 2, 4)]
    return Failures(pair=pairs[0], account=pairs[1], address=pairs[2], familiar=bool(row[6]))


async def insert_attempt(
    session: WriteSession, *, attempt_id: UUID, account: bytes, address: bytes, now: datetime
) -> None:
    """Count an attempt before it is judged: whoever tries many at once finds each of them counted."""
    new = insert(sign_in_attempt).values(id=attempt_id, account=account, address=address, at=now, succeeded=False)
    await session.execute(new)


async def attempt_succeeded(session: WriteSession, *, attempt_id: UUID) -> None:
    """Take an attempt out of the count."""
    await session.execute(update(sign_in_attempt).where(sign_in_attempt.c.id == attempt_id).values(succeeded=True))


async def list_alive(
    session: ReadSession, *, staff_id: UUID, opened_since: datetime, used_since: datetime
) -> list[Seen]:
    """List the sessions of an account that are within their limits, the one used last first."""
    mine = (session_.c.staff_id == staff_id) & session_.c.ended_at.is_(None)
    alive = (session_.c.created_at > opened_since) & (session_.c.used_at > used_since)
    wanted = select(session_.c.id, session_.c.created_at, session_.c.used_at).where(mine, alive)
    return [Seen(*row) for row in await session.execute(wanted.order_by(session_.c.used_at.desc()))]


async def end_own(session: WriteSession, *, staff_id: UUID, session_id: UUID, now: datetime) -> bool:
    """End one session of an account; False if it has no such one."""
    mine = (session_.c.id == session_id) & (session_.c.staff_id == staff_id) & session_.c.ended_at.is_(None)
    ended = await session.execute(update(session_).where(mine).values(ended_at=now))
    return isinstance(ended, CursorResult) and ended.rowcount == 1
