"""What a member used today; charged atomically, in the transaction of what it is charged for."""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.errors import QuotaExceeded
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import quota_use


async def charge(session: WriteSession, *, member_id: UUID, quota: str, day: date, amount: int, limit: int) -> int:
    """Charge all of `amount` (≥ 1) or nothing; return what is used up today.

    One statement decides, so that two requests cannot both take the last unit. Errors: QuotaExceeded `quota_exceeded`.
    """
    if amount <= limit:
        row = upsert(quota_use).values(member_id=member_id, quota=quota, day=day, used=amount)
        total = quota_use.c.used + row.excluded.used
        statement = row.on_conflict_do_update(
            index_elements=[quota_use.c.member_id, quota_use.c.quota, quota_use.c.day],
            set_={"used": total},
            where=total <= limit,
        )
        used = (await session.execute(statement.returning(quota_use.c.used))).scalar_one_or_none()
        if used is not None:
            return int(used)
    raise QuotaExceeded("quota_exceeded", facts={"quota": quota, "limit": limit})


async def used(session: ReadSession, *, member_id: UUID, day: date) -> dict[str, int]:
    """Return what a member used of each quota on this day."""
    rows = await session.execute(
        select(quota_use.c.quota, quota_use.c.used).where(quota_use.c.member_id == member_id, quota_use.c.day == day)
    )
    return {row.quota: row.used for row in rows}
