"""Inclusion proofs from the database, out of a tree of a million leaves, each in a transaction as the API has it."""

import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from registry.clock import real_time
from registry.crypto import merkle
from registry.crypto.checkpoint import SigningKey, sign_checkpoint
from registry.domain.uuids import uuid7
from registry.services import log_reads
from registry.store import migrations
from registry.store.database import Database
from registry_formats.merkle import hash_leaf
from registry_formats.notes import Checkpoint
from registry_formats.proofs import verify_proof
from registry_formats.tiles import TileRef
from tests.bench.stage import Stage
from tests.databases import ScratchDatabase, fresh_name

# In rounds that end with a full tile on every level, no partial one is ever read back.
ROUND, ROUNDS, PROOFS = 256 * 256, 16, 1_000
LEAVES = ROUND * ROUNDS
_KEY = SigningKey("registry.bench/audit/2026h2.1", bytes(32))


def inclusion_p50_ms(stage: Stage) -> float:
    """Return the milliseconds that half of the proofs take at most; all are checked."""
    scratch = ScratchDatabase(stage.instance, fresh_name("proofs"))
    scratch.create("template0")
    try:
        return asyncio.run(_measure(stage, scratch))
    finally:
        scratch.drop()


async def _measure(stage: Stage, scratch: ScratchDatabase) -> float:
    await migrations.upgrade(scratch.url())
    started = time.perf_counter()
    entries = await _grow(scratch)
    stage.say(f"a tree of {LEAVES} leaves in {time.perf_counter() - started:.0f} s")
    database, seconds = Database(scratch.url("registry_api"), pool_size=1), []
    try:
        for place in random.Random(0).sample(range(LEAVES), PROOFS):  # noqa: S311 - which ones does not matter
            started = time.perf_counter()
            async with database.read() as session:
                proof = await log_reads.prove_inclusion(session, entry_id=entries[place])
            seconds.append(time.perf_counter() - started)
            verify_proof(proof, _leaf_hash(place), _KEY.name, [_KEY.vkey])
    finally:
        await database.close()
    p50, p99 = statistics.median(seconds), statistics.quantiles(seconds, n=100)[98]
    stage.say(f"{1 / statistics.mean(seconds):.0f} proofs/s, p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms")
    return p50 * 1000


async def _grow(scratch: ScratchDatabase) -> Sequence[UUID]:
    """Write leaves, full tiles and a checkpoint, as the sequencer leaves them."""
    now = real_time()
    first = int(now.timestamp() * 1000) - LEAVES
    entries = [uuid7(first + place, place.to_bytes(10)) for place in range(LEAVES)]
    connection = await asyncpg.connect(scratch.dsn())
    tree = merkle.EMPTY
    try:
        await connection.execute("INSERT INTO audit.shard (origin, opened_at) VALUES ($1, $2)", _KEY.name, now)
        for start in range(0, LEAVES, ROUND):
            hashes = [_leaf_hash(place) for place in range(start, start + ROUND)]
            leaves = [(1, start + offset, entries[start + offset], one) for offset, one in enumerate(hashes)]
            grown = merkle.append(tree, hashes, dict[TileRef, bytes]().__getitem__)
            tiles = [(1, tile.level, tile.index, tile.hashes, tile.root) for tile in grown.tiles]
            for table, rows in (("leaf", leaves), ("tile", tiles)):
                await connection.copy_records_to_table(table, schema_name="audit", records=rows)
            tree = grown.frontier
        note = sign_checkpoint(Checkpoint(_KEY.name, LEAVES, tree.root), [_KEY])
        await connection.execute("INSERT INTO audit.state VALUES (1, $1, $2, 1)", LEAVES, tree.encode())
        signed = (LEAVES, tree.root, first + LEAVES, note)
        await connection.execute("INSERT INTO audit.checkpoint VALUES (1, $1, $2, $3, $4)", *signed)
        await connection.execute("ANALYZE audit.leaf, audit.tile, audit.checkpoint")
    finally:
        await connection.close()
    return entries


def _leaf_hash(place: int) -> bytes:
    return hash_leaf(place.to_bytes(8))
