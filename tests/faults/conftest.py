"""A machine on the shared database, and one on a PostgreSQL of its own that a test may stop."""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio.to_thread
import pytest

from registry.store import embedded, migrations
from tests.databases import ScratchDatabase
from tests.faults.machine import Machine


@pytest.fixture
def machine(database: ScratchDatabase, tmp_path: Path) -> Machine:
    return Machine.furnished(tmp_path, database)


@pytest.fixture
async def own_machine(data_dir: Path, tmp_path: Path) -> AsyncIterator[Machine]:
    instance = await anyio.to_thread.run_sync(lambda: embedded.start(data_dir, sync=True))
    try:
        await migrations.upgrade(instance.url())
        yield Machine.furnished(tmp_path, ScratchDatabase(instance, embedded.DATABASE))
    finally:
        await anyio.to_thread.run_sync(instance.stop)
