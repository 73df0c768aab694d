"""The relay with a registry and a key operator behind it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import ScratchDatabase
from tests.relay.stage import Stage, stage
from tests.running import running


@pytest.fixture
async def built(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Stage]:
    """Everything but the relay, which the test starts itself."""
    async with running(database, tmp_path) as api, stage(api, database, tmp_path) as parts:
        yield parts


@pytest.fixture
async def scene(built: Stage) -> AsyncIterator[Stage]:
    """A running relay."""
    async with built.relay():
        yield built
