"""Exports as long work: what was ordered, how far it is, and its sealed chunks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, or_, select, update

from registry.domain.export_jobs import LEASE, OCCUPIES, OPEN, ExportState, Standing
from registry.errors import NotFound
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import export_chunk, export_job


@dataclass(frozen=True, slots=True)
class Job:
    """An export as it stands.

    Args:
        export_id: the entry `audit.export`, once it is begun.
        total: places of the log there are to look at; `looked` of them have been looked at.
        rows: rows that were written; `size` bytes in `chunks` chunks.
        failure: the code of what went wrong.
    """

    id: UUID
    asked_by: UUID
    asked_at: datetime
    filter: Mapping[str, Any]
    format: str
    purpose: str
    reason: str
    request_id: str
    state: ExportState = ExportState.WAITING
    attempt: int = 0
    beat_at: datetime | None = None
    export_id: UUID | None = None
    total: int = 0
    looked: int = 0
    rows: int = 0
    size: int = 0
    chunks: int = 0
    failure: str | None = None
    finished_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def standing(self) -> Standing:
        """What the rules need to know."""
        return Standing(self.state, self.attempt, self.beat_at, self.ends_at)

    @property
    def open(self) -> bool:
        """Whether it waits or is under way."""
        return self.state in OPEN


async def add(session: WriteSession, new: Job) -> None:
    """Keep an order."""
    values = {one.name: getattr(new, one.name) for one in fields(Job)} | {"filter": dict(new.filter)}
    await session.execute(insert(export_job).values(values))


async def count_kept(session: ReadSession, *, asked_by: UUID) -> int:
    """Count what somebody ordered and what waits, is under way or is kept."""
    wanted = select(func.count()).where(export_job.c.asked_by == asked_by, export_job.c.state.in_(OCCUPIES))
    return int((await session.execute(wanted)).scalar_one())


async def list_of(session: ReadSession, *, asked_by: UUID, most: int) -> list[Job]:
    """List what somebody ordered and has not lost again, newest first."""
    wanted = _jobs(export_job.c.asked_by == asked_by, export_job.c.state != ExportState.GONE)
    return [_job(row) for row in await session.execute(wanted.order_by(export_job.c.id.desc()).limit(most))]


async def get(session: ReadSession, job_id: UUID, *, asked_by: UUID) -> Job:
    """Get what this person ordered. NotFound `export_unknown`."""
    row = (await session.execute(_jobs(export_job.c.id == job_id, export_job.c.asked_by == asked_by))).one_or_none()
    if row is None:
        raise NotFound("export_unknown")
    return _job(row)


async def lock(session: WriteSession, job_id: UUID) -> Job:
    """Get an order and keep it from changing until this transaction ends. NotFound `export_unknown`."""
    row = (await session.execute(_jobs(export_job.c.id == job_id).with_for_update(key_share=True))).one_or_none()
    if row is None:
        raise NotFound("export_unknown")
    return _job(row)


async def end(session: WriteSession, job_id: UUID, *, now: datetime) -> None:
    """Let the time of an export be over."""
    await session.execute(update(export_job).where(export_job.c.id == job_id).values(ends_at=now))


async def next_one(session: WriteSession, *, now: datetime) -> Job | None:
    """Take the oldest order that nobody writes, also one whose writer is silent; None where there is none."""
    lost = and_(export_job.c.state == ExportState.RUNNING, export_job.c.beat_at <= now - LEASE)
    kept = or_(export_job.c.ends_at.is_(None), export_job.c.ends_at > now)
    return await _first(session, or_(export_job.c.state == ExportState.WAITING, lost), kept)


async def next_over(session: WriteSession, *, now: datetime) -> Job | None:
    """Take one whose time is over; None where there is none."""
    return await _first(session, export_job.c.state != ExportState.GONE, export_job.c.ends_at <= now)


async def save(session: WriteSession, job: Job, **more: object) -> None:
    """Write down how far an export is."""
    told = ("state", "attempt", "beat_at", "export_id", "total", "looked", "rows", "size", "chunks")
    values = {name: getattr(job, name) for name in (*told, "failure", "finished_at", "ends_at")}
    await session.execute(update(export_job).where(export_job.c.id == job.id).values(**values, **more))


async def add_chunks(session: WriteSession, job_id: UUID, first: int, chunks: Sequence[bytes]) -> None:
    """Keep sealed chunks, from this position on."""
    rows = [
        {"job_id": job_id, "position": position, "sealed_bytes": sealed}
        for position, sealed in enumerate(chunks, first)
    ]
    if rows:
        await session.execute(insert(export_chunk), rows)


async def drop_chunks(session: WriteSession, job_id: UUID, *, most: int) -> int:
    """Delete so many chunks of an export at most, and return how many those were."""
    some = select(export_chunk.c.position).where(export_chunk.c.job_id == job_id).limit(most)
    gone = delete(export_chunk).where(export_chunk.c.job_id == job_id, export_chunk.c.position.in_(some))
    return len((await session.execute(gone.returning(export_chunk.c.position))).all())


async def wrapped_key(session: ReadSession, job_id: UUID) -> bytes | None:
    """Return the wrapped key of a file; None once it is destroyed."""
    kept: bytes | None = await session.scalar(select(export_job.c.wrapped_key).where(export_job.c.id == job_id))
    return kept


async def chunks(session: ReadSession, job_id: UUID, *, first: int, most: int) -> list[bytes]:
    """Return sealed chunks in their order, from this position on."""
    wanted = select(export_chunk.c.sealed_bytes).where(export_chunk.c.job_id == job_id)
    some = wanted.where(export_chunk.c.position >= first, export_chunk.c.position < first + most)
    return list((await session.execute(some.order_by(export_chunk.c.position))).scalars())


async def _first(session: WriteSession, *wanted: ColumnElement[bool]) -> Job | None:
    query = _jobs(*wanted).order_by(export_job.c.id).limit(1).with_for_update(key_share=True, skip_locked=True)
    row = (await session.execute(query)).one_or_none()
    return _job(row) if row is not None else None


def _jobs(*wanted: ColumnElement[bool]) -> Select[Any]:
    return select(*(export_job.c[one.name] for one in fields(Job))).where(*wanted)


def _job(row: Any) -> Job:  # noqa: ANN401 - a row of `_jobs`
    values = {one.name: getattr(row, one.name) for one in fields(Job)}
    return Job(**values | {"state": ExportState(row.state)})
