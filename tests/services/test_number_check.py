"""What was kept out of the log is missed: a number of its writer, or an entry of its hour."""

from datetime import timedelta

import asyncpg
import pytest

from registry.services import audit, crashes, heartbeats, number_check
from registry.services.crashes import Watch
from registry.services.number_check import GRACE_MS, Numbers
from registry.services.trail import Trail
from registry.store.database import Database
from tests.databases import ScratchDatabase
from tests.logbook import EVENT, NOW, act, new_trail, opened, seal, superuser, write

pytestmark = pytest.mark.anyio
LATER = NOW + timedelta(milliseconds=GRACE_MS + 1)
WHOLE = Numbers([], [], [], [])


async def found(database: ScratchDatabase) -> Numbers:
    async with opened(database, "registry_auditor") as auditor, auditor.read() as session:
        return await number_check.check(session)


async def delete(connection: asyncpg.Connection, entry_id: object) -> None:
    """Take an entry out before it has a place, as whoever owns the database can."""
    for table, column in (("entry", "id"), ("outbox", "entry_id"), ("key", "id")):
        await connection.execute(f"DELETE FROM audit.{table} WHERE {column} = $1", entry_id)  # noqa: S608 - our own names


@pytest.mark.parametrize("place", [0, 1])
async def test_an_entry_deleted_before_it_had_a_place_is_missed(
    database: ScratchDatabase, api: Database, worker: Database, place: int
) -> None:
    trail = await new_trail(api)
    entries = await write(api, trail, 3)
    async with superuser(database) as connection:
        await delete(connection, entries[place].id)
    await seal(worker)
    assert await found(database) == WHOLE  # it might be on its way
    await write(api, await new_trail(api), now=LATER)
    assert await found(database) == Numbers([(trail.writer_id, place + 1)], [], [], [])


async def test_an_hour_that_does_not_add_up_is_named(
    database: ScratchDatabase, api: Database, worker: Database
) -> None:
    trail = await new_trail(api)
    for hours in range(3):
        await write(api, trail, 2, now=NOW + timedelta(hours=hours))
    await seal(worker)
    (kept,) = await write(api, trail, now=NOW + timedelta(hours=1, minutes=59))
    assert await found(database) == WHOLE
    async with superuser(database) as connection:
        await connection.execute("DELETE FROM audit.outbox WHERE entry_id = $1", kept.id)
    assert await found(database) == Numbers([], [], [], [NOW + timedelta(hours=1)])


async def test_a_number_used_twice_is_named(database: ScratchDatabase, api: Database) -> None:
    """Two processes took themselves for the same writer."""
    trail = await new_trail(api)
    other = Trail.__new__(Trail)
    other.__dict__.update({**trail.__dict__, "_sequence": iter(range(1, 9)), "_months": {}})
    await write(api, trail, 2)
    await write(api, other)
    assert await found(database) == Numbers([], [(trail.writer_id, 1)], [], [])


async def crash(api: Database, worker: Database) -> Trail:
    """Let a writer lose a number and die, and have it declared dead."""
    dead, own, watch = await new_trail(api), await new_trail(worker), Watch()

    async def fail() -> None:
        async with api.write() as session:
            await audit.record(session, EVENT, act=act(), trail=dead)
            raise ZeroDivisionError

    await write(api, dead)
    with pytest.raises(ZeroDivisionError):
        await fail()
    await write(api, dead)
    await seal(worker)
    for seconds in (0.0, crashes.SILENCE.total_seconds()):
        async with worker.write() as session:
            await crashes.declare(session, watch, act=act(LATER), trail=own, elapsed=seconds)
    return dead


async def test_what_a_crashed_writer_lost_is_explained_by_the_log(
    database: ScratchDatabase, api: Database, worker: Database
) -> None:
    await crash(api, worker)
    assert await found(database) == WHOLE


@pytest.mark.parametrize(
    "forgery",
    [
        "opening = set_byte(opening, 40, get_byte(opening, 40) # 1)",
        "opening = ''",
        "entry_id = gen_random_uuid()",
        "writer_id = writer_id + 1000",
    ],
)
async def test_an_explanation_that_the_log_does_not_commit_to_explains_nothing(
    database: ScratchDatabase, api: Database, worker: Database, forgery: str
) -> None:
    dead = await crash(api, worker)
    async with superuser(database) as connection:
        await connection.execute(f"UPDATE audit.writer_end SET {forgery}")  # noqa: S608 - four of our own
        (claimed,) = [row[0] for row in await connection.fetch("SELECT writer_id FROM audit.writer_end")]
    assert await found(database) == Numbers([(dead.writer_id, 2)], [], [claimed], [])


async def test_voids_leave_nothing_to_explain(database: ScratchDatabase, api: Database, worker: Database) -> None:
    trail = await new_trail(api)

    async def fail() -> None:
        async with api.write() as session:
            await audit.record(session, EVENT, act=act(), trail=trail)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await write(api, trail, now=LATER)
    await write(api, trail, now=LATER + timedelta(milliseconds=GRACE_MS + 1))
    assert await found(database) == Numbers([(trail.writer_id, 1)], [], [], [])
    for _ in range(2):
        async with api.write() as session:
            await heartbeats.fill(session, trail=trail)
    await seal(worker)
    assert await found(database) == WHOLE
