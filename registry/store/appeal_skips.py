"""Cases of the queue that somebody passed over: said so, or taken another one that was due later."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, insert, select, union_all

from registry.domain.appeal_skips import WORKING, SkipReason
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import appeal, appeal_skip


@dataclass(frozen=True, slots=True)
class Skip:
    """A case that somebody left to colleagues."""

    id: UUID
    appeal_id: UUID
    staff_id: UUID
    reason: SkipReason
    at: datetime


async def add(session: WriteSession, new: Skip) -> None:
    """Keep that somebody passed a case over."""
    await session.execute(insert(appeal_skip).values({name: getattr(new, name) for name in Skip.__slots__}))


async def newest(session: ReadSession, appeal_ids: Collection[UUID], *, staff_id: UUID) -> dict[UUID, datetime]:
    """Return when somebody last passed over each of these cases, if ever."""
    wanted = select(appeal_skip.c.appeal_id, func.max(appeal_skip.c.at).label("at"))
    mine = wanted.where(appeal_skip.c.staff_id == staff_id, appeal_skip.c.appeal_id.in_(appeal_ids))
    return {row.appeal_id: row.at for row in await session.execute(mine.group_by(appeal_skip.c.appeal_id))}


async def due_before(session: ReadSession, due: datetime, *, staff_id: UUID, most: int) -> list[UUID]:
    """List cases that nobody holds, that are due before then and that this person did not pass over, soonest first."""
    said = exists().where(appeal_skip.c.staff_id == staff_id, appeal_skip.c.appeal_id == appeal.c.id)
    free = (appeal.c.holder.is_(None), appeal.c.next_due_at < due, ~said)
    # Each state in the order of its index.
    parts = [
        select(appeal.c.id, appeal.c.next_due_at)
        .where(appeal.c.state == state, *free)
        .order_by(appeal.c.next_due_at, appeal.c.id)
        .limit(most)
        for state in sorted(WORKING)
    ]
    found = union_all(*parts).subquery()
    rows = await session.execute(select(found.c.id).order_by(found.c.next_due_at, found.c.id).limit(most))
    return list(rows.scalars())
