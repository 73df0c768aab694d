"""Write an export piece by piece as its reader takes it: one file of rows in memory, one transaction a piece."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from registry.api.sights import open_sight
from registry.clock import Clock
from registry.crypto.needed_tiles import NeededTiles
from registry.domain.events import Act
from registry.errors import Conflict, Unavailable
from registry.services.auditing import Desk, exports
from registry.services.auditing.export_opening import OPENED
from registry.services.auditing.exports import Asked, Export, Tree
from registry.store import log
from registry.store.database import Database, ReadSession
from registry_formats.errors import FormatError
from registry_formats.export_manifest import Manifest, ShardRows, Tally, encode_manifest
from registry_formats.export_rows import Row
from registry_formats.export_seal import encode_seal
from registry_formats.exports import (
    ERASURES,
    MANIFEST,
    ROWS_PER_FILE,
    SEAL,
    TAR_END,
    ExportFile,
    describe,
    encode_rows,
    log_path,
    rows_path,
    tar_member,
)
from registry_formats.leaf import Group
from registry_formats.openings import GroupState
from registry_formats.tiles import TileRef, tile_path

MEDIA_TYPE = "application/x-tar"
_TILES_AT_ONCE = 32
_TURN_SECONDS = 0.2
_Proof = TypeVar("_Proof")


@dataclass(frozen=True, slots=True)
class Office:
    """What exports are made with.

    Args:
        reads: signed in as the auditor.
        writes: signed in as whoever may write entries.
        desk: opens details and writes entries.
        clock: of the times in the log.
        realm: of the registry.
        rows_per_file: so many rows are in memory at once, at most;
        bytes_per_file: and so much of what they hold, because rows differ in size.
        patience: seconds that the worker may take to sign a checkpoint; it does so every second.
    """

    reads: Database
    writes: Database
    desk: Desk
    clock: Clock
    realm: str
    rows_per_file: int = ROWS_PER_FILE
    bytes_per_file: int = 8 << 20
    patience: float = 30.0

    async def begin(self, asked: Asked, *, act: Act) -> "Exporter":
        """Record the export, and make ready to write it.

        Raises:
            Conflict: `export_format_unavailable`, where what writes the format is not installed.
            RegistryError: what `exports.begin` raises.
        """
        try:
            encode_rows([], asked.file_format)
        except FormatError:
            raise Conflict("export_format_unavailable") from None
        async with self.reads.read() as reads, open_sight(reads, self.writes, act=act, desk=self.desk) as sight:
            export = await exports.begin(sight, asked)
        return Exporter(self, export)


class Exporter:
    """Writes one export.

    Attributes:
        total: how many places of the log there are to look at.
        looked: how many have been looked at.
        rows: how many rows were written.
    """

    def __init__(self, office: Office, export: Export) -> None:
        self.id = export.id
        self.total = sum(tree.signed.size for tree in export.trees)
        self.looked = self.rows = 0
        self._office, self._export = office, export
        self._created_ms = int(export.act.now.timestamp() * 1000)
        self._shards: list[ShardRows] = []
        self._files: list[ExportFile] = []
        self._states: dict[Group, Counter[GroupState]] = {group: Counter() for group in OPENED}
        self._erasures: Counter[UUID] = Counter()

    async def stream(self) -> AsyncIterator[bytes]:
        """Write the tar. What ends before its last byte has no seal, and leaves no entry that the export was given."""
        for tree in self._export.trees:
            async for piece in self._tree(tree):
                yield piece
        if self._erasures:
            lines = await self._covered(lambda session: exports.prove_erasures(session, self._export, self._erasures))
            yield self._file(ERASURES, b"".join(lines), len(lines))
        manifest = encode_manifest(self._manifest())
        yield tar_member(MANIFEST, manifest, self._created_ms)
        async with self._office.writes.write() as session:
            now, desk = self._office.clock(), self._office.desk
            closed = await exports.finish(session, self._export, manifest, self.rows, now=now, desk=desk)
        seal = await self._covered(lambda session: exports.seal(session, closed))
        yield tar_member(SEAL, encode_seal(seal), self._created_ms) + TAR_END

    async def _tree(self, tree: Tree) -> AsyncIterator[bytes]:
        size = tree.signed.size
        tally, needed = Tally(tree.origin, size), NeededTiles(size)
        checkpoint = tree.signed.note.encode()
        yield tar_member(log_path(tree.origin, "checkpoint"), checkpoint, self._created_ms)
        async for piece in self._tiles(tree, needed.edge):
            yield piece
        async for rows in self._files_of_rows(tree):
            yield await asyncio.to_thread(self._rows_file, rows)
            refs = []
            for row in rows:
                tally.add(row.index)
                refs += needed.add(row.index)
            async for piece in self._tiles(tree, refs):
                yield piece
        self._shards.append(tally.total())

    async def _files_of_rows(self, tree: Tree) -> AsyncIterator[list[Row]]:
        """Gather the rows of one file after another."""
        rows: list[Row] = []
        first = size = 0
        while first < tree.signed.size:
            async with self._office.reads.read() as session:
                part = await exports.read(session, self._export, tree, first)
            opened = await asyncio.to_thread(exports.open_rows, self._export, tree, part.rows)
            self.looked += part.following - first
            first = part.following
            for sealed, row in zip(part.rows, opened, strict=True):
                rows.append(row)
                size += len(sealed.sealed_content)
                if len(rows) >= self._office.rows_per_file or size >= self._office.bytes_per_file:
                    yield rows
                    rows, size = [], 0
        if rows:
            yield rows

    def _rows_file(self, rows: Sequence[Row]) -> bytes:
        self.rows += len(rows)
        for row in rows:
            for group, cell in row.groups.items():
                self._states[group][cell.state] += 1
                if cell.erasure is not None:
                    self._erasures[cell.erasure] += 1
        file_format = self._export.asked.file_format
        path = rows_path(len(self._files), file_format)
        return self._file(path, encode_rows(rows, file_format), len(rows))

    def _file(self, path: str, data: bytes, rows: int) -> bytes:
        self._files.append(describe(path, data, rows))
        return tar_member(path, data, self._created_ms)

    async def _tiles(self, tree: Tree, refs: Sequence[TileRef]) -> AsyncIterator[bytes]:
        for start in range(0, len(refs), _TILES_AT_ONCE):
            wanted = refs[start : start + _TILES_AT_ONCE]
            async with self._office.reads.read() as session:
                tiles = await log.read_tiles(session, shard_id=tree.shard_id, refs=wanted)
            for ref, hashes in tiles.items():
                yield tar_member(log_path(tree.origin, tile_path(ref)), hashes, self._created_ms)

    async def _covered(self, prove: Callable[[ReadSession], Awaitable[_Proof | None]]) -> _Proof:
        """Wait until a checkpoint covers what is to be proved; Unavailable `checkpoint_behind`."""
        try:
            async with asyncio.timeout(self._office.patience):
                while True:
                    async with self._office.reads.read() as session:
                        proof = await prove(session)
                    if proof is not None:
                        return proof
                    await asyncio.sleep(_TURN_SECONDS)
        except TimeoutError:
            raise Unavailable("checkpoint_behind") from None

    def _manifest(self) -> Manifest:
        asked = self._export.asked
        return Manifest(
            export_id=self.id,
            realm=self._office.realm,
            file_format=asked.file_format,
            created_ms=self._created_ms,
            requester=self._export.act.operator,
            purpose=asked.because.purpose.value,
            reason=asked.because.reason,
            filter=exports.manifest_filter(asked.filter),
            groups=OPENED,
            shards=tuple(self._shards),
            files=tuple(self._files),
            states=self._states,
            erasures=self._erasures,
        )
