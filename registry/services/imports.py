"""Imports: many reports in one request, each line by itself, and nothing twice however often the request is sent.

Lines are done in order, each in a transaction with its result, so that after a crash the job says where to go on. A
chain of digests over the lines done shows whether a repeated request really has the same body.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from registry.domain.access import Caller
from registry.domain.events import Act, AuditEvent
from registry.domain.uuids import uuid7
from registry.errors import Conflict, Malformed, RegistryError
from registry.services import audit
from registry.services.trail import Trail
from registry.store import imports as store
from registry.store.database import WriteSession
from registry.store.imports import FINISHED, RUNNING, Job
from registry_formats.leaf import JsonValue, LeafType

LINES_MOST = 100_000
LEGAL_BASIS = "own_report"
_START = bytes(32)
DUPLICATE = "report_duplicate"


@dataclass(frozen=True, slots=True)
class Place:
    """How far a body was read: so many lines, and the chain over them."""

    lines: int = 0
    chain: bytes = _START

    def after(self, digest: bytes) -> "Place":
        """Return the place behind a line with this SHA-256."""
        return Place(self.lines + 1, sha256(self.chain + digest).digest())


async def begin(
    session: WriteSession, key: str, *, caller: Caller, act: Act, trail: Trail, entropy: Callable[[int], bytes]
) -> Job:
    """Open the job of this request, or find the one that an earlier request with its key opened."""
    job_id = uuid7(int(act.now.timestamp() * 1000), entropy(10))
    new = Job(job_id, caller.member_id, key, RUNNING, 0, 0, 0, 0, _START, act.now, None)
    if not await store.add(session, new):
        return await store.named(session, member_id=caller.member_id, key=key)
    await _record(session, new, "import.begin", act=act, trail=trail)
    return new


async def turn(session: WriteSession, job_id: UUID, place: Place) -> Job | None:
    """Take the job for the line at a place; None if another request has done that line.

    Errors: Malformed `idempotency_key_reused` if the job was begun with another body, `import_too_long`.
    """
    job = await store.lock(session, job_id)
    if job.lines > place.lines:
        return None
    if job.state == FINISHED or job.chain != place.chain:
        raise Malformed("idempotency_key_reused")
    if job.lines == LINES_MOST:
        raise Malformed("import_too_long")
    return job


async def settle(session: WriteSession, job: Job, after: Place, result: Mapping[str, Any]) -> None:
    """Keep the result of the line that `turn` gave."""
    await store.add_line(session, job.id, job.lines, result)
    counted = {"filed": "filed", "duplicate": "duplicates", "refused": "refused"}[result["result"]]
    count = {counted: getattr(job, counted) + 1}
    await store.save(session, replace(job, lines=after.lines, chain=after.chain, **count))


async def finish(session: WriteSession, job_id: UUID, place: Place, *, act: Act, trail: Trail) -> Job:
    """Close a job whose body was read to its end; Malformed `idempotency_key_reused` if it had another body."""
    job = await store.lock(session, job_id)
    if (job.lines, job.chain) != (place.lines, place.chain):
        raise Malformed("idempotency_key_reused")
    if job.state == FINISHED:
        return job
    done = replace(job, state=FINISHED, finished_at=act.now)
    await store.save(session, done)
    await _record(session, done, "import.finish", act=act, trail=trail)
    return done


async def show(
    session: WriteSession, job_id: UUID, *, first: int, limit: int, caller: Caller, act: Act, trail: Trail
) -> tuple[Job, list[tuple[int, Mapping[str, Any]]]]:
    """Show an import of the caller's and results from line `first` on; NotFound `import_unknown`."""
    job = await store.get(session, job_id, member_id=caller.member_id)
    content: dict[str, JsonValue] = {"first": first, "import": str(job.id)}
    event = AuditEvent(LeafType.QUERY, "import.read", "answered", legal_basis=LEGAL_BASIS, content=content)
    await audit.record(session, event, act=act, trail=trail)
    return job, await store.page(session, job.id, first=first, limit=limit)


def filed(report_id: UUID) -> dict[str, Any]:
    """Describe a line that was filed."""
    return {"result": "filed", "report_id": str(report_id)}


def refused(error: RegistryError) -> dict[str, Any]:
    """Describe a line that was refused: codes and places, never the line."""
    if error.code == DUPLICATE:
        return {"result": "duplicate", "report_id": error.facts["report_id"]}
    faults = [{"pointer": fault.pointer, "code": fault.code} for fault in error.faults]
    return {"result": "refused", "code": error.code, "conflict": isinstance(error, Conflict), "errors": faults}


async def _record(session: WriteSession, job: Job, action: str, *, act: Act, trail: Trail) -> None:
    content: dict[str, JsonValue] = {
        "duplicates": job.duplicates,
        "filed": job.filed,
        "import": str(job.id),
        "lines": job.lines,
        "refused": job.refused,
    }
    event = AuditEvent(LeafType.REPORT, action, job.state, legal_basis=LEGAL_BASIS, content=content)
    await audit.record(session, event, act=act, trail=trail)
