"""A writer's own life beside its work: its first leaf, a heartbeat every ten seconds, its last leaf."""

import asyncio
import signal
from contextlib import suppress

import structlog

from registry.clock import Clock
from registry.domain.events import Act
from registry.errors import Unavailable
from registry.services import heartbeats
from registry.services.trail import Trail
from registry.store.database import Database

_log = structlog.get_logger()


def give_up_if_dead(error: Unavailable, process: str) -> None:
    """End this process if it was declared dead: it may not write any more, and whoever keeps it starts another."""
    if error.code == "writer_silent":
        _log.critical("declared dead", process=process)
        signal.raise_signal(signal.SIGTERM)


class Pulse:
    """Beats from `begin` to `close`.

    Args:
        database: as the role of the process.
        trail: of the process, which nothing was written to yet.
        clock: of the times in the log.
        process: who lives, for the log.
        every: seconds between two beats.
    """

    def __init__(
        self,
        database: Database,
        trail: Trail,
        clock: Clock,
        *,
        process: str,
        every: float = heartbeats.EVERY.total_seconds(),
    ) -> None:
        self._database = database
        self._trail = trail
        self._clock = clock
        self._process = process
        self._every = every
        self._beating: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Write the first leaf, and beat from now on."""
        async with self._database.write() as session:
            await heartbeats.begin(session, act=self._act(), trail=self._trail)
        self._beating = asyncio.create_task(self._beat())

    async def close(self) -> None:
        """Write the last leaf; whoever cannot is found by a worker, as after a crash."""
        if self._beating is None:
            return
        self._beating.cancel()
        await asyncio.gather(self._beating, return_exceptions=True)
        with suppress(Unavailable):
            async with self._database.write() as session:
                await heartbeats.end(session, act=self._act(), trail=self._trail)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            for step in (self._fill, self._live):
                try:
                    await step()
                except Unavailable as error:
                    _log.warning("heartbeat failed", process=self._process, reason=error.code)
                    give_up_if_dead(error, self._process)
                except Exception:  # noqa: BLE001 - the next beat is as good; without any the lease ends
                    _log.exception("heartbeat failed", process=self._process)

    async def _fill(self) -> None:
        async with self._database.write() as session:
            filled = await heartbeats.fill(session, trail=self._trail)
        if filled:
            _log.warning("numbers voided", process=self._process, count=filled)

    async def _live(self) -> None:
        async with self._database.write() as session:
            await heartbeats.beat(session, act=self._act(), trail=self._trail)

    def _act(self) -> Act:
        return Act(self._clock(), self._process, operator=self._process)
