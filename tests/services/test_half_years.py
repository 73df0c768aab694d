"""A tree for each half-year, chained by their last checkpoints; what is in an old one stays proved."""

from datetime import UTC, datetime, timedelta

import pytest

from registry.services import log_reads
from registry.services.log_check import Fault, Finding
from registry.services.trail import Trail
from registry.store.database import Database
from registry_formats.merkle import hash_leaf
from registry_formats.notes import parse_checkpoint_text, parse_note, verify_checkpoint
from registry_formats.proofs import verify_proof
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
    superuser,
    write,
)
from tests.shards import faults, shards

pytestmark = pytest.mark.anyio
SECOND = timedelta(seconds=1)


async def test_each_half_year_has_a_shard_and_old_entries_stay_proved(
    database: ScratchDatabase, api: Database, worker: Database
) -> None:
    trail, one = await new_trail(api), await new_sequencer(worker, guard=MemoryGuard(), trail=await new_trail(worker))
    midnight = datetime(2027, 1, 1, tzinfo=UTC)
    early = await write(api, trail, 300, now=midnight - SECOND)
    await seal(worker, by=one, now=midnight - SECOND)
    # Neither signed nor placed when the year ends: the last checkpoint covers the one, the new shard takes the other.
    late = await write(api, trail, 2, now=midnight - SECOND)
    for now, size in ((midnight, 3), (midnight + SECOND, None), (datetime(2027, 7, 1, tzinfo=UTC), 1)):
        await seal(worker, by=one, now=now)
        assert await sign(worker, by=one, now=now) == size
    found = await shards(database)
    names = [f"{REALM}/audit/{name}" for name in ("2026h2.1", "2027h1.1", "2027h2.1")]
    assert [(one.origin, one.reason, one.size) for one in found] == [
        (names[0], None, 300),
        (names[1], "half_year", 3),
        (names[2], "half_year", 1),
    ]
    for before, after in ((found[0], found[1]), (found[1], found[2])):
        last = verify_checkpoint(str(after.previous), before.origin, [key_for(before.origin).vkey])
        assert last.size == before.size
    async with api.read() as session:
        for entry, name in ((early[0], names[0]), (early[-1], names[0]), (late[0], names[1])):
            proof = await log_reads.prove_inclusion(session, entry_id=entry.id)
            verify_proof(proof, hash_leaf(entry.leaf), name, [key_for(name).vkey])
    assert await faults(database) == ()


async def test_the_last_word_of_a_shard_stands_until_the_next_one_speaks(api: Database, worker: Database) -> None:
    trail, one = await new_trail(api), await new_sequencer(worker, guard=MemoryGuard(), trail=await new_trail(worker))
    await write(api, trail, 3)
    await seal(worker, by=one)
    shown = list[tuple[str, int]]()
    for step in (seal, sign):
        await step(worker, by=one, now=datetime(2027, 1, 1, tzinfo=UTC))
        async with api.read() as session:
            checkpoint = parse_checkpoint_text(parse_note(await log_reads.checkpoint(session)).text)
        shown.append((checkpoint.origin, checkpoint.size))
    assert shown == [(f"{REALM}/audit/2026h2.1", 3), (f"{REALM}/audit/2027h1.1", 1)]


async def test_a_shard_names_its_own_last_checkpoint_even_if_the_guard_is_old(
    database: ScratchDatabase, api: Database, worker: Database
) -> None:
    trail, guard, notes = await new_trail(api), MemoryGuard(), list[str | None]()
    one = await new_sequencer(worker, guard=guard, trail=await new_trail(worker))
    for _ in range(2):
        await write(api, trail, 3)
        await seal(worker, by=one)
        await sign(worker, by=one)
        notes.append(guard.note)
    guard.note = notes[0]
    for step in (seal, sign):
        await step(worker, by=one, now=datetime(2027, 1, 1, tzinfo=UTC))
    assert (await shards(database))[1].previous == notes[1]
    assert await faults(database) == ()


async def test_writing_in_the_name_of_an_old_shard_is_over(
    database: ScratchDatabase, api: Database, worker: Database
) -> None:
    """A clock that goes back does not bring a shard back."""
    trail: Trail = await new_trail(api)
    one = await new_sequencer(worker, guard=MemoryGuard(), trail=await new_trail(worker))
    for now in (NOW, datetime(2027, 1, 1, tzinfo=UTC), NOW):
        await write(api, trail, now=now)
        await seal(worker, by=one, now=now)
        await sign(worker, by=one, now=now)
    assert [one.size for one in await shards(database)] == [1, 3]


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE audit.shard SET previous = NULL WHERE reason IS NOT NULL",
        "UPDATE audit.shard SET previous = overlay(previous PLACING 'x' FROM 1) WHERE reason IS NOT NULL",
        "UPDATE audit.shard SET previous = (SELECT note FROM audit.checkpoint WHERE size = 3) WHERE reason IS NOT NULL",
    ],
)
async def test_a_shard_that_does_not_continue_the_one_before_it_is_named(
    database: ScratchDatabase, api: Database, worker: Database, forgery: str
) -> None:
    trail, one = await new_trail(api), await new_sequencer(worker, guard=MemoryGuard(), trail=await new_trail(worker))
    for _ in range(2):
        await write(api, trail, 3)
        await seal(worker, by=one)
        await sign(worker, by=one)
    midnight = datetime(2027, 1, 1, tzinfo=UTC)
    await seal(worker, by=one, now=midnight)
    await sign(worker, by=one, now=midnight)
    assert await faults(database) == ()
    async with superuser(database) as connection:
        await connection.execute(forgery)
    assert await faults(database) == (Fault(Finding.SHARD_UNLINKED, f"{REALM}/audit/2027h1.1", 0),)
