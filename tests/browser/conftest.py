"""What tests in the browser may ask for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browser.people import Stage, staged
from tests.databases import ScratchDatabase
from tests.hearing import Hall, hall


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Hall]:
    """A registry where appeals are heard, with a clock that stands still until it is moved."""
    async with hall(database, tmp_path) as found:
        yield found


@pytest.fixture
async def stage(place: Hall, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """The windows of the `JOURNEY` that a module plays."""
    async with staged(place, request.module.JOURNEY) as opened:
        yield opened
