"""Who leads, what is signed and what never again: restored backups, lost guards, witnesses, half-years."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import anyio.to_thread
import pytest

from registry.crypto.checkpoint import sign_checkpoint
from registry.errors import Conflict
from registry.services import log_check, log_reads
from registry.services.sequencer import Sequencer
from registry.services.trail import Trail
from registry.store.database import Database
from registry_formats.leaf import Group
from registry_formats.merkle import hash_leaf
from registry_formats.notes import Checkpoint, parse_checkpoint_text, parse_note, verify_checkpoint
from registry_formats.proofs import verify_proof
from tests.databases import ScratchDatabase, fresh_name
from tests.logbook import (
    NOW,
    REALM,
    MemoryGuard,
    key_for,
    new_sequencer,
    new_trail,
    opened,
    seal,
    sign,
    superuser,
    write,
)
from tests.openings import open_entries

pytestmark = pytest.mark.anyio
ORIGIN = f"{REALM}/audit/2026h2"
SECOND = timedelta(seconds=1)


@dataclass
class Watch:
    """A clock that only the test moves."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass(frozen=True)
class Shard:
    """A shard as a table shows it."""

    origin: str
    reason: str | None
    previous: str | None
    size: int


async def shards(database: ScratchDatabase) -> list[Shard]:
    async with superuser(database) as connection:
        rows = await connection.fetch(
            "SELECT origin, reason, previous, size FROM audit.shard JOIN audit.state ON shard_id = id ORDER BY id"
        )
    return [Shard(**row) for row in rows]


async def epoch(database: ScratchDatabase) -> int:
    async with superuser(database) as connection:
        return int(await connection.fetchval("SELECT max(epoch) FROM audit.state"))


async def faults(database: ScratchDatabase) -> tuple[log_check.Fault, ...]:
    async with opened(database, "registry_auditor") as auditor, auditor.read() as session:
        verdict = await log_check.check(session, log_public_key=key_for(REALM).vkey.public_key)
    return verdict.faults


@dataclass
class Pair:
    """Two workers of one log, whose guard they share, and a watch for both."""

    one: Sequencer
    two: Sequencer
    watch: Watch


async def pair(worker: Database) -> Pair:
    watch, guard, trail = Watch(), MemoryGuard(), await new_trail(worker)
    made = [await new_sequencer(worker, guard=guard, trail=trail, patience=2 * SECOND, elapsed=watch) for _ in range(2)]
    return Pair(made[0], made[1], watch)


async def test_one_leads_as_long_as_it_works(database: ScratchDatabase, api: Database, worker: Database) -> None:
    trail, workers = await new_trail(api), await pair(worker)
    for _ in range(10):
        await write(api, trail, 3)
        assert await seal(worker, by=workers.one) == 3
        assert await seal(worker, by=workers.two) == 0
        assert await sign(worker, by=workers.two) is None
        assert await sign(worker, by=workers.one) is not None
        workers.watch.seconds += 1
    assert (workers.one.leads, workers.two.leads) == (True, False)
    assert await epoch(database) == 1


@pytest.mark.parametrize("undone", ["seal", "sign"])
async def test_who_lets_work_lie_still_is_succeeded(
    database: ScratchDatabase, api: Database, worker: Database, undone: str
) -> None:
    trail, workers = await new_trail(api), await pair(worker)
    await write(api, trail)
    assert await seal(worker, by=workers.one) == 1
    if undone == "seal":
        await sign(worker, by=workers.one)
        await write(api, trail, 2)
    for seconds in (0, 1.9):
        workers.watch.seconds = seconds
        assert await seal(worker, by=workers.two) == 0
        assert not workers.two.leads
    workers.watch.seconds = 2.0
    assert await seal(worker, by=workers.two) == (2 if undone == "seal" else 0)
    assert workers.two.leads
    assert await sign(worker, by=workers.two) == (3 if undone == "seal" else 1)
    assert await epoch(database) == 2


async def test_who_was_succeeded_hears_it_once_and_waits_for_its_turn(api: Database, worker: Database) -> None:
    trail, workers = await new_trail(api), await pair(worker)
    await seal(worker, by=workers.one)
    await write(api, trail)
    await seal(worker, by=workers.two)
    workers.watch.seconds = 2.0
    assert await seal(worker, by=workers.two) == 1
    await write(api, trail)
    with pytest.raises(Conflict) as deposed:
        await seal(worker, by=workers.one)
    assert deposed.value.code == "sequencer_deposed"
    assert await seal(worker, by=workers.one) == 0
    assert await seal(worker, by=workers.two) == 1


async def test_who_fails_to_commit_has_not_led(api: Database, worker: Database) -> None:
    trail, one = await new_trail(api), await new_sequencer(worker)
    await write(api, trail)

    async def fail() -> None:
        async with worker.write() as session:
            assert await one.seal(session, now=NOW) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert not one.leads
    assert await seal(worker, by=one) == 1


@dataclass
class Rewound:
    """A log that went on after its backup, and the backup, restored."""

    backup: ScratchDatabase
    guard: MemoryGuard
    signed: list[str] = field(default_factory=list)

    @property
    def last(self) -> Checkpoint:
        return parse_checkpoint_text(parse_note(self.signed[-1]).text)


@asynccontextmanager
async def rewound(database: ScratchDatabase, *, kept: int = 3, lost: int = 4) -> AsyncIterator[Rewound]:
    """Sign `kept` entries, back the database up, sign `lost` more, and restore the backup beside it."""
    backup, guard = ScratchDatabase(database.server, fresh_name("backup")), MemoryGuard()
    this = Rewound(backup, guard)
    for count in (kept, lost):
        async with opened(database, "registry_worker") as worker:
            await write(worker, await new_trail(worker), count)
            await seal(worker, guard=guard)
            await sign(worker, guard=guard)
        this.signed.append(str(guard.note))
        if count == kept:
            await anyio.to_thread.run_sync(backup.create, database.name)
    try:
        yield this
    finally:
        await anyio.to_thread.run_sync(backup.drop)


async def test_a_restored_backup_signs_nothing_and_opens_a_shard_that_says_why(database: ScratchDatabase) -> None:
    async with rewound(database) as this:
        async with opened(this.backup, "registry_worker") as worker:
            trail = await new_trail(worker)
            one = await new_sequencer(worker, guard=this.guard, trail=trail)
            # Enough to make a tree of another history longer than the one that was signed.
            entries = await write(worker, trail, 10)
            assert await seal(worker, by=one) == 10
            assert await sign(worker, by=one) == 11
            await write(worker, trail)
            await seal(worker, by=one)
            assert await sign(worker, by=one) == 12
            async with worker.read() as session:
                proof = await log_reads.prove_inclusion(session, entry_id=entries[-1].id)
        old, new = await shards(this.backup)
        assert (old.origin, old.size) == (f"{ORIGIN}.1", 3)
        assert (new.origin, new.reason, new.previous) == (f"{ORIGIN}.2", "restored", this.signed[-1])
        verify_proof(proof, hash_leaf(entries[-1].leaf), f"{ORIGIN}.2", [key_for(f"{ORIGIN}.2").vkey])
        assert await first_content(this.backup, new.origin) == {
            "log": new.origin,
            "previous": this.signed[-1],
            "reason": "restored",
        }
        assert await faults(this.backup) == ()


async def first_content(database: ScratchDatabase, origin: str) -> dict[str, object]:
    """Open the content of a shard's first entry."""
    async with superuser(database) as connection:
        first: UUID = await connection.fetchval(
            "SELECT entry_id FROM audit.leaf JOIN audit.shard ON shard_id = id WHERE origin = $1 AND idx = 0", origin
        )
    (entry,) = [one for one in await open_entries(database) if one.leaf.entry_id == first]
    return dict(entry.groups[Group.CONTENT].detail)


async def test_a_backup_restored_twice_never_uses_a_name_twice(database: ScratchDatabase) -> None:
    async with rewound(database) as this:
        for number in (2, 3, 4):
            again = ScratchDatabase(database.server, fresh_name("again"))
            await anyio.to_thread.run_sync(again.create, this.backup.name)
            try:
                async with opened(again, "registry_worker") as worker:
                    await write(worker, await new_trail(worker))
                    await seal(worker, guard=this.guard, trail=await new_trail(worker))
                    await sign(worker, guard=this.guard)
                assert (await shards(again))[-1].origin == f"{ORIGIN}.{number}"
            finally:
                await anyio.to_thread.run_sync(again.drop)


async def test_a_database_made_anew_does_not_begin_the_old_shard_again(
    database: ScratchDatabase, worker: Database
) -> None:
    note = sign_checkpoint(Checkpoint(f"{ORIGIN}.1", 500, b"r" * 32), [key_for(f"{ORIGIN}.1")])
    trail = await new_trail(worker)
    await write(worker, trail)
    assert await seal(worker, guard=MemoryGuard(note), trail=trail) == 1
    assert [(one.origin, one.size) for one in await shards(database)] == [(f"{ORIGIN}.1", 0), (f"{ORIGIN}.2", 2)]


async def test_a_worker_at_work_notices_that_its_database_was_exchanged(database: ScratchDatabase) -> None:
    """The backup is put in the place of the database while the leader runs on."""
    async with rewound(database) as this:
        async with opened(database, "registry_worker") as worker:
            one = await new_sequencer(worker, guard=this.guard, trail=await new_trail(worker))
            await write(worker, await new_trail(worker))
            await seal(worker, by=one)
            await sign(worker, by=one)
        async with opened(this.backup, "registry_worker") as worker:
            await write(worker, await new_trail(worker))
            with pytest.raises(Conflict) as deposed:
                await seal(worker, by=one)
            assert deposed.value.code == "sequencer_deposed"
            await seal(worker, by=one)
        assert (await shards(this.backup))[-1].reason == "restored"


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
