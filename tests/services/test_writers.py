"""Each process writes under a key of its own; a rotation of the master key wraps them anew and touches no entry."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from registry.errors import Misconfigured
from registry.masters import Master, Secret
from registry.services import detail_check, writers
from registry.store.database import Database
from registry_formats.errors import FormatError
from registry_formats.openings import GroupState
from tests.databases import ScratchDatabase
from tests.logbook import MASTER, act, check_log, new_trail, opened, superuser, write
from tests.openings import open_entries, rows

pytestmark = pytest.mark.anyio
NEXT = Secret(b"\x55" * 32)


@pytest.fixture
async def owner(database: ScratchDatabase) -> AsyncIterator[Database]:
    one = Database(database.url(), pool_size=4)
    yield one
    await one.close()


@pytest.fixture
async def api(database: ScratchDatabase) -> AsyncIterator[Database]:
    async with opened(database, "registry_api") as one:
        yield one


async def rotate(owner: Database, old: Master = MASTER, new: Master | None = NEXT) -> int:
    trail = await new_trail(owner, old)
    async with owner.write() as session:
        return await writers.rotate(session, old, new, act=act(), trail=trail, entropy=secrets.token_bytes)


async def kept(database: ScratchDatabase) -> set[str]:
    return {row["master"] for row in await rows(database, "SELECT master FROM audit.writer_key")}


async def states(database: ScratchDatabase, master: Master) -> set[GroupState]:
    async with opened(database, "registry_auditor") as auditor, auditor.read() as session:
        return set((await detail_check.check(session, master=master)).states)


async def test_each_writer_has_a_key_of_its_own(database: ScratchDatabase, api: Database) -> None:
    for trail in (await new_trail(api), await new_trail(api)):
        await write(api, trail)
    wrapped = await rows(database, "SELECT writer_id, wrapped FROM audit.writer_key")
    assert len({row["wrapped"] for row in wrapped}) == len({row["writer_id"] for row in wrapped}) == 2
    assert len(await open_entries(database)) == 2


class Counting:
    """A master key that counts how often it is asked."""

    def __init__(self) -> None:
        self.name = MASTER.name
        self.asked = Counter[str]()

    def wrap(self, nonce: bytes, key: bytes, context: bytes) -> bytes:
        self.asked["wrap"] += 1
        return MASTER.wrap(nonce, key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        self.asked["unwrap"] += 1
        return MASTER.unwrap(wrapped, context)


async def test_the_master_key_is_asked_once_for_a_process_and_once_for_a_reader_of_its_entries(
    database: ScratchDatabase, api: Database
) -> None:
    master = Counting()
    first, second = await new_trail(api, master), await new_trail(api, master)
    for _ in range(20):
        await write(api, first, 10)
        await write(api, second, 5)
    assert dict(master.asked) == {"wrap": 2}
    assert await states(database, master) == {GroupState.OK}
    assert dict(master.asked) == {"wrap": 2, "unwrap": 2}


async def test_after_a_rotation_the_new_key_opens_everything_and_the_old_one_nothing(
    database: ScratchDatabase, api: Database, owner: Database
) -> None:
    running = await new_trail(api)
    await write(api, running, 3)
    assert await rotate(owner) == 2
    assert await kept(database) == {NEXT.name}
    # Who runs carries on; who starts now starts with the new key.
    await write(api, running, 2)
    await write(api, await new_trail(api, NEXT))
    entries = await open_entries(database, NEXT)
    assert [entry.row["action"] for entry in entries].count("keys.rotate_kek") == 1
    assert len(entries) == 7
    with pytest.raises(FormatError):
        await open_entries(database)
    assert await states(database, NEXT) == {GroupState.OK}
    assert await check_log(database) == 7


async def test_a_process_with_the_old_key_is_refused_at_its_start(
    database: ScratchDatabase, api: Database, owner: Database
) -> None:
    await new_trail(api)
    await rotate(owner)
    with pytest.raises(Misconfigured, match="kek_other"):
        await new_trail(api)
    assert await kept(database) == {NEXT.name}


async def test_a_dry_run_opens_every_key_and_changes_none(
    database: ScratchDatabase, api: Database, owner: Database
) -> None:
    await new_trail(api)
    before = await rows(database, "SELECT * FROM audit.writer_key WHERE writer_id = 1")
    assert await rotate(owner, new=None) == 2
    assert await rows(database, "SELECT * FROM audit.writer_key WHERE writer_id = 1") == before
    assert await rows(database, "SELECT id FROM audit.entry WHERE action = 'keys.rotate_kek'") == []


async def test_a_key_that_does_not_open_stops_the_rotation(
    database: ScratchDatabase, api: Database, owner: Database
) -> None:
    await new_trail(api)
    async with superuser(database) as connection:
        await connection.execute(
            "UPDATE audit.writer_key SET wrapped = set_byte(wrapped, 30, get_byte(wrapped, 30) # 1)"
        )
    with pytest.raises(FormatError, match="sealed_mismatch"):
        await rotate(owner)
    assert await kept(database) == {MASTER.name}


async def test_the_same_key_is_no_rotation(api: Database, owner: Database) -> None:
    await new_trail(api)
    with pytest.raises(Misconfigured, match="kek_same"):
        await rotate(owner, new=Secret(MASTER.key))


async def test_a_writer_that_begins_during_a_rotation_waits_and_is_refused(
    database: ScratchDatabase, api: Database, owner: Database
) -> None:
    trail = await new_trail(owner)
    async with owner.write() as session:
        await writers.rotate(session, MASTER, NEXT, act=act(), trail=trail, entropy=secrets.token_bytes)
        late = asyncio.create_task(new_trail(api))
        await asyncio.sleep(0.3)
        assert not late.done()
    with pytest.raises(Misconfigured, match="kek_other"):
        await late
    assert await kept(database) == {NEXT.name}


async def test_a_writers_key_that_vanishes_leaves_its_details_missing(database: ScratchDatabase, api: Database) -> None:
    await write(api, await new_trail(api))
    async with superuser(database) as connection:
        await connection.execute("DELETE FROM audit.writer_key")
    assert await states(database, MASTER) == {GroupState.MISSING}
