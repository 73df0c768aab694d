"""The roles of production on an empty database."""

from collections.abc import AsyncIterator

import pytest

from registry.store.database import Database
from tests.databases import ScratchDatabase
from tests.logbook import opened


@pytest.fixture
async def api(database: ScratchDatabase) -> AsyncIterator[Database]:
    """The role that files, discloses and proves."""
    async with opened(database, "registry_api") as signed_in:
        yield signed_in


@pytest.fixture
async def worker(database: ScratchDatabase) -> AsyncIterator[Database]:
    """The role that seals."""
    async with opened(database, "registry_worker") as signed_in:
        yield signed_in
