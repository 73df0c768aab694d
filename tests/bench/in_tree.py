"""How long an entry waits for its place in the tree, with a worker running under load."""

import asyncio
import threading
import time
from bisect import bisect_right
from dataclasses import dataclass, field

import asyncpg

from tests.bench.queries import api, paced
from tests.bench.servers import REGISTRY, running
from tests.bench.stage import Stage

_LOOK_EVERY = 0.02
_PATIENCE = 30.0
_SIZE = "SELECT coalesce(max(size), 0) FROM audit.state"
_WAITING = "SELECT (SELECT count(*) FROM audit.entry) - coalesce(max(size), 0) FROM audit.state"
_ENTRIES = (
    "SELECT leaf.idx, entry.t_ms FROM audit.leaf JOIN audit.entry ON entry.id = leaf.entry_id "
    "WHERE leaf.idx >= $1 AND leaf.idx < $2"
)


@dataclass(slots=True)
class _Watcher:
    """Notes when each size of the tree could first be read by others."""

    dsn: str
    sizes: list[int] = field(default_factory=list)
    seen: list[float] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        asyncio.run(self._watch())

    def stop(self) -> None:
        self._stop.set()

    async def _watch(self) -> None:
        connection = await asyncpg.connect(self.dsn)
        while not self._stop.is_set():
            size = await connection.fetchval(_SIZE)
            if not self.sizes or size > self.sizes[-1]:
                self.sizes.append(size)
                self.seen.append(time.time())
            await asyncio.sleep(_LOOK_EVERY)
        await connection.close()


def p99_s(stage: Stage, peak: float) -> float:
    """Return the seconds from the arrival of a query to a readable tree that holds its entry.

    The clock starts when the API stamps the entry, a little before its commit, and stops when another connection reads
    the tree's size: both ends are on the strict side.
    """
    watcher = _Watcher(stage.instance.dsn())
    thread = threading.Thread(target=watcher.watch)
    with running([REGISTRY, "worker"], stage.environment(), stage.log), api(stage) as server:
        asyncio.run(_settled(stage))
        thread.start()
        try:
            paced(stage, server, peak / 2)
            asyncio.run(_settled(stage))
        finally:
            watcher.stop()
            thread.join()
    waits = asyncio.run(_waits(stage, watcher))
    stage.say(f"{len(waits)} entries, {len(watcher.sizes)} rounds, p50 {waits[len(waits) // 2]:.2f} s")
    return waits[int(len(waits) * 0.99)]


async def _settled(stage: Stage) -> None:
    """Wait until the tree holds all there is."""
    connection = await asyncpg.connect(stage.instance.dsn())
    deadline = time.monotonic() + _PATIENCE
    try:
        while await connection.fetchval(_WAITING):
            if time.monotonic() > deadline:
                raise RuntimeError(f"the worker does not keep up; it said: {stage.log.read_text()[-2000:]}")
            await asyncio.sleep(_LOOK_EVERY)
        await asyncio.sleep(5 * _LOOK_EVERY)
    finally:
        await connection.close()


async def _waits(stage: Stage, watcher: _Watcher) -> list[float]:
    connection = await asyncpg.connect(stage.instance.dsn())
    try:
        # What programs say of their own end comes after the last look.
        rows = await connection.fetch(_ENTRIES, watcher.sizes[0], watcher.sizes[-1])
    finally:
        await connection.close()
    return sorted(watcher.seen[bisect_right(watcher.sizes, row["idx"])] - row["t_ms"] / 1000 for row in rows)
