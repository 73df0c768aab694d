"""Exports as long work: ordered and fetched by an auditor, written by a worker, sealed until they are destroyed.

A worker writes piece by piece, each in a transaction of its own that says how far it is. Who died on the way is
followed by another worker, which begins anew.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from registry.crypto.sealed import KEY_BYTES, NONCE_BYTES
from registry.crypto.sealed_files import FileOpener, FileSealer, file_key_context
from registry.domain.audit_filters import AUDITOR_PURPOSES
from registry.domain.export_jobs import ATTEMPTS, KEPT, MOST_KEPT, ExportState, ExportStep, decide
from registry.errors import Conflict, Denied, NotFound
from registry.services.auditing.desk import Desk, Sight, record_act
from registry.services.auditing.exports import Asked
from registry.store import export_jobs as store
from registry.store import staff as accounts
from registry.store.database import ReadSession, WriteSession
from registry.store.export_jobs import Job
from registry_formats.leaf import JsonValue

SHOWN = 20
_CHUNKS_AT_ONCE = 16
_DROPPED_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Taken:
    """An export that this worker writes, with what seals it."""

    job: Job
    sealer: FileSealer = field(repr=False)


@dataclass(frozen=True, slots=True)
class Handed:
    """A whole file, and the key that opens it."""

    job: Job
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """How far a writer is: its entry, places looked at of how many, rows and bytes written."""

    export_id: UUID
    total: int
    looked: int
    rows: int
    size: int


class Reads(Protocol):
    """Begins transactions that read."""

    def __call__(self) -> AbstractAsyncContextManager[ReadSession]:
        """Begin one."""


async def order(sight: Sight, asked: Asked, *, now: datetime) -> Job:
    """Order an export. Denied `purpose_not_allowed`; Conflict `exports_too_many`.

    Args:
        sight: the auditor's.
        asked: which entries, in which format, and why.
        now: real time.
    """
    if asked.because.purpose not in AUDITOR_PURPOSES:
        raise Denied("purpose_not_allowed")
    session = await sight.begin()
    # Two orders of one auditor wait for each other here, or both would find room.
    await accounts.lock(session, staff_id=sight.staff_id)
    if await store.count_kept(session, asked_by=sight.staff_id) >= MOST_KEPT:
        raise Conflict("exports_too_many", facts={"most": MOST_KEPT})
    job = Job(
        id=sight.new_id(),
        asked_by=sight.staff_id,
        asked_at=now,
        filter=asked.filter.document(),
        format=asked.file_format.value,
        purpose=asked.because.purpose.value,
        reason=asked.because.reason,
        request_id=sight.act.request_id,
    )
    await store.add(session, job)
    content: dict[str, JsonValue] = {
        "filter": asked.filter.document(),
        "format": job.format,
        "job": str(job.id),
        "reason": job.reason,
    }
    await record_act(sight, "audit.export_order", "waiting", content)
    return job


async def ordered(session: ReadSession, staff_id: UUID) -> list[Job]:
    """List what an auditor ordered, newest first; it says nothing of what the log holds."""
    return await store.list_of(session, asked_by=staff_id, most=SHOWN)


async def progress(session: ReadSession, job_id: UUID, staff_id: UUID) -> Job:
    """Tell an auditor how far an export is. NotFound `export_unknown`."""
    return await store.get(session, job_id, asked_by=staff_id)


async def drop(sight: Sight, job_id: UUID, *, now: datetime) -> None:
    """Have an export destroyed before its time. NotFound `export_unknown`."""
    session = await sight.begin()
    job = await store.get(session, job_id, asked_by=sight.staff_id)
    decide(replace(job.standing, ends_at=now), ExportStep.FORGET, now=now)
    await store.end(session, job_id, now=now)
    await record_act(sight, "audit.export_drop", "dropped", {"job": str(job_id)})


async def hand_out(sight: Sight, job_id: UUID, *, now: datetime) -> Handed:
    """Give a whole file to whoever ordered it; that it was taken is recorded before its first byte leaves.

    Errors: NotFound `export_unknown`, `export_gone`.
    """
    session = await sight.begin()
    job = await store.get(session, job_id, asked_by=sight.staff_id)
    wrapped = await store.wrapped_key(session, job_id)
    over = job.ends_at is not None and now >= job.ends_at
    if job.state is not ExportState.DONE or wrapped is None or over:
        raise NotFound("export_gone")
    key = sight.desk.master.unwrap(wrapped, _context(job))
    content: dict[str, JsonValue] = {"bytes": job.size, "export_id": str(job.export_id), "job": str(job.id)}
    await record_act(sight, "audit.export_taken", "handed", content)
    return Handed(job, key)


async def open_handed(handed: Handed, reads: Reads) -> AsyncIterator[bytes]:
    """Open a file chunk by chunk, a few read at a time in a transaction of their own."""
    job, first = handed.job, 0
    opener = FileOpener(handed.key, job.id.bytes, count=job.chunks)
    while first < job.chunks:
        async with reads() as session:
            some = await store.chunks(session, job.id, first=first, most=_CHUNKS_AT_ONCE)
        if not some:
            raise NotFound("export_gone")
        yield b"".join(opener.open(place, sealed) for place, sealed in enumerate(some, first))
        first += len(some)


async def take(session: WriteSession, *, now: datetime, desk: Desk) -> Taken | None:
    """Take the next export to write, from its beginning; None where there is none to write now."""
    job = await store.next_one(session, now=now)
    if job is None:
        return None
    if job.attempt >= ATTEMPTS:
        await _fail(session, job, "export_failed", now=now)
        return None
    state = decide(job.standing, ExportStep.TAKE, now=now)
    # What a dead worker wrote is of no use: its entry in the log was another one.
    await _drop_all(session, job.id)
    again = replace(job, export_id=None, total=0, looked=0, rows=0, size=0, chunks=0)
    begun = replace(again, state=state, attempt=job.attempt + 1, beat_at=now)
    random = desk.entropy(NONCE_BYTES + KEY_BYTES)
    key = random[NONCE_BYTES:]
    await store.save(session, begun, wrapped_key=desk.master.wrap(random[:NONCE_BYTES], key, _context(job)))
    return Taken(begun, FileSealer(key, job.id.bytes))


async def keep(session: WriteSession, taken: Taken, told: Told, chunks: Sequence[bytes], *, now: datetime) -> None:
    """Keep the next chunks, and how far it is. Conflict `export_step_refused` for a writer that was given up."""
    job = await _held(session, taken)
    await store.add_chunks(session, job.id, job.chunks, chunks)
    await store.save(session, _after(job, told, len(chunks), now))


async def finish(session: WriteSession, taken: Taken, told: Told, chunks: Sequence[bytes], *, now: datetime) -> None:
    """Keep the last chunks: the file is whole. Errors as of `keep`."""
    job = await _held(session, taken)
    state = decide(job.standing, ExportStep.FINISH, now=now)
    await store.add_chunks(session, job.id, job.chunks, chunks)
    whole = _after(job, told, len(chunks), now)
    await store.save(session, replace(whole, state=state, finished_at=now, ends_at=now + KEPT))


async def fail(session: WriteSession, taken: Taken, code: str, *, now: datetime) -> None:
    """Write down why an export came to nothing. Errors as of `keep`."""
    await _fail(session, await _held(session, taken), code, now=now)


async def forget(session: WriteSession, *, now: datetime) -> int:
    """Destroy a part of what is over: its bytes, then its key; return 0 when nothing is left."""
    job = await store.next_over(session, now=now)
    if job is None:
        return 0
    if not await store.drop_chunks(session, job.id, most=_DROPPED_AT_ONCE):
        gone = decide(job.standing, ExportStep.FORGET, now=now)
        await store.save(session, replace(job, state=gone), wrapped_key=None)
    return 1


async def _held(session: WriteSession, taken: Taken) -> Job:
    job = await store.lock(session, taken.job.id)
    over = job.ends_at is not None
    if job.state is not ExportState.RUNNING or job.attempt != taken.job.attempt or over:
        raise Conflict("export_step_refused", facts={"state": job.state, "step": ExportStep.FINISH})
    return job


async def _fail(session: WriteSession, job: Job, code: str, *, now: datetime) -> None:
    state = decide(job.standing, ExportStep.FAIL, now=now)
    await _drop_all(session, job.id)
    failed = replace(job, state=state, failure=code, finished_at=now, ends_at=now + KEPT)
    await store.save(session, failed, wrapped_key=None)


async def _drop_all(session: WriteSession, job_id: UUID) -> None:
    while await store.drop_chunks(session, job_id, most=_DROPPED_AT_ONCE):
        pass


def _after(job: Job, told: Told, chunks: int, now: datetime) -> Job:
    return replace(job, beat_at=now, chunks=job.chunks + chunks, **asdict(told))


def _context(job: Job) -> bytes:
    return file_key_context(job.id.bytes, job.asked_by.bytes)
