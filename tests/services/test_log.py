"""The tree: one order for all entries, nothing lost, nothing twice, and nothing signed that was rewritten."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from registry.errors import Conflict
from registry.services import audit, log, log_reads
from registry.store import log as store
from registry.store.database import Database
from registry_formats.notes import verify_checkpoint
from tests.databases import ScratchDatabase
from tests.logbook import (
    EVENT,
    NOW,
    REALM,
    MemoryGuard,
    act,
    check_log,
    key_for,
    new_sequencer,
    new_trail,
    seal,
    sign,
    superuser,
    write,
)

pytestmark = pytest.mark.anyio
ORIGIN = f"{REALM}/audit/2026h2.1"
KEYS = (key_for(ORIGIN).vkey,)


async def places(database: ScratchDatabase) -> list[tuple[int, UUID]]:
    async with superuser(database) as connection:
        rows = await connection.fetch("SELECT idx, entry_id FROM audit.leaf ORDER BY idx")
    return [(row["idx"], row["entry_id"]) for row in rows]


async def test_entries_are_placed_one_after_another(database: ScratchDatabase, api: Database, worker: Database) -> None:
    trail = await new_trail(api)
    first = await write(api, trail, 3)
    assert await seal(worker) == 3
    second = await write(api, trail, 300, now=NOW + timedelta(seconds=1))
    assert await seal(worker) == 300
    assert await seal(worker) == 0
    placed = await places(database)
    assert [place for place, _ in placed] == list(range(303))
    assert [entry for _, entry in placed[:3]] == sorted(entry.id for entry in first)
    assert [entry for _, entry in placed[3:]] == sorted(entry.id for entry in second)
    assert await check_log(database) == 303


async def test_nothing_is_lost_or_placed_twice_when_late_commits_meet_many_sequencers(
    database: ScratchDatabase, api: Database, worker: Database
) -> None:
    """An entry's id says when it was made, not when it was committed: who asks `id > last_seen` loses the late ones."""
    chance, done, written = secrets.SystemRandom(), asyncio.Event(), list[UUID]()

    async def writer() -> None:
        trail = await new_trail(api)
        for _ in range(8):
            async with api.write() as session:
                entries = await audit.record_all(session, [(EVENT, act())] * chance.randrange(1, 4), trail=trail)
                await asyncio.sleep(chance.random() / 20)
            written.extend(entry.id for entry in entries)

    guard = MemoryGuard()

    async def sequencer() -> None:
        one = await new_sequencer(worker, guard=guard)
        while not done.is_set():
            # Without patience they depose one another again and again.
            with suppress(Conflict):
                await seal(worker, by=one)
                await sign(worker, by=one)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(3):
            tasks.create_task(sequencer())
        async with asyncio.TaskGroup() as writers:
            for _ in range(6):
                writers.create_task(writer())
        done.set()
    assert await check_log(database) == len(written)
    assert sorted(entry for _, entry in await places(database)) == sorted(written)


async def test_a_transaction_that_fails_leaves_no_entry(database: ScratchDatabase, api: Database) -> None:
    trail = await new_trail(api)

    async def fail_late() -> None:
        async with api.write() as session:
            await audit.record(session, EVENT, act=act(), trail=trail)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_late()
    await write(api, trail)
    assert await check_log(database) == 1


async def test_only_one_sequencer_leads_at_a_time(api: Database, worker: Database) -> None:
    await write(api, await new_trail(api))
    async with worker.write() as leading:
        assert await store.try_lead(leading)
        assert await seal(worker) == 0
        signing = asyncio.create_task(sign(worker))
        await asyncio.sleep(0.05)
        assert not signing.done()
    assert await signing is None
    assert await seal(worker) == 1
    assert await sign(worker) == 1


@pytest.mark.parametrize("change", ["size = size + 1", "epoch = epoch + 1"])
async def test_a_deposed_sequencer_keeps_nothing(
    database: ScratchDatabase, api: Database, worker: Database, change: str
) -> None:
    await write(api, await new_trail(api), 2)
    await seal(worker)

    async def lose_the_lock() -> None:
        async with worker.write() as session:
            state = await store.find_state(session)
            assert state is not None
            async with superuser(database) as connection:
                await connection.execute(f"UPDATE audit.state SET {change}")  # noqa: S608 - two of our own
            await store.advance(
                session, state, entry_ids=[uuid4()], hashes=[bytes(32)], frontier=state.frontier, tiles=()
            )

    with pytest.raises(Conflict) as deposed:
        await lose_the_lock()
    assert deposed.value.code == "sequencer_deposed"
    assert len(await places(database)) == 2


async def flip(connection: asyncpg.Connection, table: str, column: str, where: str = "true") -> None:
    await connection.execute(
        f"UPDATE audit.{table} SET {column} = set_byte({column}, 0, get_byte({column}, 0) # 1) WHERE {where}"  # noqa: S608 - our own names
    )


REWRITES = {
    "an old leaf of the open tile": ("leaf", "hash", "idx = 256"),
    "the newest leaf": ("leaf", "hash", "idx = 259"),
    "a full tile": ("tile", "root", "true"),
    "the frontier": ("state", "frontier", "true"),
    "the last checkpoint": ("checkpoint", "root", "true"),
}


@pytest.mark.parametrize("rewrite", REWRITES.values(), ids=REWRITES.keys())
async def test_no_checkpoint_is_signed_over_a_rewritten_tree(
    database: ScratchDatabase, api: Database, worker: Database, rewrite: tuple[str, str, str]
) -> None:
    trail = await new_trail(api)
    await write(api, trail, 258)
    await seal(worker)
    assert await sign(worker) == 258
    await write(api, trail, 2)
    await seal(worker)
    async with superuser(database) as connection:
        await flip(connection, *rewrite)
    with pytest.raises(Conflict) as refused:
        await sign(worker)
    assert refused.value.code == "log_inconsistent"
    async with api.read() as session:
        assert verify_checkpoint(await log_reads.checkpoint(session), ORIGIN, KEYS).size == 258


async def test_the_first_checkpoint_is_not_signed_over_a_rewritten_tree_either(
    database: ScratchDatabase, api: Database, worker: Database
) -> None:
    await write(api, await new_trail(api), 3)
    await seal(worker)
    async with superuser(database) as connection:
        await flip(connection, "state", "frontier")
    with pytest.raises(Conflict) as refused:
        await sign(worker)
    assert refused.value.code == "log_inconsistent"


async def _shrink(connection: asyncpg.Connection) -> None:
    await connection.execute("DELETE FROM audit.leaf WHERE idx >= 2")
    await connection.execute(
        "UPDATE audit.state SET size = 2, frontier = (SELECT sha256('\\x01' || a.hash || b.hash)"
        " FROM audit.leaf a, audit.leaf b WHERE a.idx = 0 AND b.idx = 1)"
    )


async def _exchange(connection: asyncpg.Connection) -> None:
    await flip(connection, "state", "frontier")


@pytest.mark.parametrize("rewrite", [_shrink, _exchange])
async def test_a_tree_that_went_back_behind_what_was_signed_raises_an_alarm(
    database: ScratchDatabase,
    api: Database,
    worker: Database,
    rewrite: Callable[[asyncpg.Connection], Awaitable[None]],
) -> None:
    trail = await new_trail(api)
    await write(api, trail, 3)
    await seal(worker)
    await sign(worker)
    async with superuser(database) as connection:
        await rewrite(connection)
    await write(api, trail)
    with pytest.raises(Conflict) as refused:
        await sign(worker)
    assert refused.value.code == "log_inconsistent"


async def test_nothing_is_signed_twice(database: ScratchDatabase, api: Database, worker: Database) -> None:
    assert await sign(worker) is None
    await write(api, await new_trail(api))
    await seal(worker)
    assert await sign(worker) == 1
    assert await sign(worker) is None
    assert await check_log(database) == 1


async def test_the_wait_is_that_of_the_oldest_entry(api: Database, worker: Database) -> None:
    trail = await new_trail(api)
    later = NOW + timedelta(seconds=30)

    async def wait() -> timedelta:
        async with api.read() as session:
            return await log.lag(session, now=later)

    assert await wait() == timedelta(0)
    await write(api, trail, now=later - timedelta(seconds=5))
    await write(api, trail, now=NOW)
    assert await wait() == timedelta(seconds=30)
    await seal(worker)
    assert await wait() == timedelta(seconds=30)
    await sign(worker)
    assert await wait() == timedelta(0)
