"""Recoveries of accounts whose owners lost what they sign in with."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select, update

from registry.domain.recoveries import RecoveryState
from registry.errors import NotFound
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import recovery, staff


@dataclass(frozen=True, slots=True)
class Recovery:
    """A recovery as stored."""

    id: UUID
    staff_id: UUID
    state: RecoveryState
    asked_by: UUID
    asked_at: datetime
    countersign_hash: bytes = field(repr=False)


async def insert_one(session: WriteSession, new: Recovery) -> None:
    """Add a recovery that somebody asked for."""
    values = {name: getattr(new, name) for name in Recovery.__dataclass_fields__}
    await session.execute(insert(recovery).values(**values))


async def lock(session: WriteSession, *, recovery_id: UUID) -> Recovery:
    """Return a recovery and keep it from changing until this transaction ends; NotFound `recovery_unknown`."""
    rows = await session.execute(_all().where(recovery.c.id == recovery_id).with_for_update())
    row = rows.one_or_none()
    if row is None:
        raise NotFound("recovery_unknown")
    return _recovery(row)


async def find_asked(session: ReadSession, *, staff_id: UUID) -> Recovery | None:
    """Find the recovery of an account that nobody has decided yet."""
    wanted = _all().where(recovery.c.staff_id == staff_id, recovery.c.state == RecoveryState.ASKED)
    row = (await session.execute(wanted)).one_or_none()
    return _recovery(row) if row is not None else None


async def list_asked(session: ReadSession, *, since: datetime, member_id: UUID | None = None) -> list[Recovery]:
    """List what waits for a decision and was asked since an instant, oldest first; of one member's people if given."""
    wanted = _all().where(recovery.c.state == RecoveryState.ASKED, recovery.c.asked_at > since)
    if member_id is not None:
        wanted = wanted.join(staff, staff.c.id == recovery.c.staff_id).where(staff.c.member_id == member_id)
    return [_recovery(row) for row in await session.execute(wanted.order_by(recovery.c.id))]


async def save(
    session: WriteSession, *, recovery_id: UUID, state: RecoveryState, by: UUID | None, now: datetime
) -> None:
    """Write down how a recovery ended."""
    one = recovery.c.id == recovery_id
    await session.execute(update(recovery).where(one).values(state=state, decided_by=by, decided_at=now))


def _all() -> Select[Any]:
    return select(*(recovery.c[name] for name in Recovery.__dataclass_fields__))


def _recovery(row: Any) -> Recovery:  # noqa: ANN401 - a row of `_all`
    return Recovery(row.id, row.staff_id, RecoveryState(row.state), row.asked_by, row.asked_at, row.countersign_hash)
