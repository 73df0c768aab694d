"""A writer's numbers have no gaps: voids fill what was rolled back, and nothing that was not."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from registry.domain.access import Caller
from registry.errors import Unavailable
from registry.services import audit, crashes, heartbeats
from registry.services.crashes import Watch
from registry.services.trail import Rows, Trail
from registry.store import writer_numbers
from registry.store.database import Database
from registry_formats.leaf import LAST_OF_WRITER, Group, LeafType, decode_opening
from tests.databases import ScratchDatabase
from tests.logbook import EVENT, act, check_log, new_trail, seal, superuser, write
from tests.openings import Opened, open_entries

pytestmark = pytest.mark.anyio


class RolledBackError(Exception):
    """What a failing use case raises."""


async def fail(database: Database, trail: Trail, count: int = 1, who: Caller | None = None) -> None:
    """Write entries in a transaction that is rolled back."""
    with suppress(RolledBackError):
        async with database.write() as session:
            await audit.record_all(session, [(EVENT, act(caller=who))] * count, trail=trail)
            raise RolledBackError


async def fill(database: Database, trail: Trail) -> int:
    async with database.write() as session:
        return await heartbeats.fill(session, trail=trail)


async def beat(database: Database, trail: Trail) -> int:
    """Do what a process does every ten seconds; return how many numbers became void."""
    filled = await fill(database, trail)
    async with database.write() as session:
        await heartbeats.beat(session, act=act(), trail=trail)
    return filled


async def end(database: Database, trail: Trail) -> int:
    async with database.write() as session:
        return await heartbeats.end(session, act=act(), trail=trail)


async def begun(database: Database) -> Trail:
    trail = await new_trail(database)
    async with database.write() as session:
        await heartbeats.begin(session, act=act(), trail=trail)
    return trail


async def of_writer(database: ScratchDatabase, trail: Trail) -> list[Opened]:
    """Return what this writer wrote, by number."""
    entries = [one for one in await open_entries(database) if one.leaf.writer_id == trail.writer_id]
    return sorted(entries, key=lambda one: one.leaf.writer_seq)


async def kinds(database: ScratchDatabase, trail: Trail) -> list[LeafType]:
    """Return the kinds of its leaves by number, after a look that none is missing or there twice."""
    entries = await of_writer(database, trail)
    assert [one.leaf.writer_seq for one in entries] == list(range(1, len(entries) + 1))
    return [one.leaf.kind for one in entries]


BEAT, VOID, ADMIN = LeafType.HEARTBEAT, LeafType.VOID, LeafType.ADMIN


async def test_a_life_from_the_first_leaf_to_the_last(database: ScratchDatabase, api: Database) -> None:
    trail = await begun(api)
    await write(api, trail, 2)
    assert await beat(api, trail) == 0
    assert await end(api, trail) == 0
    assert await kinds(database, trail) == [BEAT, ADMIN, ADMIN, BEAT, BEAT]
    assert [one.leaf.flags for one in await of_writer(database, trail)] == [0, 0, 0, 0, LAST_OF_WRITER]
    with pytest.raises(Unavailable) as refused:
        await write(api, trail)
    assert refused.value.code == "writer_silent"


async def test_rolled_back_numbers_are_void_two_beats_later_at_the_latest(
    database: ScratchDatabase, api: Database
) -> None:
    trail = await begun(api)
    await fail(api, trail, 2)
    await write(api, trail)
    assert [await beat(api, trail) for _ in range(4)] == [0, 2, 0, 0]
    assert await kinds(database, trail) == [BEAT, VOID, VOID, ADMIN, BEAT, BEAT, BEAT, BEAT]
    assert await check_log(database) == 8


async def test_the_end_fills_all_gaps(database: ScratchDatabase, api: Database) -> None:
    trail = await begun(api)
    await fail(api, trail, 3)
    assert await end(api, trail) == 3
    assert await kinds(database, trail) == [BEAT, VOID, VOID, VOID, BEAT]


async def test_a_beat_that_fails_is_void_later_and_does_not_lose_its_voids(
    database: ScratchDatabase, api: Database
) -> None:
    trail = await begun(api)
    await fail(api, trail)
    await beat(api, trail)
    with suppress(RolledBackError):
        async with api.write() as session:
            assert await heartbeats.fill(session, trail=trail) == 1
            await heartbeats.beat(session, act=act(), trail=trail)
            raise RolledBackError
    assert [await beat(api, trail) for _ in range(3)] == [1, 1, 0]
    assert await kinds(database, trail) == [BEAT, VOID, BEAT, VOID, BEAT, BEAT, BEAT]


async def test_a_void_keeps_the_members_count(database: ScratchDatabase, api: Database) -> None:
    who = Caller(UUID(int=7), UUID(int=8), frozenset(), "cn", "key-1")
    trail = await begun(api)
    await fail(api, trail, 2, who)
    await end(api, trail)
    voids = [one for one in await of_writer(database, trail) if one.leaf.kind is VOID]
    details = [one.groups[Group.ORG].detail for one in voids]
    assert [(one["member"], one["counter"], one["outcome"]) for one in details] == [
        (str(who.member_id), 1, "void"),
        (str(who.member_id), 2, "void"),
    ]
    assert {one.row["member_id"] for one in voids} == {who.member_id}


async def test_what_was_committed_unknown_to_the_writer_is_not_void(database: ScratchDatabase, api: Database) -> None:
    """The connection broke after COMMIT: the process does not know, the database does."""
    trail, rows = await begun(api), Rows()
    kept = trail.write(EVENT, act(), rows)
    async with api.write() as session:
        await audit.append(session, rows, trail=trail)
        session.info.clear()
    assert [await beat(api, trail) for _ in range(2)] == [0, 0]
    assert await kinds(database, trail) == [BEAT, ADMIN, BEAT, BEAT]
    assert kept.id in {one.leaf.entry_id for one in await of_writer(database, trail)}


async def test_a_number_is_never_both_void_and_used(database: ScratchDatabase, api: Database) -> None:
    """A transaction that takes longer than two beats is waited for, and decides."""
    trail = await begun(api)

    async def slowly(seconds: float) -> None:
        async with api.write() as session:
            await audit.record(session, EVENT, act=act(), trail=trail)
            written.set()
            await asyncio.sleep(seconds)

    written = asyncio.Event()
    slow = asyncio.create_task(slowly(0.4))
    await written.wait()
    await beat(api, trail)
    # Waits for the slow one, and finds that nothing is lost.
    assert await beat(api, trail) == 0
    await slow
    assert await kinds(database, trail) == [BEAT, ADMIN, BEAT, BEAT]


async def test_who_comes_too_late_finds_its_number_void_and_fails(database: ScratchDatabase, api: Database) -> None:
    trail, rows = await begun(api), Rows()
    trail.write(EVENT, act(), rows)
    assert [await beat(api, trail) for _ in range(2)] == [0, 1]
    with pytest.raises(Exception, match="unique"):
        async with api.write() as session:
            await audit.append(session, rows, trail=trail)
    assert await kinds(database, trail) == [BEAT, VOID, BEAT, BEAT]


@dataclass
class Elapsed:
    """Seconds that only the test lets pass."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_a_writer_that_cannot_beat_writes_nothing_until_it_can(database: ScratchDatabase, api: Database) -> None:
    trail, elapsed = await new_trail(api), Elapsed()
    trail._elapsed = elapsed
    async with api.write() as session:
        await heartbeats.begin(session, act=act(), trail=trail)
    lease = heartbeats.LEASE.total_seconds()
    elapsed.seconds = lease
    await write(api, trail)
    elapsed.seconds = lease + 1
    with pytest.raises(Unavailable):
        await write(api, trail)
    await beat(api, trail)
    await write(api, trail)
    await end(api, trail)
    assert await kinds(database, trail) == [BEAT, ADMIN, BEAT, ADMIN, BEAT]


async def declare(worker: Database, trail: Trail, watch: Watch, seconds: float) -> int:
    async with worker.write() as session:
        return await crashes.declare(session, watch, act=act(), trail=trail, elapsed=seconds)


SILENCE = crashes.SILENCE.total_seconds()


async def test_a_crashed_writer_is_declared_dead_with_the_numbers_it_lost(
    database: ScratchDatabase, api: Database, worker: Database
) -> None:
    dead, own, watch = await begun(api), await begun(worker), Watch()
    for _ in range(2):
        await fail(api, dead, 2)
        await write(api, dead)
    await fail(api, dead)
    await seal(worker)
    assert [await declare(worker, own, watch, seconds) for seconds in (0, SILENCE - 1)] == [0, 0]
    assert await declare(worker, own, watch, SILENCE) == 1
    assert await declare(worker, own, watch, 2 * SILENCE) == 0
    async with worker.read() as session:
        (ending,) = await writer_numbers.list_endings(session)
    assert ending.writer_id == dead.writer_id
    # 8 was the last number it gave, and lost; 7 is the last that counts.
    assert dict(decode_opening(ending.opening).detail) == {
        "last": 7,
        "missing": [[2, 3], [5, 6]],
        "writer": dead.writer_id,
    }
    (said,) = [one for one in await of_writer(database, own) if one.leaf.kind is ADMIN]
    assert said.groups[Group.CONTENT] == decode_opening(ending.opening)


async def test_the_dead_do_not_come_back(api: Database, worker: Database) -> None:
    dead, own, watch = await begun(api), await begun(worker), Watch()
    await seal(worker)
    for seconds in (0, SILENCE):
        await declare(worker, own, watch, seconds)
    with pytest.raises(Unavailable) as refused:
        await beat(api, dead)
    assert refused.value.code == "writer_silent"


@pytest.mark.parametrize("how", ["it moved", "it waits for its place", "it ended"])
async def test_the_living_and_the_ended_are_not_declared_dead(api: Database, worker: Database, how: str) -> None:
    living, own, watch = await begun(api), await begun(worker), Watch()
    await seal(worker)
    assert await declare(worker, own, watch, 0) == 0
    await (end(api, living) if how == "it ended" else beat(api, living))
    if how != "it waits for its place":
        await seal(worker)
    assert await declare(worker, own, watch, SILENCE) == 0


async def test_two_workers_declare_a_death_once(database: ScratchDatabase, api: Database, worker: Database) -> None:
    await begun(api)
    workers = [(await begun(worker), Watch()) for _ in range(2)]
    await seal(worker)
    for own, watch in workers:
        await declare(worker, own, watch, 0)
        for other, _ in workers:
            await beat(worker, other)
    await seal(worker)
    assert sum(await asyncio.gather(*(declare(worker, own, watch, SILENCE) for own, watch in workers))) == 1
    async with superuser(database) as connection:
        assert await connection.fetchval("SELECT count(*) FROM audit.writer_end") == 1


async def test_progress_is_what_the_entries_say(database: ScratchDatabase, api: Database, worker: Database) -> None:
    trails = [await begun(api) for _ in range(3)]
    await fail(api, trails[0], 4)
    for trail in trails:
        await write(api, trail, 5)
        await seal(worker)
    await end(api, trails[1])
    await seal(worker)
    async with superuser(database) as connection:
        rows = await connection.fetch("SELECT * FROM audit.writer_progress ORDER BY writer_id")
    assert [tuple(row) for row in rows] == [
        (trails[0].writer_id, 6, 10, False),
        (trails[1].writer_id, 7, 7, True),
        (trails[2].writer_id, 6, 6, False),
    ]
    assert timedelta(seconds=SILENCE) == 3 * heartbeats.LEASE
