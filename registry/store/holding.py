"""What a filing needs to know before it counts: its member's habits, and the wave it joins if it comes too fast."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import insert

from registry.domain.integrity import Sanction
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import brake, filing_day, member_sanction, report_hold


async def habits(session: ReadSession, member_id: UUID, *, since: date) -> tuple[bool, Mapping[date, int]]:
    """Tell whether a member's filing is supervised, and how many of its reports were taken on each day."""
    supervised = select(member_sanction.c.id).where(
        member_sanction.c.member_id == member_id,
        member_sanction.c.sanction == Sanction.FILING_SUPERVISED,
        member_sanction.c.ended_at.is_(None),
    )
    days = and_(filing_day.c.member_id == member_id, filing_day.c.day >= since)
    wanted = select(
        supervised.exists().label("supervised"),
        func.array(select(filing_day.c.day).where(days).order_by(filing_day.c.day).scalar_subquery()).label("days"),
        func.array(select(filing_day.c.filed).where(days).order_by(filing_day.c.day).scalar_subquery()).label("filed"),
    )
    row = (await session.execute(wanted)).one()
    return row.supervised, dict(zip(row.days, row.filed, strict=True))


async def note_filing(session: WriteSession, member_id: UUID, day: date) -> None:
    """Count a report that was taken."""
    one = insert(filing_day).values(member_id=member_id, day=day, filed=1)
    more = {"filed": filing_day.c.filed + 1}
    await session.execute(one.on_conflict_do_update(index_elements=["member_id", "day"], set_=more))


async def running_brake(session: ReadSession, member_id: UUID) -> UUID | None:
    """Find the wave that further reports of a member join."""
    wanted = select(brake.c.id).where(brake.c.member_id == member_id, brake.c.drawn_at.is_(None))
    return (await session.execute(wanted.order_by(brake.c.id).limit(1))).scalar_one_or_none()


async def add_brake(session: WriteSession, brake_id: UUID, member_id: UUID, *, seed: bytes, now: datetime) -> None:
    """Begin a wave."""
    await session.execute(insert(brake).values(id=brake_id, member_id=member_id, began_at=now, seed=seed))


async def hold(
    session: WriteSession, report_id: UUID, *, brake_id: UUID | None, supervised: bool, now: datetime
) -> None:
    """Hold a report that was just filed."""
    values = {"report_id": report_id, "brake_id": brake_id, "supervised": supervised, "held_at": now}
    await session.execute(insert(report_hold).values(**values, sampled=brake_id is None))
