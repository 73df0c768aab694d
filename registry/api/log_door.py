"""Whether anything may be disclosed: not once the log, or its witnesses, are too far behind to prove what is told.

Fails closed at a quarter of an hour (audit-log.md 4). Requests read one attribute; a task of its own asks the database.
"""

import asyncio
from datetime import timedelta

import structlog

from registry.clock import Clock
from registry.errors import Unavailable
from registry.services import log, witnessing
from registry.store.database import Database

_EVERY_SECONDS = 5.0

_log = structlog.get_logger()


class LogDoor:
    """Knows how far the log is behind.

    Args:
        database: where to look.
        clock: of the times in the log.
        witnessed: the log has witnesses, without whose quorum nobody need believe it.
    """

    def __init__(self, database: Database, clock: Clock, *, witnessed: bool = False) -> None:
        self._database = database
        self._clock = clock
        self._witnessed = witnessed
        self._watching: asyncio.Task[None] | None = None
        self._late = False
        self._closed = False

    def check(self) -> None:
        """Refuse to disclose. Unavailable `log_lagging`."""
        if self._closed:
            raise Unavailable("log_lagging")

    async def look(self) -> timedelta:
        """Ask how far the log is behind; closed when it was too far twice in a row.

        Twice, because a worker that has just started needs a moment, and so does one whose sandbox moved the clock.
        """
        async with self._database.read() as session:
            behind = await log.lag(session, now=self._clock())
            if self._witnessed:
                behind = max(behind, await witnessing.waiting(session, now=self._clock()))
        late = behind > log.CLOSED
        self._late, self._closed = late, late and self._late
        if behind > log.ALARM:
            _log.error("log lags", seconds=int(behind.total_seconds()), closed=self._closed)
        return behind

    def begin(self) -> None:
        """Look again and again."""
        self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Look no more."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            try:
                await self.look()
            except Unavailable:
                # Without the database nothing is disclosed anyway.
                _log.warning("log not seen")
            except Exception:  # noqa: BLE001 - the next look is as good
                _log.exception("log not seen")
            await asyncio.sleep(_EVERY_SECONDS)
