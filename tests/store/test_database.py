"""A transaction ends within the patience of its pool, whatever the driver says of a connection that is cut."""

import asyncio

import pytest
from sqlalchemy import text

from registry.errors import Unavailable
from registry.store.database import Database
from tests.databases import ScratchDatabase

pytestmark = pytest.mark.anyio
_PATIENCE = 0.2


@pytest.mark.parametrize("way", ["read", "write", "quick"])
async def test_whatever_fails_after_the_cut_is_an_outage(database: ScratchDatabase, way: str) -> None:
    impatient = Database(database.url("registry_api"), pool_size=1, patience=_PATIENCE)
    try:
        with pytest.raises(Unavailable, match="database_unavailable"):
            async with getattr(impatient, way)() as session:
                await session.execute(text("SELECT pg_sleep(5)"))
        with pytest.raises(Unavailable, match="database_unavailable"):
            async with getattr(impatient, way)():
                await asyncio.sleep(2 * _PATIENCE)
                # As a driver does that finds its own state gone.
                raise AttributeError
        with pytest.raises(ZeroDivisionError):
            async with getattr(impatient, way)():
                raise ZeroDivisionError
        async with getattr(impatient, way)() as session:
            assert [tuple(row) for row in await session.execute(text("SELECT 1"))] == [(1,)]
    finally:
        await impatient.close()
