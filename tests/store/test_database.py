"""A transaction ends within the patience of its pool, whatever the driver says of a connection that is cut."""

import asyncio

import pytest
from sqlalchemy import text

from registry.errors import Unavailable
from registry.store.database import Database
from tests.databases import ScratchDatabase

pytestmark = pytest.mark.anyio
_PATIENCE = 0.5


async def fail(impatient: Database, way: str, error: Exception, *, after: float) -> None:
    async with getattr(impatient, way)():
        await asyncio.sleep(after)
        raise error


@pytest.mark.parametrize("way", ["read", "write", "quick"])
async def test_whatever_fails_after_the_cut_is_an_outage(database: ScratchDatabase, way: str) -> None:
    impatient = Database(database.url("registry_api"), pool_size=1, patience=_PATIENCE)
    try:
        async with getattr(impatient, way)() as session:
            assert [tuple(row) for row in await session.execute(text("SELECT 1"))] == [(1,)]
        # As a driver does that finds its own state gone.
        with pytest.raises(Unavailable, match="database_unavailable"):
            await fail(impatient, way, AttributeError(), after=2 * _PATIENCE)
        with pytest.raises(ZeroDivisionError):
            await fail(impatient, way, ZeroDivisionError(), after=0)
    finally:
        await impatient.close()
