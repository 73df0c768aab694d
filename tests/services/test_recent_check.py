"""The newest part of the log is checked by itself: what is wrong in it is named, and what is before breaks the root."""

import pytest

from registry.services import log_check
from registry.services.log_check import Finding, Recent
from registry_formats.merkle import hash_leaf
from tests.databases import ScratchDatabase
from tests.logbook import REALM, SEED, key_for, new_trail, opened, seal, sign, superuser, write

pytestmark = pytest.mark.anyio
ENTRIES = 600
PUBLIC = key_for(REALM, SEED).vkey.public_key


@pytest.fixture
async def scratch(database: ScratchDatabase) -> ScratchDatabase:
    async with opened(database, "registry_api") as api, opened(database, "registry_worker") as worker:
        await write(api, await new_trail(api), ENTRIES)
        while await seal(worker):
            pass
        await sign(worker)
    return database


async def check(scratch: ScratchDatabase, *, most: int = 80, public: bytes = PUBLIC) -> Recent:
    async with opened(scratch, "registry_auditor") as auditor, auditor.read() as session:
        return await log_check.check_recent(session, log_public_key=public, most=most)


async def change(scratch: ScratchDatabase, statement: str, *values: object) -> None:
    async with superuser(scratch) as connection:
        await connection.execute(statement, *values)


@pytest.mark.parametrize("most", [1, 80, 600, 10_000])
async def test_a_whole_log_is_found_whole_from_a_tile_on(scratch: ScratchDatabase, most: int) -> None:
    recent = await check(scratch, most=most)
    assert recent.faults == ()
    assert recent.size - recent.first == len(recent.entries) >= min(most, recent.size)
    assert recent.first % 256 == 0


async def test_before_the_first_checkpoint_there_is_nothing_to_check(database: ScratchDatabase) -> None:
    assert await check(database) == Recent()


async def test_a_changed_entry_is_named_and_breaks_the_root(scratch: ScratchDatabase) -> None:
    recent = await check(scratch)
    victim = recent.entries[10]
    await change(scratch, "UPDATE audit.entry SET leaf = set_byte(leaf, 50, 255) WHERE id = $1", victim)
    faults = (await check(scratch)).faults
    assert [(one.finding, one.place) for one in faults] == [
        (Finding.LEAF_CHANGED, recent.first + 10),
        (Finding.ROOT_DIFFERS, recent.size),
    ]


async def test_an_entry_that_is_gone_is_named(scratch: ScratchDatabase) -> None:
    victim = (await check(scratch)).entries[3]
    await change(scratch, "DELETE FROM audit.entry WHERE id = $1", victim)
    (fault,) = (await check(scratch)).faults
    assert (fault.finding, fault.entry_id) == (Finding.ENTRY_MISSING, victim)


async def test_a_place_that_is_gone_is_named(scratch: ScratchDatabase) -> None:
    recent = await check(scratch)
    await change(scratch, "DELETE FROM audit.leaf WHERE entry_id = $1", recent.entries[5])
    found = {one.finding for one in (await check(scratch)).faults}
    assert found == {Finding.INDEX_GAP, Finding.SIZE_DIFFERS, Finding.ROOT_DIFFERS}


@pytest.mark.parametrize("change_", ["UPDATE audit.tile SET root = $1", "DELETE FROM audit.tile"])
async def test_what_lies_before_breaks_the_root(scratch: ScratchDatabase, change_: str) -> None:
    await change(scratch, change_, *([hash_leaf(b"")] if "$1" in change_ else []))
    assert [one.finding for one in (await check(scratch)).faults] == [Finding.ROOT_DIFFERS]


async def test_a_checkpoint_of_another_key_is_none(scratch: ScratchDatabase) -> None:
    other = key_for(REALM, bytes(32)).vkey.public_key
    assert [one.finding for one in (await check(scratch, public=other)).faults] == [Finding.SIGNATURE_INVALID]
