"""A machine on the shared database, and one on a PostgreSQL of its own that a test may stop.

A start of the API takes seconds: tests that end none share one.
"""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.store import embedded, migrations
from tests.bench.servers import Server
from tests.databases import ScratchDatabase, scratch
from tests.faults.machine import Machine


@pytest.fixture
def machine(database: ScratchDatabase, tmp_path: Path) -> Machine:
    return Machine.furnished(tmp_path, database)


@pytest.fixture(scope="module")
def serving_machine(
    worker_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Machine, Server]]:
    """A machine whose API the tests of a module share."""
    worker_database.clear()
    machine = Machine.furnished(tmp_path_factory.mktemp("machine"), worker_database)
    with machine.serving() as server:
        yield machine, server


@pytest.fixture(scope="module")
def own_data_dir() -> Iterator[Path]:
    place = scratch("registry-data-")
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def own_machine(own_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine with a durable PostgreSQL of its own, which each test leaves running."""
    with embedded.start(own_data_dir, sync=True) as instance:
        asyncio.run(migrations.upgrade(instance.url()))
        yield Machine.furnished(tmp_path_factory.mktemp("machine"), ScratchDatabase(instance, embedded.DATABASE))
