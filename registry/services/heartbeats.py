"""A writer's first leaf, its heartbeats, the voids that fill the numbers it lost, and its last leaf (audit-log.md 6).

A writer that could not write a heartbeat for `LEASE` writes nothing at all, and one that was silent for much longer is
declared dead by a worker (services/crashes.py). In between it may come back, if nobody has declared it dead.
"""

import math
from datetime import timedelta

from registry.domain.events import Act, AuditEvent, Entry
from registry.errors import Unavailable
from registry.services import audit
from registry.services.trail import Rows, Trail
from registry.store import audit as store
from registry.store import writer_numbers
from registry.store.database import WriteSession, on_commit
from registry_formats.leaf import LAST_OF_WRITER, LeafType

EVERY = timedelta(seconds=10)
LEASE = timedelta(minutes=5)

_BEGIN = AuditEvent(LeafType.HEARTBEAT, "writer.begin", "begun")
_BEAT = AuditEvent(LeafType.HEARTBEAT, "writer.beat", "alive")
_END = AuditEvent(LeafType.HEARTBEAT, "writer.end", "ended")


async def begin(session: WriteSession, *, act: Act, trail: Trail) -> Entry:
    """Write the first leaf of a writer: its number 1. From then on it must show that it lives."""
    on_commit(session, lambda: trail.live_for(LEASE.total_seconds()))
    return await audit.record(session, _BEGIN, act=act, trail=trail)


async def beat(session: WriteSession, *, act: Act, trail: Trail) -> None:
    """Say that the writer lives.

    Raises:
        Unavailable: `writer_silent`, when it was declared dead meanwhile: its process must be started anew.
    """
    await _require_alive(session, trail)
    await audit.record(session, _BEAT, act=act, trail=trail)
    on_commit(session, lambda: trail.live_for(LEASE.total_seconds()))


async def fill(session: WriteSession, *, trail: Trail) -> int:
    """Fill what the writer had lost when this was asked last, and return how many numbers that were.

    It waits for transactions that may still decide, so it is no part of a beat.
    """
    return await _fill(session, trail.overdue(), trail)


async def end(session: WriteSession, *, act: Act, trail: Trail) -> int:
    """Fill all that is not known to be committed, and write the last leaf; return how many numbers were filled.

    Raises:
        Unavailable: `writer_silent`, likewise: its end is written already.
    """
    await _require_alive(session, trail)
    filled = await _fill(session, trail.open(), trail)
    rows = Rows()
    trail.write(_END, act, rows, flags=LAST_OF_WRITER)
    await audit.append(session, rows, trail=trail)
    on_commit(session, lambda: trail.live_for(-math.inf))
    return filled


async def _require_alive(session: WriteSession, trail: Trail) -> None:
    await writer_numbers.hold(session, writer_id=trail.writer_id)
    if await writer_numbers.is_ended(session, writer_id=trail.writer_id):
        raise Unavailable("writer_silent")


async def _fill(session: WriteSession, lost: list[Rows], trail: Trail) -> int:
    if not lost:
        return 0
    voids = Rows()
    for rows in lost:
        trail.void(rows, voids)

    def settle() -> None:
        trail.committed(voids)
        for rows in lost:
            trail.settled(rows)

    on_commit(session, settle)
    return await store.append_voids(session, voids.entries, voids.keys)
