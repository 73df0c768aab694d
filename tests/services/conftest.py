"""The roles of production on an empty database, two members, and the window where they ask."""

from collections.abc import AsyncIterator

import pytest

from registry.domain.access import Caller
from registry.store.database import Database
from tests.databases import ScratchDatabase
from tests.logbook import new_trail, opened
from tests.questions import Window, member


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


@pytest.fixture
async def alpha(database: ScratchDatabase) -> Caller:
    return await member(database, "Alpha")


@pytest.fixture
async def beta(database: ScratchDatabase) -> Caller:
    return await member(database, "Beta")


@pytest.fixture(params=["quick", "write"])
async def window(request: pytest.FixtureRequest, api: Database) -> Window:
    """Both kinds of transaction must do the same: the hot path's, and everybody's."""
    return Window.open(getattr(api, request.param), await new_trail(api))
