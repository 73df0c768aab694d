"""Imports: a job for each request, a result for each line. Lines are done in order, so a job's count says which."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.errors import NotFound
from registry.store.database import WriteSession
from registry.store.schema import import_job, import_line

RUNNING, FINISHED = "running", "finished"


@dataclass(frozen=True, slots=True)
class Job:
    """An import as it stands; `chain` is a digest over the first `lines` lines of its body."""

    id: UUID
    member_id: UUID
    key: str
    state: str
    lines: int
    filed: int
    duplicates: int
    refused: int
    chain: bytes
    created_at: datetime
    finished_at: datetime | None


async def add(session: WriteSession, job: Job) -> bool:
    """Add a job; False if its member has one under its key."""
    row = upsert(import_job).values({one.name: getattr(job, one.name) for one in fields(Job)})
    statement = row.on_conflict_do_nothing(index_elements=[import_job.c.member_id, import_job.c.key])
    return (await session.execute(statement.returning(import_job.c.id))).one_or_none() is not None


async def named(session: WriteSession, *, member_id: UUID, key: str) -> Job:
    """Return the job of a member under a key, which must exist."""
    return await _get(session, _JOBS.where(import_job.c.member_id == member_id, import_job.c.key == key))


async def get(session: WriteSession, job_id: UUID, *, member_id: UUID) -> Job:
    """Return a job of this member; NotFound `import_unknown`."""
    return await _get(session, _JOBS.where(import_job.c.id == job_id, import_job.c.member_id == member_id))


async def lock(session: WriteSession, job_id: UUID) -> Job:
    """Return a job and keep it from changing until this transaction ends."""
    return await _get(session, _JOBS.where(import_job.c.id == job_id).with_for_update(key_share=True))


async def save(session: WriteSession, job: Job) -> None:
    """Write how far a job is."""
    names = ("state", "lines", "filed", "duplicates", "refused", "chain", "finished_at")
    values = {name: getattr(job, name) for name in names}
    await session.execute(update(import_job).where(import_job.c.id == job.id).values(values))


async def add_line(session: WriteSession, job_id: UUID, line: int, result: Mapping[str, Any]) -> None:
    """Keep the result of a line."""
    await session.execute(insert(import_line).values(job_id=job_id, line=line, result=dict(result)))


async def page(session: WriteSession, job_id: UUID, *, first: int, limit: int) -> list[tuple[int, Mapping[str, Any]]]:
    """List results in the order of the lines, from line `first` on."""
    rows = await session.execute(
        select(import_line.c.line, import_line.c.result)
        .where(import_line.c.job_id == job_id, import_line.c.line >= first)
        .order_by(import_line.c.line)
        .limit(limit)
    )
    return [(row.line, row.result) for row in rows]


_JOBS = select(*(import_job.c[one.name] for one in fields(Job)))


async def _get(session: WriteSession, wanted: Select[Any]) -> Job:
    row = (await session.execute(wanted)).one_or_none()
    if row is None:
        raise NotFound("import_unknown")
    return Job(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
