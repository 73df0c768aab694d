"""Letters the channel did not take for now: tried again after growing pauses, for about a day, then given up.

The contact is in memory only, for exactly as long; when the relay stops, it is gone, and the journal says so.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog

from registry.errors import Unavailable
from registry.relay.journal import Fate
from registry.relay.orders import Due

PAUSES = (60.0, 300.0, 900.0, 3_600.0, 10_800.0, 21_600.0, 43_200.0)
_MOST = 10_000
_log = structlog.get_logger("registry.relay")


class Waiting:
    """Holds each undelivered letter in a task of its own.

    Args:
        attempt: tries once; returns what became of the letter, None for delivered.
        end: writes down what became of it at last.
        pauses: seconds before each attempt.
    """

    def __init__(
        self,
        attempt: Callable[[Due], Awaitable[Fate | None]],
        end: Callable[[Due, Fate], Awaitable[None]],
        pauses: Sequence[float],
    ) -> None:
        self._attempt = attempt
        self._end = end
        self._pauses = pauses
        self._kept: dict[asyncio.Task[None], Due] = {}

    @property
    def has_room(self) -> bool:
        """Say whether one more contact can be kept."""
        return len(self._kept) < _MOST

    def knows(self, due: Due) -> bool:
        """Say whether this contact of this report is being tried; one token in common is the same contact."""
        return any(
            one.order.report_id == due.order.report_id and not set(one.tokens).isdisjoint(due.tokens)
            for one in self._kept.values()
        )

    def keep(self, due: Due) -> None:
        """Try this letter from now on."""
        task = asyncio.create_task(self._keep_trying(due))
        self._kept[task] = due
        task.add_done_callback(self._kept.pop)

    async def close(self) -> None:
        """Stop trying, and forget."""
        tasks = list(self._kept)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep_trying(self, due: Due) -> None:
        for pause in self._pauses:
            await asyncio.sleep(pause)
            fate = await self._try(due)
            if fate is None:
                return
            if fate is not Fate.RETRYING:
                break
        else:
            fate = Fate.GIVEN_UP
        # Without a journal there is no status either: after the restart that it takes, the letter counts as lost.
        with suppress(Unavailable):
            await self._end(due, fate)

    async def _try(self, due: Due) -> Fate | None:
        try:
            return await self._attempt(due)
        except Exception as failure:  # noqa: BLE001 - the next attempt may fare better; its message may quote the contact
            _log.error("notice.attempt_failed", notice=str(due.notice_id), failure=type(failure).__name__)
            return Fate.RETRYING
