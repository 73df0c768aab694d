"""Verify an export of the audit log: that it is whole, that the log holds each row, and that the log vouches for it.

An export of everything must rebuild the tree up to the signed root. Of one that was filtered each row is proved by the
tiles beside it, and that none was taken out follows from the manifest, which the log's own entry of its end commits to.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType

from registry_client.verifier.archives import Below, fetch, open_archive
from registry_client.verifier.compare import continues
from registry_client.verifier.copies import LogCopy, Unusable, open_log
from registry_client.verifier.erasures import read_erasures
from registry_client.verifier.findings import Fault, Faults, Finding, Report
from registry_client.verifier.gaps import Crash
from registry_client.verifier.keys import Keys
from registry_client.verifier.logs import check_policy, missing_logs, read_kept
from registry_client.verifier.proven import ProvenTiles
from registry_client.verifier.row_checks import RowChecks
from registry_client.verifier.row_files import RowFiles, Unread, placed
from registry_client.verifier.rows import Blank
from registry_client.verifier.rows import Row as Hashes
from registry_client.verifier.sources import Source
from registry_client.verifier.tree import Tell, TreeCheck
from registry_formats.errors import FormatError
from registry_formats.export_manifest import Manifest, ShardRows, decode_manifest
from registry_formats.export_rows import Row
from registry_formats.export_seal import decode_seal, verify_seal
from registry_formats.exports import MANIFEST, SEAL, log_path
from registry_formats.merkle import hash_leaf
from registry_formats.notes import Checkpoint
from registry_formats.tiles import TILE_WIDTH

_MOST = 1 << 28
_CHECKPOINT = "checkpoint"


def verify_export(
    path: Path, keys: Keys, *, tell: Tell, gaps: bool = False, kept: Mapping[str, bytes] = MappingProxyType({})
) -> Report:
    """Check an export; arguments as in `read_export`."""
    return read_export(path, keys, tell=tell, gaps=gaps, kept=kept)[0]


def read_export(
    path: Path, keys: Keys, *, tell: Tell, gaps: bool = False, kept: Mapping[str, bytes] = MappingProxyType({})
) -> tuple[Report, Mapping[int, Crash]]:
    """Check an export, and return what it says of writers that died, by their ids.

    Args:
        path: the tar, or the directory it was unpacked to.
        keys: of the log, got apart from the export.
        tell: called with the number of rows done, and of all.
        gaps: also name times of silence, and writers that did not say that they ended.
        kept: checkpoints seen earlier, by a name for people, which must still follow.
    """
    faults = Faults()
    source, fault = open_archive(path)
    if fault is not None:
        faults.add(fault)
    try:
        data = fetch(source, MANIFEST, _MOST)
        manifest = decode_manifest(data)
    except Unusable as error:
        faults.add(error.fault)  # a stream that broke off
        return Report(source.name, {}, faults.all()), {}
    except FormatError as error:
        faults.add(Fault(Finding.MANIFEST_REFUSED, place=MANIFEST, detail=error.code))
        return Report(source.name, {}, faults.all()), {}
    _check_seal(source, data, keys, faults)
    export = _Export(source, manifest, keys, faults, gaps=gaps)
    counted = export.run(tell, read_kept(kept, keys, faults))
    return Report(source.name, _facts(manifest) | counted, faults.all()), export.crashes


def _facts(manifest: Manifest) -> dict[str, str | int]:
    return {
        "export_id": str(manifest.export_id),
        "realm": manifest.realm,
        "requester": manifest.requester,
        "purpose": manifest.purpose,
        "rows": manifest.rows,
        "format": manifest.file_format.value,
    }


def _check_seal(source: Source, manifest: bytes, keys: Keys, faults: Faults) -> None:
    try:
        seal = decode_seal(fetch(source, SEAL, _MOST))
        verify_seal(seal, manifest, keys.of_log(seal.shard))
    except Unusable as error:
        faults.add(error.fault)
    except FormatError as error:
        faults.add(Fault(Finding.SEAL_REFUSED, place=SEAL, detail=error.code))


class _Export:
    """Reads the rows of an export once, shard by shard."""

    def __init__(self, source: Source, manifest: Manifest, keys: Keys, faults: Faults, *, gaps: bool) -> None:
        self._source = source
        self._manifest = manifest
        self._keys = keys
        self._faults = faults
        self._checks = RowChecks(manifest, read_erasures(source, manifest, keys, faults), faults, gaps=gaps)
        rows = RowFiles(source, manifest, faults)
        self._is_whole = manifest.filter.is_empty
        self._rows: Iterator[Row | Unread] = placed(rows, faults) if self._is_whole else iter(rows)
        self._ahead: Row | Unread | None = next(self._rows, None)
        self._done = 0

    @property
    def crashes(self) -> Mapping[int, Crash]:
        """Give what rows say of writers that died."""
        return self._checks.crashes

    def run(self, tell: Tell, kept: Sequence[tuple[str, Checkpoint]]) -> dict[str, str | int]:
        """Check all shards."""
        self._faults.add(*missing_logs(kept, {shard.origin for shard in self._manifest.shards}))
        for shard in self._manifest.shards:
            log = self._open(shard)
            earlier = [one for one in kept if one[1].origin == shard.origin]
            if log is None:
                self._skip(shard)
            elif self._is_whole:
                # The hashes of the rows take the place of the log's own bundles.
                read = partial(self._bundle, shard, tell)
                TreeCheck(log, self._faults, read, earlier, shard.origin).run(_nobody)
                self._check_rest(shard)
            else:
                self._check_each(shard, ProvenTiles(log, self._faults), tell)
                self._check_kept(log, earlier)
        while self._ahead is not None:
            row = self._take()
            if isinstance(row, Row):
                self._faults.add(Fault(Finding.ROW_MISPLACED, row.index, place=row.shard))
        tell(self._manifest.rows, self._manifest.rows)
        return dict(self._checks.finish())

    def _open(self, shard: ShardRows) -> LogCopy | None:
        prefix = log_path(shard.origin, _CHECKPOINT).removesuffix(f"/{_CHECKPOINT}")
        try:
            log = open_log(Below(self._source, prefix), self._keys)
        except Unusable as error:
            self._faults.add(error.fault)
            return None
        if (log.checkpoint.origin, log.size) != (shard.origin, shard.size):
            self._faults.add(Fault(Finding.MANIFEST_DIFFERS, place=prefix, detail="checkpoint"))
            return None
        self._faults.add(*check_policy(log.note, self._keys.policy))
        return log

    def _check_kept(self, log: LogCopy, kept: Sequence[tuple[str, Checkpoint]]) -> None:
        """Check, where not all rows are here, that the tree continues what was signed earlier."""
        for name, checkpoint in kept:
            last = checkpoint.size - 1
            try:
                if checkpoint.size > log.size:
                    self._faults.add(Fault(Finding.ROLLED_BACK, log.size, last, name))
                elif not continues(checkpoint, log):
                    self._faults.add(Fault(Finding.KEPT_DIFFERS, 0, last, name))
            except Unusable as error:
                self._faults.add(error.fault)

    def _take(self) -> Row | Unread | None:
        row, self._ahead = self._ahead, next(self._rows, None)
        self._done += 1
        if isinstance(row, Row):
            self._checks.take(row)
        return row

    def _is_here(self, shard: ShardRows) -> bool:
        return isinstance(self._ahead, Unread) or (self._ahead is not None and self._ahead.shard == shard.origin)

    def _skip(self, shard: ShardRows) -> None:
        while self._is_here(shard):
            self._take()

    def _bundle(self, shard: ShardRows, tell: Tell, index: int) -> Hashes:
        """Hash the rows that say they are in one tile, and those that stand among them."""
        end, hashes = (index + 1) * TILE_WIDTH, Hashes()
        while self._is_here(shard):
            if isinstance(self._ahead, Row) and end <= self._ahead.index < shard.size:
                break
            if isinstance(self._ahead, Unread) and index * TILE_WIDTH + len(hashes) >= end:
                break
            row = self._take()
            hashes.append(hash_leaf(row.leaf) if isinstance(row, Row) else Blank.UNREAD)
            if isinstance(row, Row):
                self._checks.count(row)  # the tree tells which rows are missing or too many
        tell(self._done, self._manifest.rows)
        return hashes

    def _check_rest(self, shard: ShardRows) -> None:
        while self._is_here(shard):
            row = self._take()
            if isinstance(row, Row):
                self._faults.add(Fault(Finding.ENTRY_INSERTED, row.index, place=shard.origin))

    def _check_each(self, shard: ShardRows, tiles: ProvenTiles, tell: Tell) -> None:
        while self._is_here(shard):
            row = self._take()
            if isinstance(row, Row):
                true = tiles.hash_of(row.index) if row.index < shard.size else b""
                if true is not None and true != hash_leaf(row.leaf):
                    self._faults.add(Fault(Finding.ENTRY_CHANGED, row.index, place=shard.origin))
                elif not self._checks.count(row):
                    self._faults.add(Fault(Finding.ENTRY_INSERTED, row.index, place=shard.origin))
            if self._done % TILE_WIDTH == 0:
                tell(self._done, self._manifest.rows)


def _nobody(_: int, __: int) -> None:
    return
