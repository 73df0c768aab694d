"""The API as its clients see it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import ScratchDatabase
from tests.logbook import check_log
from tests.running import Platform, Running, log_seed, running


@pytest.fixture
async def api(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Running]:
    """A whole API on an empty database; whatever a test did, its log stands up to a check from outside."""
    async with running(database, tmp_path) as started:
        yield started
    await check_log(database, seed=log_seed(started))


@pytest.fixture
async def alpha(api: Running) -> Platform:
    """A member that may do everything a platform may."""
    return await api.admit("Alpha")
