"""Where time has something to do in an appeal, the earliest first, and one worker at a time."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from registry.domain.appeal_case import AppealStep
from registry.domain.appeal_records import GONE
from registry.domain.appeals import OPEN
from registry.domain.ids import ReportState
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import appeal, appeal_reminder, report

# One worker at a time, so that what was missed is acted on in the order in which it was due.
_CLOCKS = 0x4150_434C


class Kept(NamedTuple):
    """A reminder: of which deadline of which appeal, how many hours before."""

    appeal_id: UUID
    step: AppealStep
    due_at: datetime
    hours: int


async def lead(session: WriteSession) -> bool:
    """Be the one that acts until this transaction ends; false if another one is."""
    return bool((await session.execute(select(func.pg_try_advisory_xact_lock(_CLOCKS)))).scalar_one())


async def next_due(session: ReadSession, *, now: datetime, beside: Collection[UUID]) -> UUID | None:
    """Find the appeal in which time has had something to do for longest, but these; those of gone records first."""
    gone = (
        select(appeal.c.id)
        .join(report, report.c.id == appeal.c.report_id)
        .where(report.c.state.in_(GONE), appeal.c.state.in_(OPEN), appeal.c.id.not_in(beside))
        .order_by(report.c.state_at, appeal.c.id)
        .limit(1)
    )
    waiting = (
        select(appeal.c.id)
        .where(appeal.c.wake_at <= now, appeal.c.id.not_in(beside))
        .order_by(appeal.c.wake_at, appeal.c.id)
        .limit(1)
    )
    first = (await session.execute(gone)).scalar_one_or_none()
    return first if first is not None else (await session.execute(waiting)).scalar_one_or_none()


async def remind(session: WriteSession, sent: Kept, *, now: datetime) -> bool:
    """Write down that a reminder is sent; false if it was before."""
    first = insert(appeal_reminder).values(**sent._asdict(), at=now).on_conflict_do_nothing()
    return (await session.execute(first.returning(appeal_reminder.c.appeal_id))).one_or_none() is not None


async def wake(session: WriteSession, appeal_id: UUID, at: datetime | None) -> None:
    """Write down when time has something to do next."""
    await session.execute(update(appeal).where(appeal.c.id == appeal_id).values(wake_at=at))


async def forget(session: WriteSession, *, limit: int) -> int:
    """Destroy what was said in appeals that are over, about records that have expired; return how many."""
    over = (
        select(appeal.c.id)
        .join(report, report.c.id == appeal.c.report_id)
        .where(report.c.state == ReportState.EXPIRED, appeal.c.state.not_in(OPEN), appeal.c.wake_at.is_(None))
        .where(appeal.c.wrapped_key.is_not(None))
        .limit(limit)
        .with_for_update(of=appeal, key_share=True, skip_locked=True)
    )
    ids = list((await session.execute(over)).scalars())
    if ids:
        await session.execute(update(appeal).where(appeal.c.id.in_(ids)).values(wrapped_key=None, sealed_reasons=None))
    return len(ids)
