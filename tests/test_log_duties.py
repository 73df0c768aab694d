"""What a worker does for the log besides ordering it: it counts, it raises alarms, and it ends in order."""

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from registry.logs import configure
from registry.store.database import Database
from registry.worker import log_duties
from registry_formats.leaf import LAST_OF_WRITER, decode_leaf
from tests.databases import ScratchDatabase
from tests.faults.machine import Machine
from tests.logbook import NOW, new_sequencer, new_trail, opened, seal, superuser, write
from tests.openings import rows

pytestmark = pytest.mark.anyio


@pytest.fixture
def said() -> Iterator[StringIO]:
    lines = StringIO()
    configure("warning", lines)
    yield lines
    configure("info")


async def do(worker: Database, name: str, now: datetime) -> None:
    """Do one round of a duty."""
    trail = await new_trail(worker)
    (duty,) = [one for one in log_duties(await new_sequencer(worker), trail) if one.name == name]
    async with worker.write() as session:
        await duty.round(session, now)


def alarms(said: StringIO) -> list[dict[str, Any]]:
    lines = map(json.loads, said.getvalue().splitlines())
    return [{key: line[key] for key in line if key not in {"timestamp", "logger"}} for line in lines]


async def test_an_hour_that_does_not_add_up_is_an_alarm(database: ScratchDatabase, said: StringIO) -> None:
    async with opened(database, "registry_worker") as worker:
        trail = await new_trail(worker)
        for hours in (3, 1):
            await write(worker, trail, 2, now=NOW - timedelta(hours=hours))
        await seal(worker)
        (victim,) = await write(worker, trail, now=NOW - timedelta(hours=3))
        await do(worker, "recount", NOW)
        assert alarms(said) == []
        async with superuser(database) as connection:
            await connection.execute("DELETE FROM audit.outbox WHERE entry_id = $1", victim.id)
        await do(worker, "recount", NOW)
    hour = (NOW - timedelta(hours=3)).isoformat()
    alarm = {"event": "log does not add up", "level": "error", "hour": hour, "entries": 3, "leaves": 2}
    assert alarms(said) == [alarm]


async def test_a_log_that_lags_is_an_alarm(database: ScratchDatabase, said: StringIO) -> None:
    async with opened(database, "registry_worker") as worker:
        await write(worker, await new_trail(worker))
        await do(worker, "look", NOW + timedelta(seconds=60))
        assert alarms(said) == []
        await do(worker, "look", NOW + timedelta(seconds=61))
    assert alarms(said) == [{"event": "log lags", "level": "error", "seconds": 61}]


async def test_a_worker_that_is_told_to_end_leaves_nothing_unsigned(database: ScratchDatabase, tmp_path: Path) -> None:
    machine = Machine.furnished(tmp_path, database)
    with machine.working():
        async with asyncio.timeout(60):
            while not await machine.ask("SELECT max(size) FROM audit.checkpoint"):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
    leaves = [
        decode_leaf(row["leaf"]) for row in await rows(database, "SELECT leaf FROM audit.entry ORDER BY writer_seq")
    ]
    assert [leaf.writer_seq for leaf in leaves] == list(range(1, len(leaves) + 1))
    assert [leaf.flags for leaf in leaves] == [0] * (len(leaves) - 1) + [LAST_OF_WRITER]
    assert await machine.ask("SELECT max(size) FROM audit.checkpoint") == len(leaves)
    assert (await machine.verify(grace_ms=-1)).faults == ()
