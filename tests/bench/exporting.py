"""`registry log export` of a hundred thousand entries, its start and its wait for the seal included, then verified."""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import asyncpg

from registry import masters
from registry.app import open_trail
from registry.keys import log_public_key
from registry.services import audit
from registry.store.database import Database
from registry_formats.notes import VerifierKey
from tests.bench.appends import happenings
from tests.bench.servers import REGISTRY, most_memory, running
from tests.bench.stage import Stage

ROWS, GROUP = 100_000, 500
MOST_MEGABYTES = 250
_PATIENCE = 120.0
_UNSIGNED = "SELECT (SELECT count(*) FROM audit.entry) - coalesce(max(size), 0) FROM audit.checkpoint"


def rows_per_s(stage: Stage) -> float:
    """Return the rows of the whole log by the seconds of the command; its memory is bounded, and the file good."""
    out = stage.place / "export.tar"
    asyncio.run(_fill(stage))
    # As the operator of one machine does; the worker signs for the export's own entries.
    with running([REGISTRY, "worker"], stage.environment(), stage.log):
        asyncio.run(_signed(stage))
        rows, seconds, megabytes = _export(stage, out)
    _verify(stage, out)
    stage.say(
        f"{rows} rows, {seconds:.1f} s, {megabytes:.0f} MB of memory, a file of {out.stat().st_size / 1e6:.0f} MB"
    )
    assert megabytes < MOST_MEGABYTES, megabytes
    return rows / seconds


async def _fill(stage: Stage) -> None:
    database = Database(stage.instance.url(user="registry_api"), pool_size=1)
    try:
        trail = await open_trail(database, stage.held, masters.find(None, stage.place / "keys"), process="bench")
        for _ in range(ROWS // GROUP):
            async with database.write() as session:
                await audit.record_all(session, happenings(stage, GROUP), trail=trail)
    finally:
        await database.close()


async def _signed(stage: Stage) -> None:
    """Wait until a checkpoint covers all but the worker's own latest heartbeats."""
    connection = await asyncpg.connect(stage.instance.dsn())
    try:
        async with asyncio.timeout(_PATIENCE):
            while await connection.fetchval(_UNSIGNED) > 2:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.1)
    finally:
        await connection.close()


def _export(stage: Stage, out: Path) -> tuple[int, float, float]:
    """Run the command; return the rows, its seconds and the most memory it had, in units of 10⁶ bytes."""
    command = [REGISTRY, "log", "export", "--out", str(out), "--purpose", "Q5", "--reason", "bench", "--json"]
    started = time.perf_counter()
    said, megabytes = most_memory(command, stage.environment())
    return json.loads(said)["rows"], time.perf_counter() - started, megabytes


def _verify(stage: Stage, out: Path) -> None:
    key = VerifierKey("registry.bench/audit", log_public_key(stage.place / "keys")).encode()
    command = [sys.executable, "-m", "registry_client.cli.app", "export", "verify", str(out), "--key", key, "--quiet"]
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    stage.say(f"verified offline in {time.perf_counter() - started:.1f} s")
