"""Turns at what is much work: so many at once, and one of each member, so that nobody's crowd is before everybody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID


class Turns:
    """Hands out turns, to each member in the order in which it came, and to all members alike.

    Args:
        most: at once.
    """

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)
        self._members: dict[UUID, asyncio.Lock] = {}

    @asynccontextmanager
    async def of(self, member_id: UUID) -> AsyncIterator[None]:
        """Wait for this member's turn, and have it while the block runs."""
        # First its own line: a place in the common one is taken only by who could go on at once.
        async with self._members.setdefault(member_id, asyncio.Lock()), self._free:
            yield
