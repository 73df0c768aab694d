"""A process shows that it lives, fills its gaps, and ends when it was declared dead."""

import asyncio
import json
import signal
from collections.abc import Iterator
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest

from registry.logs import configure
from registry.pulse import Pulse
from registry.services import audit
from registry.services.trail import Trail
from registry.store import writer_numbers
from registry.store.database import Database
from registry_formats.leaf import LAST_OF_WRITER, Leaf, LeafType, decode_leaf
from tests.databases import ScratchDatabase
from tests.logbook import EVENT, NOW, act, new_trail, opened
from tests.openings import rows

pytestmark = pytest.mark.anyio
SOON = 0.02


@pytest.fixture
def said() -> Iterator[StringIO]:
    lines = StringIO()
    configure("debug", lines)
    yield lines
    configure("info")


def events(said: StringIO) -> list[tuple[Any, ...]]:
    return [(line["event"], line["level"]) for line in map(json.loads, said.getvalue().splitlines())]


async def leaves(database: ScratchDatabase, trail: Trail) -> list[Leaf]:
    found = await rows(database, "SELECT leaf FROM audit.entry ORDER BY writer_id, writer_seq")
    return [leaf for row in found if (leaf := decode_leaf(row["leaf"])).writer_id == trail.writer_id]


async def test_from_the_first_leaf_to_the_last(database: ScratchDatabase, said: StringIO) -> None:
    async with opened(database, "registry_api") as api:
        trail = await new_trail(api)
        pulse = Pulse(api, trail, lambda: NOW, process="test", every=SOON)
        await pulse.begin()

        async def fail() -> None:
            async with api.write() as session:
                await audit.record(session, EVENT, act=act(), trail=trail)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()
        async with asyncio.timeout(5):
            while ("numbers voided", "warning") not in events(said):  # noqa: ASYNC110 - the log has no event for it
                await asyncio.sleep(SOON)
        await pulse.close()
    first, void, *beats, last = await leaves(database, trail)
    assert (first.kind, void.kind) == (LeafType.HEARTBEAT, LeafType.VOID)
    # A beat that takes longer than these short pauses is given up, and its number filled.
    kinds = [one.kind for one in beats]
    assert kinds.count(LeafType.HEARTBEAT) + kinds.count(LeafType.VOID) == len(kinds)
    assert LeafType.HEARTBEAT in kinds
    assert last.flags == LAST_OF_WRITER
    assert [one.writer_seq for one in (first, void, *beats, last)] == list(range(1, len(beats) + 4))


async def test_without_its_database_it_beats_on_and_ends_quietly(database: ScratchDatabase, said: StringIO) -> None:
    async with opened(database, "registry_api") as api:
        trail = await new_trail(api)
        pulse = Pulse(api, trail, lambda: NOW, process="test", every=SOON)
        await pulse.begin()
        gone = Database(database.url("registry_api").replace(database.name, "no_such_database"), pool_size=1)
        pulse._database = gone
        async with asyncio.timeout(5):
            while not any(event == "heartbeat failed" for event, _ in events(said)):  # noqa: ASYNC110 - likewise
                await asyncio.sleep(SOON)
        pulse._database = api
        await pulse.close()
        await gone.close()
    assert (await leaves(database, trail))[-1].flags == LAST_OF_WRITER


async def test_who_was_declared_dead_is_told_to_end(database: ScratchDatabase, said: StringIO) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    try:
        async with opened(database, "registry_api") as api:
            trail = await new_trail(api)
            pulse = Pulse(api, trail, lambda: NOW, process="test", every=SOON)
            await pulse.begin()
            async with opened(database, "registry_worker") as worker, worker.write() as session:
                await writer_numbers.end(session, writer_id=trail.writer_id, entry_id=uuid4(), opening=b"")
            async with asyncio.timeout(5):
                await told.wait()
            await pulse.close()
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
    assert ("declared dead", "critical") in events(said)
    # Its end was written by somebody else, so it writes none of its own.
    assert all(one.flags == 0 for one in await leaves(database, trail))
