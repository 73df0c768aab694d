"""A registry with a moving clock for a journey through an appeal: a PostgreSQL of its own, the API over ASGI."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from registry.store import embedded
from tests.databases import ScratchDatabase, fresh_name, start_shared
from tests.hearing import Hall, hall


def hold(directory: Path, story: Callable[[Hall], Awaitable[None]]) -> None:
    """Tell a story in a fresh registry."""
    server = start_shared(directory)
    try:
        database = ScratchDatabase(server, fresh_name("journey"))
        database.create(embedded.DATABASE)
        asyncio.run(_tell(database, directory, story))
    finally:
        server.stop()


async def _tell(database: ScratchDatabase, directory: Path, story: Callable[[Hall], Awaitable[None]]) -> None:
    async with hall(database, directory) as place:
        await story(place)
