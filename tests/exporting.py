"""Make exports of a log, and read them as a stranger does: from the file alone."""

import asyncio
import io
import secrets
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from registry.api.export_stream import Exporter, Office
from registry.crypto.checkpoint import SigningKey
from registry.domain.audit_filters import Because, Filter
from registry.domain.ids import Purpose
from registry.errors import Conflict, Unavailable
from registry.services.auditing import Desk
from registry.services.auditing.exports import Asked
from registry.store import log_health
from registry.store.database import Database
from registry_formats.export_manifest import Manifest, Tally, decode_manifest
from registry_formats.export_rows import Row, judge_cell
from registry_formats.export_seal import decode_seal, verify_seal
from registry_formats.exports import (
    ERASURES,
    MANIFEST,
    SEAL,
    ExportFormat,
    decode_erasures,
    decode_rows,
    describe,
    log_path,
)
from registry_formats.leaf import Leaf, decode_leaf
from registry_formats.merkle import hash_leaf, verify_inclusion
from registry_formats.notes import Checkpoint, VerifierKey, verify_checkpoint
from registry_formats.openings import GroupState
from registry_formats.proofs import verify_proof
from registry_formats.tile_proofs import inclusion_proof
from registry_formats.tiles import TileRef, tile_path
from tests.databases import ScratchDatabase
from tests.logbook import MASTER, NOW, REALM, SEED, TAGS, act, new_trail, opened, seal, sign

BECAUSE = Because(Purpose.AUDIT_SAMPLE, "yearly audit")


@asynccontextmanager
async def office(scratch: ScratchDatabase) -> AsyncIterator[Office]:
    """Open the auditor's pool and the API's."""
    async with opened(scratch, "registry_auditor") as reads, opened(scratch, "registry_api") as writes:
        desk = Desk(await new_trail(writes), MASTER, TAGS, secrets.token_bytes, {})
        yield Office(reads, writes, desk, lambda: NOW + timedelta(seconds=5), REALM)


def asked(file_format: ExportFormat = ExportFormat.JSONL, because: Because = BECAUSE, **wanted: Any) -> Asked:  # noqa: ANN401 - the fields of Filter
    return Asked(Filter(**wanted), file_format, because)


async def begin(made: Office, what: Asked | None = None) -> Exporter:
    return await made.begin(what or asked(), act=act(operator="auditor-1"))


@asynccontextmanager
async def at_work(scratch: ScratchDatabase, seed: bytes = SEED) -> AsyncIterator[None]:
    """Put entries in order and sign checkpoints in the background, as the worker does."""

    async def once() -> None:
        # A test that settles the log leads in between, and may be at it for longer than a lock is waited for.
        with suppress(Conflict, Unavailable):
            await seal(worker, seed=seed)
            await sign(worker, seed=seed)

    async def on_and_on() -> None:
        while True:
            await once()
            await asyncio.sleep(0.02)

    async with opened(scratch, "registry_worker") as worker:
        await once()
        task = asyncio.create_task(on_and_on())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def settle(worker: Database) -> None:
    """Wait until a checkpoint covers all there is, whoever else works at it."""
    unproved: UUID | None = UUID(int=0)
    while unproved is not None:
        with suppress(Conflict, Unavailable):
            await seal(worker)
            await sign(worker)
        async with worker.read() as session:
            unproved = await log_health.first_unproved(session)


async def export(made: Office, what: Asked | None = None) -> bytes:
    """Take a whole export."""
    exporter = await begin(made, what)
    return b"".join([piece async for piece in exporter.stream()])


@dataclass(slots=True)
class Unpacked:
    """The files of an export."""

    files: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def read(cls, tar: bytes) -> "Unpacked":
        with tarfile.open(fileobj=io.BytesIO(tar)) as found:
            members = found.getmembers()
            assert len({one.name for one in members}) == len(members)
            return cls({one.name: (found.extractfile(one) or io.BytesIO()).read() for one in members})

    @property
    def manifest(self) -> Manifest:
        return decode_manifest(self.files[MANIFEST])

    @property
    def rows(self) -> list[Row]:
        manifest = self.manifest
        return [
            row
            for file in manifest.files
            if file.path.startswith("rows/")
            for row in decode_rows(self.files[file.path], manifest.file_format)
        ]

    def checkpoint(self, origin: str, seed: bytes = SEED) -> Checkpoint:
        note = self.files[log_path(origin, "checkpoint")].decode()
        return verify_checkpoint(note, origin, [_key(origin, seed)])

    def verify(self, *, seed: bytes = SEED) -> Leaf:
        """Check all that an export says of itself; return the leaf of the entry that vouches for it."""
        manifest = self.manifest
        for file in manifest.files:
            assert describe(file.path, self.files[file.path], file.rows) == file
        for shard in manifest.shards:
            checkpoint = self.checkpoint(shard.origin, seed)
            tally = Tally(shard.origin, checkpoint.size)
            for row in self.rows:
                if row.shard == shard.origin:
                    tally.add(row.index)
                    self._verify_row(row, checkpoint)
            assert tally.total() == shard
            assert not manifest.filter.is_empty or shard.rows == shard.size
        assert all(manifest.filter.admits(row) for row in self.rows)
        seal = decode_seal(self.files[SEAL])
        return verify_seal(seal, self.files[MANIFEST], [_key(seal.shard, seed)])

    def erasures(self, seed: bytes = SEED) -> list[UUID]:
        """Name the erasures that the export proves to be in the log."""
        found = []
        for row, proof in decode_erasures(self.files[ERASURES]):
            verify_proof(proof, hash_leaf(row.leaf), row.shard, [_key(row.shard, seed)])
            found.append(row.entry_id)
        return found

    def _verify_row(self, row: Row, checkpoint: Checkpoint) -> None:
        def tile(ref: TileRef) -> bytes:
            return self.files[log_path(row.shard, tile_path(ref))]

        proof = inclusion_proof(row.index, checkpoint.size, tile)
        verify_inclusion(row.index, checkpoint.size, hash_leaf(row.leaf), proof, checkpoint.root)
        leaf = decode_leaf(row.leaf)
        for group, cell in row.groups.items():
            assert judge_cell(leaf, group, cell, erased=cell.erasure is not None) is cell.state
            assert cell.state in {GroupState.OK, GroupState.SHREDDED}


def _key(origin: str, seed: bytes) -> VerifierKey:
    return SigningKey(origin, seed).vkey
