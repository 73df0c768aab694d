"""Turns at what is much work: so many at once, and one of each member, so that nobody's crowd is before everybody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

from registry.errors import Unavailable
from registry.teller.coalescing import PATIENCE_SECONDS


class Turns:
    """Hands out turns, to each member in the order in which it came, and to all members alike.

    Args:
        most: at once.
        patience: seconds that anybody waits for a turn.
    """

    def __init__(self, most: int, *, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._free = asyncio.Semaphore(most)
        self._members: dict[UUID, asyncio.Lock] = {}

    @asynccontextmanager
    async def of(self, member_id: UUID) -> AsyncIterator[None]:
        """Wait for a turn of this member, and have it while the block runs. Unavailable `audit_unavailable`."""
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(self._patience):
                    # First its own line: a place in the common one is taken only by who could go on at once.
                    await held.enter_async_context(self._members.setdefault(member_id, asyncio.Lock()))
                    await held.enter_async_context(self._free)
            except TimeoutError:
                raise Unavailable("audit_unavailable") from None
            yield
