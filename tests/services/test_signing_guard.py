"""What is remembered of the last signature outside the database: by the guard, and by witnesses."""

import pytest

from registry.errors import Conflict
from registry.services import log_reads
from registry.store.database import Database
from registry_formats.notes import Checkpoint, verify_checkpoint
from tests.databases import ScratchDatabase
from tests.logbook import (
    NOW,
    REALM,
    MemoryGuard,
    key_for,
    new_sequencer,
    new_trail,
    seal,
    sign,
    write,
)
from tests.shards import faults, shards

pytestmark = pytest.mark.anyio
ORIGIN = f"{REALM}/audit/2026h2"


async def test_without_its_guard_a_signed_shard_is_not_continued(
    database: ScratchDatabase, api: Database, worker: Database
) -> None:
    trail, guard = await new_trail(api), MemoryGuard()
    await write(api, trail, 3)
    await seal(worker, guard=guard)
    await sign(worker, guard=guard)
    note, guard.note = guard.note, None
    one = await new_sequencer(worker, guard=guard, trail=await new_trail(worker))
    for size in (2, 3, 4):
        await write(api, trail)
        await seal(worker, by=one)
        assert await sign(worker, by=one) == size
    _, new = await shards(database)
    assert (new.origin, new.reason, new.previous) == (f"{ORIGIN}.2", "guard_missing", note)
    assert await faults(database) == ()


async def test_an_old_guard_of_the_same_history_is_good_enough(
    database: ScratchDatabase, api: Database, worker: Database
) -> None:
    trail, guard, notes = await new_trail(api), MemoryGuard(), list[str | None]()
    for size in (3, 6, 9):
        guard.note = notes[0] if notes else None
        await write(api, trail, 3)
        await seal(worker, guard=guard)
        assert await sign(worker, guard=guard) == size
        notes.append(guard.note)
    assert [one.origin for one in await shards(database)] == [f"{ORIGIN}.1"]


async def test_a_guard_that_another_one_swaps_meanwhile_lets_nothing_be_signed(api: Database, worker: Database) -> None:
    class Overtaken(MemoryGuard):
        async def swap(self, before: str | None, after: str) -> None:
            self.note = "another note"
            await super().swap(before, after)

    await write(api, await new_trail(api))
    await seal(worker)
    with pytest.raises(Conflict) as refused:
        await sign(worker, guard=Overtaken())
    assert refused.value.code == "guard_changed"


async def test_a_signature_whose_transaction_failed_does_no_harm(
    database: ScratchDatabase, api: Database, worker: Database
) -> None:
    trail, guard = await new_trail(api), MemoryGuard()
    one = await new_sequencer(worker, guard=guard, trail=trail)
    await write(api, trail, 2)
    await seal(worker, by=one)

    async def fail() -> None:
        async with worker.write() as session:
            await one.sign(session, now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert guard.note is not None
    await write(api, trail)
    await seal(worker, by=one)
    assert await sign(worker, by=one) == 3
    assert len(await shards(database)) == 1


async def test_a_leader_asks_the_witnesses_before_it_signs(
    database: ScratchDatabase, api: Database, worker: Database
) -> None:
    """The guard was restored with the database, so only witnesses remember."""
    trail, asked = await new_trail(api), list[str]()

    async def ahead(origin: str) -> Checkpoint | None:
        asked.append(origin)
        return Checkpoint(origin, 12, b"w" * 32) if origin.endswith(".1") else None

    one = await new_sequencer(worker, trail=await new_trail(worker), witnessed=ahead)
    await write(api, trail, 3)
    for size in (4, 5):
        await seal(worker, by=one)
        assert await sign(worker, by=one) == size
        await write(api, trail)
    assert asked == [f"{ORIGIN}.1"]
    old, new = await shards(database)
    assert (old.size, new.origin, new.reason) == (0, f"{ORIGIN}.2", "witness_ahead")


async def test_a_witness_of_the_same_history_changes_nothing(
    database: ScratchDatabase, api: Database, worker: Database
) -> None:
    trail = await new_trail(api)
    await write(api, trail, 3)
    await seal(worker)
    await sign(worker)
    async with api.read() as session:
        note = await log_reads.checkpoint(session)

    async def seen(_: str) -> Checkpoint:
        return verify_checkpoint(note, f"{ORIGIN}.1", [key_for(f"{ORIGIN}.1").vkey])

    await write(api, trail)
    assert await seal(worker, witnessed=seen) == 1
    assert len(await shards(database)) == 1
