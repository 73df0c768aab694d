"""Say of a writer that crashed where it ended and which numbers it lost, so that no gap stays unexplained.

Nobody can write in a dead writer's name: its key-encryption key died with it. So a worker makes a statement under its
own name, and the statement is open to everybody. What makes it sound: a writer is declared dead only after the worker
has seen a log that kept moving for `SILENCE` while this writer stood still, which is three times the lease after which
a living one refuses to write; and both take the same lock, so that a heartbeat and a declaration exclude each other.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from registry.domain.events import Act, AuditEvent
from registry.services import audit
from registry.services.trail import Trail
from registry.store import writer_numbers
from registry.store.database import WriteSession
from registry.store.writer_numbers import Living
from registry_formats import canonical
from registry_formats.leaf import JsonValue, LeafType

SILENCE = timedelta(minutes=15)


@dataclass(slots=True)
class Watch:
    """What one worker has seen of each writer: its highest number, and since when it has stood there."""

    seen: dict[int, tuple[int, float]] = field(default_factory=dict)

    def silent(self, living: list[Living], *, elapsed: float, patience: timedelta) -> list[Living]:
        """Look at the writers once more, and return those that have not moved for that long."""
        self.seen = {
            one.writer_id: known
            if (known := self.seen.get(one.writer_id)) and known[0] == one.progress.top
            else (one.progress.top, elapsed)
            for one in living
        }
        return [one for one in living if elapsed - self.seen[one.writer_id][1] >= patience.total_seconds()]


async def declare(
    session: WriteSession, watch: Watch, *, act: Act, trail: Trail, elapsed: float, patience: timedelta = SILENCE
) -> int:
    """Declare the writers dead that have been silent for so long; return how many.

    Args:
        session: of the worker.
        watch: what it has seen so far; it starts to watch anew when the log itself stands still.
        act: of the worker.
        trail: of the worker, which is never its own undertaker.
        elapsed: seconds on a clock that nobody sets.
        patience: how long a writer may be silent.
    """
    living = [one for one in await writer_numbers.list_living(session) if one.writer_id != trail.writer_id]
    dead = watch.silent(living, elapsed=elapsed, patience=patience)
    return sum([await _declare(session, writer, act=act, trail=trail) for writer in dead])


async def _declare(session: WriteSession, writer: Living, *, act: Act, trail: Trail) -> bool:
    await writer_numbers.hold(session, writer_id=writer.writer_id)
    # Under the lock: was it another worker, or the writer itself?
    if writer not in await writer_numbers.list_living(session):
        return False
    # Whatever it wrote is sealed first, so that its highest number is known.
    if await writer_numbers.is_waiting(session, writer_id=writer.writer_id):
        return False
    missing = await writer_numbers.find_missing(session, writer)
    content: dict[str, JsonValue] = {
        "last": writer.progress.top,
        "missing": [list(pair) for pair in missing],
        "writer": writer.writer_id,
    }
    event = AuditEvent(LeafType.ADMIN, "writer.crashed", "ended", content=content)
    entry = await audit.record(session, event, act=act, trail=trail)
    opening = entry.content_salt + canonical.dumps(content)
    await writer_numbers.end(session, writer_id=writer.writer_id, entry_id=entry.id, opening=opening)
    return True
