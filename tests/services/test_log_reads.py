"""What the log proves to strangers, and what it does not prove yet."""

from itertools import combinations
from uuid import uuid4

import pytest

from registry.errors import Malformed, NotFound
from registry.services import log_reads
from registry.store.database import Database
from registry_formats.errors import FormatError
from registry_formats.merkle import hash_leaf, verify_consistency
from registry_formats.notes import verify_checkpoint
from registry_formats.proofs import verify_proof
from tests.databases import ScratchDatabase
from tests.logbook import (
    REALM,
    check_log,
    key_for,
    new_trail,
    seal,
    sign,
    write,
)

pytestmark = pytest.mark.anyio
ORIGIN = f"{REALM}/audit/2026h2.1"
KEYS = (key_for(ORIGIN).vkey,)


async def test_every_entry_is_proved_to_a_stranger(database: ScratchDatabase, api: Database, worker: Database) -> None:
    trail = await new_trail(api)
    entries = await write(api, trail, 260)
    await seal(worker)
    await sign(worker)
    async with api.read() as session:
        for entry in entries:
            proof = await log_reads.prove_inclusion(session, entry_id=entry.id)
            assert verify_proof(proof, hash_leaf(entry.leaf), ORIGIN, KEYS).size == 260
            with pytest.raises(FormatError):
                verify_proof(proof, hash_leaf(bytes(len(entry.leaf))), ORIGIN, KEYS)
    await check_log(database)


async def test_an_entry_without_its_checkpoint_is_not_proved_yet(api: Database, worker: Database) -> None:
    trail = await new_trail(api)
    (covered,) = await write(api, trail)

    async def code() -> str:
        with pytest.raises(NotFound) as refused:
            async with api.read() as session:
                await log_reads.prove_inclusion(session, entry_id=covered.id)
        return refused.value.code

    assert await code() == "entry_not_sealed"
    await seal(worker)
    assert await code() == "entry_not_sealed"
    await sign(worker)
    async with api.read() as session:
        assert await log_reads.prove_inclusion(session, entry_id=covered.id)
        with pytest.raises(NotFound):
            await log_reads.prove_inclusion(session, entry_id=uuid4())


async def test_each_checkpoint_continues_every_earlier_one(
    database: ScratchDatabase, api: Database, worker: Database
) -> None:
    trail, signed = await new_trail(api), list[tuple[int, bytes]]()
    for count in (1, 1, 5, 249, 1, 256, 300):
        await write(api, trail, count)
        await seal(worker)
        await sign(worker)
        async with api.read() as session:
            checkpoint = verify_checkpoint(await log_reads.checkpoint(session), ORIGIN, KEYS)
        signed.append((checkpoint.size, checkpoint.root))
    async with api.read() as session:
        for (old, old_root), (new, new_root) in combinations(signed, 2):
            proof, note = await log_reads.prove_consistency(session, old=old, new=new)
            assert verify_checkpoint(note, ORIGIN, KEYS).root == new_root
            verify_consistency(old, new, proof, old_root, new_root)
    await check_log(database)


async def test_what_was_never_signed_is_not_proved_consistent(api: Database, worker: Database) -> None:
    async with api.read() as session:
        with pytest.raises(NotFound):
            await log_reads.checkpoint(session)
        with pytest.raises(NotFound):
            await log_reads.prove_consistency(session, old=1)
    await write(api, await new_trail(api), 3)
    await seal(worker)
    await sign(worker)
    async with api.read() as session:
        with pytest.raises(NotFound):
            await log_reads.prove_consistency(session, old=1, new=2)
        for old in (0, 4):
            with pytest.raises(Malformed) as refused:
                await log_reads.prove_consistency(session, old=old)
            assert refused.value.code == "size_invalid"
