"""An auditor's sight of the log for the time of one request."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from registry.domain.events import Act
from registry.services.auditing import Desk, Sight
from registry.store.database import Database, ReadSession, WriteSession


@asynccontextmanager
async def open_sight(reads: ReadSession, writes: Database, *, act: Act, desk: Desk) -> AsyncIterator[Sight]:
    """Give a sight whose own transaction begins when it is asked for, and is committed when the block returns."""
    async with AsyncExitStack() as held:
        begun: list[WriteSession] = []

        async def begin() -> WriteSession:
            if not begun:
                begun.append(await held.enter_async_context(writes.write()))
            return begun[0]

        yield Sight(reads, begin, act, desk)
