"""What every test may ask for. The database fixtures start PostgreSQL only when a test of the run needs it."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.collector import call_rarely
from registry.settings import PREFIX
from registry.store import embedded
from tests.databases import ScratchDatabase, fresh_name, scratch, start_shared
from tests.softhsm import softhsm

# One for the whole run: its library reads its configuration once per process.
__all__ = ["softhsm"]

# The longest first.
_LONG = ("tests/journeys/test_journeys.py", "tests/browser/", "tests/journeys/", "tests/faults/", "tests/api/")
RUN = pytest.StashKey[Path]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Make the run's directory, which the workers of xdist share, and in it the place of `tmp_path`."""
    call_rarely()
    if hasattr(config, "workerinput"):
        config.stash[RUN] = Path(config.workerinput["run"])
        return
    config.stash[RUN] = run = scratch("registry-tests-")
    # Each file of keys is made durable, ten of them for every API; on a disk that would be most of a test.
    # Its name is short, because a socket's path may have 107 bytes.
    config.option.basetemp = config.option.basetemp or run / "t"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist's controller type is not public
    """Tell a worker where the run's directory is."""
    node.workerinput["run"] = str(node.config.stash[RUN])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no worker is left alone with one at the end.

    xdist would begin with the files that have the most tests, and end with those.
    """

    def turn(item: pytest.Item) -> int:
        return next((turn for turn, place in enumerate(_LONG) if item.nodeid.startswith(place)), len(_LONG))

    items.sort(key=turn)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave no process and no file, even when a worker was killed."""
    if RUN not in config.stash or hasattr(config, "workerinput"):
        return
    run = config.stash[RUN]
    if (run / "postgres" / "cluster" / "postmaster.pid").exists():
        embedded.start(run, sync=False).stop()
    shutil.rmtree(run)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A directory for a server of the test's own; unlike pytest's, one that other accounts may pass through."""
    place = scratch("registry-data-")
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run `@pytest.mark.anyio` tests on asyncio, which asyncpg needs."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[embedded.Instance]:
    """One server for the whole run, without fsync."""
    with start_shared(request.config.stash[RUN]) as instance:
        yield instance


@pytest.fixture(scope="session")
def worker_database(postgres: embedded.Instance) -> Iterator[ScratchDatabase]:
    """This worker's migrated database; tests ask for `database`."""
    database = ScratchDatabase(postgres, fresh_name("worker"))
    database.create(embedded.DATABASE)
    yield database
    database.drop()


@pytest.fixture
def database(worker_database: ScratchDatabase) -> ScratchDatabase:
    """A migrated database without rows."""
    worker_database.clear()
    return worker_database


@pytest.fixture
def database_url(database: ScratchDatabase) -> str:
    """The same, as a URL for SQLAlchemy that signs in as the owner."""
    return database.url()


@pytest.fixture
def empty_database(postgres: embedded.Instance) -> Iterator[ScratchDatabase]:
    """A database of the test's own without any table, for tests that change the schema."""
    database = ScratchDatabase(postgres, fresh_name("empty"))
    database.create("template0")
    yield database
    database.drop()


@pytest.fixture(scope="module", autouse=True)
def _small_rounds() -> None:
    """Spare the garbage collector what earlier modules left: a pass over it stops a test's servers for seconds."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """Forget the settings that a command handed down to its processes by the environment of this one."""
    before = dict(os.environ)
    yield
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    os.environ.update({name: value for name, value in before.items() if name.startswith(PREFIX)})
