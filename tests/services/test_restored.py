"""A restored backup is never signed: it goes on in a shard of its own, which says why."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import anyio.to_thread
import pytest

from registry.crypto.checkpoint import sign_checkpoint
from registry.errors import Conflict
from registry.services import log_reads
from registry.services.sequencer import Reason
from registry.store.database import Database
from registry_formats.leaf import Group
from registry_formats.merkle import hash_leaf
from registry_formats.notes import Checkpoint, parse_checkpoint_text, parse_note
from registry_formats.proofs import verify_proof
from tests.databases import ScratchDatabase, fresh_name
from tests.logbook import (
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
from tests.shards import faults, shards

pytestmark = pytest.mark.anyio
ORIGIN = f"{REALM}/audit/2026h2"


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
            opened_shards: list[tuple[str, Reason]] = []
            one = await new_sequencer(
                worker, guard=this.guard, trail=trail, opened=lambda *shard: opened_shards.append(shard)
            )
            # Enough to make a tree of another history longer than the one that was signed.
            entries = await write(worker, trail, 10)
            assert await seal(worker, by=one) == 10
            assert await sign(worker, by=one) == 11
            await write(worker, trail)
            await seal(worker, by=one)
            assert await sign(worker, by=one) == 12
            async with worker.read() as session:
                proof = await log_reads.prove_inclusion(session, entry_id=entries[-1].id)
        assert opened_shards == [(f"{ORIGIN}.2", Reason.RESTORED)]
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
