"""How long `registry serve` takes to be ready on a data directory that is there already."""

import asyncio
import time
from pathlib import Path

from registry.store import embedded, migrations
from tests.bench.servers import REGISTRY, running, wait_for
from tests.bench.stage import directory, environment, furnish
from tests.ports import HOST, free_port


def second_s() -> float:
    """Return the seconds from the second start, embedded PostgreSQL included, to the first 200 of `/readyz`."""
    with directory() as place:
        furnish(place)
        with embedded.start(place, sync=True) as instance:
            asyncio.run(migrations.upgrade(instance.url()))
        _start(place)
        return _start(place)


def _start(place: Path) -> float:
    port, log = free_port(), place / "serve.log"
    settings = environment(place) | {"REGISTRY_HOST": HOST, "REGISTRY_PORT": str(port)}
    started = time.perf_counter()
    with running([REGISTRY, "serve"], settings, log) as process:
        wait_for(process, port, "/readyz", log)
        return time.perf_counter() - started
