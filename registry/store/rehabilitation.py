"""Applications to end a record early: one open at a time, decided by a person or by the clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, Row, Select, any_, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.domain.rehabilitation import Application, Obstacle
from registry.store.database import WriteSession
from registry.store.known import TELLING_STATES
from registry.store.schema import rehabilitation, report, report_identity


@dataclass(frozen=True, slots=True)
class Rehabilitation:
    """An application as stored."""

    id: UUID
    report_id: UUID
    applied_at: datetime
    due_at: datetime
    granted: bool | None = None
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    obstacle: Obstacle | None = None

    @property
    def application(self) -> Application:
        """Return what decides about it."""
        return Application(self.applied_at, self.granted, self.decided_at)


async def add(session: WriteSession, new: Rehabilitation) -> bool:
    """Add an application; False if one about the record is open."""
    row = {"id": new.id, "report_id": new.report_id, "applied_at": new.applied_at, "due_at": new.due_at}
    first = upsert(rehabilitation).values(row)
    added = first.on_conflict_do_nothing(
        index_elements=[rehabilitation.c.report_id], index_where=text("granted IS NULL")
    )
    return (await session.execute(added.returning(rehabilitation.c.id))).one_or_none() is not None


async def save(session: WriteSession, changed: Rehabilitation) -> None:
    """Write a decision."""
    decided = {
        "granted": changed.granted,
        "decided_at": changed.decided_at,
        "decided_by": changed.decided_by,
        "obstacle": changed.obstacle,
    }
    await session.execute(update(rehabilitation).where(rehabilitation.c.id == changed.id).values(decided))


async def lock(session: WriteSession, rehabilitation_id: UUID) -> Rehabilitation | None:
    """Find an application and keep it from being decided beside this transaction."""
    wanted = _all().where(rehabilitation.c.id == rehabilitation_id).with_for_update()
    row = (await session.execute(wanted)).one_or_none()
    return _read(row) if row is not None else None


async def overdue(session: WriteSession, *, now: datetime, limit: int) -> list[Rehabilitation]:
    """List open applications whose time is over, the longest waiting first; no row is waited for."""
    wanted = _all().where(rehabilitation.c.granted.is_(None), rehabilitation.c.due_at <= now)
    rows = wanted.order_by(rehabilitation.c.due_at, rehabilitation.c.id).limit(limit)
    return [_read(row) for row in await session.execute(rows.with_for_update(skip_locked=True))]


async def waiting(session: WriteSession, *, limit: int) -> list[Rehabilitation]:
    """List open applications, the most urgent first."""
    wanted = _all().where(rehabilitation.c.granted.is_(None))
    rows = await session.execute(wanted.order_by(rehabilitation.c.due_at, rehabilitation.c.id).limit(limit))
    return [_read(row) for row in rows]


async def of_report(session: WriteSession, report_id: UUID) -> list[Rehabilitation]:
    """List all applications about a record, oldest first."""
    wanted = _all().where(rehabilitation.c.report_id == report_id)
    return [_read(row) for row in await session.execute(wanted.order_by(rehabilitation.c.applied_at))]


async def last_other_act(session: WriteSession, report_id: UUID, stored: Sequence[bytes]) -> date | None:
    """Return the latest act of another standing record that bears one of these stored tokens."""
    tokens = bindparam("stored", list(stored), type_=ARRAY(LargeBinary))
    wanted = (
        select(func.max(report.c.act_ended_on))
        .join(report_identity, report_identity.c.report_id == report.c.id)
        .where(report_identity.c.stored == any_(tokens), report.c.id != report_id)
        .where(report.c.state.in_(TELLING_STATES))
    )
    found: date | None = (await session.execute(wanted)).scalar_one()
    return found


async def end_on(session: WriteSession, report_id: UUID, day: date) -> None:
    """Bring the last day of a record forward; it never moves back."""
    nearer = func.least(report.c.expires_on, day)
    await session.execute(update(report).where(report.c.id == report_id).values(expires_on=nearer))


def _all() -> Select[Any]:
    return select(rehabilitation)


def _read(row: Row[Any]) -> Rehabilitation:
    return Rehabilitation(
        row.id,
        row.report_id,
        row.applied_at,
        row.due_at,
        row.granted,
        row.decided_at,
        row.decided_by,
        Obstacle(row.obstacle) if row.obstacle is not None else None,
    )
