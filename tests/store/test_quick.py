"""The hot path's transactions: what is told as committed is, whenever and wherever the one before was interrupted."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import text

from registry.errors import Unavailable
from registry.store.database import Database, on_commit
from tests.databases import ScratchDatabase
from tests.logbook import superuser

pytestmark = pytest.mark.anyio
_INSERT = text("INSERT INTO mark VALUES (CAST(:n AS int))")
_HOLD = text("SELECT n, pg_sleep(1.5) FROM mark FOR UPDATE")
_STILL_AT_IT = """SELECT count(*) FROM pg_stat_activity
    WHERE state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"""
_CRASH = text("SELECT 1 / CAST(:n AS int)")


@pytest.fixture
async def quick(database: ScratchDatabase) -> AsyncIterator[Database]:
    async with superuser(database) as connection:
        await connection.execute("CREATE TABLE mark (n int PRIMARY KEY)")
        await connection.execute("GRANT ALL ON mark TO registry_api")
    # One connection: what one transaction leaves behind, the next one finds.
    made = Database(database.url("registry_api"), pool_size=1, patience=2, plan_once=True)
    yield made
    await made.close()
    async with superuser(database) as connection:
        await connection.execute("DROP TABLE mark")


async def mark(quick: Database, n: int, told: set[int]) -> None:
    async with quick.quick() as session:
        on_commit(session, lambda: told.add(n))
        await session.execute(_INSERT, {"n": n})


async def marks(database: ScratchDatabase) -> set[int]:
    async with superuser(database) as connection:
        return {row["n"] for row in await connection.fetch("SELECT n FROM mark")}


@pytest.mark.parametrize("turns", range(24))
async def test_interrupted_anywhere_it_takes_nothing_that_is_told_later_along(
    database: ScratchDatabase, quick: Database, turns: int
) -> None:
    told: set[int] = set()
    await mark(quick, 1, told)
    interrupted = asyncio.create_task(mark(quick, 2, told))
    for _ in range(turns):
        await asyncio.sleep(0)
    interrupted.cancel()
    await asyncio.gather(interrupted, return_exceptions=True)
    for n in (3, 4):
        await mark(quick, n, told)
    assert {1, 3, 4} <= told <= await marks(database)


async def test_one_whose_time_is_over_before_it_begins_leaves_nothing_open(
    database: ScratchDatabase, quick: Database
) -> None:
    told: set[int] = set()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await mark(quick, 1, told)
    await mark(quick, 2, told)
    assert told == await marks(database) == {2}


async def test_what_was_given_up_does_not_go_on_and_keeps_no_lock(database: ScratchDatabase, quick: Database) -> None:
    told: set[int] = set()
    await mark(quick, 1, told)

    async def hold() -> None:
        async with quick.quick() as session:
            await session.execute(_HOLD)

    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await hold()
    async with superuser(database) as connection:
        assert await connection.fetchval(_STILL_AT_IT) == 0
        async with asyncio.timeout(0.5):
            await connection.execute("UPDATE mark SET n = 5 WHERE n = 1")


async def test_what_failed_and_was_passed_over_is_not_told(database: ScratchDatabase, quick: Database) -> None:
    told: set[int] = set()

    async def fail_and_go_on() -> None:
        async with quick.quick() as session:
            on_commit(session, lambda: told.add(1))
            await session.execute(_INSERT, {"n": 1})
            with pytest.raises(asyncpg.DivisionByZeroError):
                await session.execute(_CRASH, {"n": 0})

    with pytest.raises(RuntimeError, match="rolled back"):
        await fail_and_go_on()
    await mark(quick, 2, told)
    assert told == await marks(database) == {2}


async def test_a_connection_that_was_left_open_is_not_used(database: ScratchDatabase, quick: Database) -> None:
    told: set[int] = set()
    async with quick.quick() as session:
        left = session._connection
    await left.execute("BEGIN; INSERT INTO mark VALUES (1)")
    with pytest.raises(Unavailable):
        await mark(quick, 2, told)
    await mark(quick, 3, told)
    assert told == await marks(database) == {3}


async def test_what_a_process_that_hangs_holds_open_is_ended(database: ScratchDatabase) -> None:
    impatient = Database(database.url("registry_api"), pool_size=1, patience=0.2)
    async with impatient.quick() as session:
        (row,) = await session.execute(text("SELECT current_setting('idle_in_transaction_session_timeout') AS after"))
    await impatient.close()
    assert row.after == "200ms"
