"""The manifest of an export: what was asked for, by whom and why, and what was given.

It is canonical JSON (RFC 8785). `indexes` is the SHA-256 over the indexes of a shard's rows, each as eight
bytes big-endian, in order: with count, first and last it says which rows there are, so that none can be taken out or
put in. Where nothing was filtered they are all of 0 … size - 1, and the rows themselves rebuild the tree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

from registry_formats import canonical
from registry_formats.errors import FormatError
from registry_formats.export_filter import ExportFilter, filter_json, read_filter
from registry_formats.export_rows import parse_id
from registry_formats.exports import ERASURES, ExportFile, ExportFormat, is_rows_path
from registry_formats.leaf import Group
from registry_formats.merkle import HASH_BYTES
from registry_formats.openings import GroupState

SCHEMA = "registry/audit-export/v1"
_MALFORMED = "export_manifest_malformed"
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class ShardRows:
    """Say which rows of a shard there are.

    Args:
        origin: the shard.
        size: of the tree under the checkpoint; entries from this index on are not part of the export.
        rows: how many there are.
        first: the lowest index; None where there are none.
        last: the highest.
        indexes: the digest of all, 32 bytes.
    """

    origin: str
    size: int
    rows: int
    first: int | None
    last: int | None
    indexes: bytes


@dataclass(frozen=True, slots=True)
class Manifest:
    """Say what was asked for, by whom and why, and what was given.

    Args:
        export_id: the entry that recorded the export before its first byte.
        realm: of the registry.
        file_format: of the rows.
        created_ms: Unix milliseconds.
        requester: the auditor, as the log names who acts.
        purpose: `Q1` … `Q6`.
        reason: why, in the requester's own words.
        filter: which entries were asked for.
        groups: which groups were opened to the requester.
        shards: what there is of each shard.
        files: of rows and erasures.
        states: for each group, how many entries are in which state.
        erasures: for each erasure entry named by a row: how many groups it shredded here.
    """

    export_id: UUID
    realm: str
    file_format: ExportFormat
    created_ms: int
    requester: str
    purpose: str
    reason: str
    filter: ExportFilter
    groups: tuple[Group, ...]
    shards: tuple[ShardRows, ...]
    files: tuple[ExportFile, ...]
    states: Mapping[Group, Mapping[GroupState, int]]
    erasures: Mapping[UUID, int]

    @property
    def rows(self) -> int:
        """Count the rows."""
        return sum(shard.rows for shard in self.shards)


def encode_manifest(manifest: Manifest) -> bytes:
    """Write manifest.json."""
    return canonical.dumps(
        {
            "schema": SCHEMA,
            "export_id": str(manifest.export_id),
            "realm": manifest.realm,
            "format": manifest.file_format.value,
            "created_ms": manifest.created_ms,
            "requester": manifest.requester,
            "purpose": manifest.purpose,
            "reason": manifest.reason,
            "filter": filter_json(manifest.filter),
            "groups": [group.value for group in manifest.groups],
            "rows": manifest.rows,
            "shards": [
                {
                    "origin": one.origin,
                    "size": one.size,
                    "rows": one.rows,
                    "first": one.first,
                    "last": one.last,
                    "indexes": one.indexes.hex(),
                }
                for one in manifest.shards
            ],
            "files": [
                {"path": one.path, "bytes": one.length, "sha256": one.sha256.hex(), "rows": one.rows}
                for one in manifest.files
            ],
            "states": {
                group.value: {state.value: count for state, count in counts.items()}
                for group, counts in manifest.states.items()
            },
            "erasures": {str(entry_id): count for entry_id, count in manifest.erasures.items()},
        }
    )


def decode_manifest(data: bytes) -> Manifest:
    """Read manifest.json; `export_manifest_malformed` for anything but what `encode_manifest` writes."""
    try:
        manifest = _manifest(canonical.loads(data))
    except (KeyError, TypeError, ValueError, AttributeError):  # a FormatError is a ValueError
        raise FormatError(_MALFORMED) from None
    if encode_manifest(manifest) != data:
        raise FormatError(_MALFORMED)
    return manifest


class Tally:
    """Count the rows of one shard as they pass; writer and verifier do the same."""

    def __init__(self, origin: str, size: int) -> None:
        self._origin, self._size = origin, size
        self._rows = 0
        self._first: int | None = None
        self._last: int | None = None
        self._digest = sha256()

    def add(self, index: int) -> None:
        """Count a row; `export_order` for an index that does not follow, or is beyond the tree."""
        if not (-1 if self._last is None else self._last) < index < self._size:
            raise FormatError("export_order")
        self._first = index if self._first is None else self._first
        self._last = index
        self._rows += 1
        self._digest.update(index.to_bytes(8, "big"))

    def total(self) -> ShardRows:
        """Say what was counted so far."""
        return ShardRows(self._origin, self._size, self._rows, self._first, self._last, self._digest.digest())


def _manifest(value: Any) -> Manifest:  # noqa: ANN401 - any JSON value
    return Manifest(
        export_id=parse_id(value["export_id"]),
        realm=_text(value["realm"]),
        file_format=ExportFormat(value["format"]),
        created_ms=_count(value["created_ms"]),
        requester=_text(value["requester"]),
        purpose=_text(value["purpose"]),
        reason=_text(value["reason"]),
        filter=read_filter(value["filter"]),
        groups=tuple(map(Group, value["groups"])),
        shards=tuple(_shard(**one) for one in value["shards"]),
        files=tuple(map(_file, value["files"])),
        states={
            Group(group): {GroupState(state): _count(count) for state, count in counts.items()}
            for group, counts in value["states"].items()
        },
        erasures={parse_id(entry_id): _count(count) for entry_id, count in value["erasures"].items()},
    )


def _shard(**one: Any) -> ShardRows:  # noqa: ANN401 - any JSON value
    return ShardRows(
        origin=_text(one["origin"]),
        size=_count(one["size"]),
        rows=_count(one["rows"]),
        first=_perhaps(_count, one["first"]),
        last=_perhaps(_count, one["last"]),
        indexes=_digest(one["indexes"]),
    )


def _file(one: Any) -> ExportFile:  # noqa: ANN401 - any JSON value
    path = _text(one["path"])
    # A path from a stranger's file is not followed wherever it leads.
    if path != ERASURES and not is_rows_path(path):
        raise FormatError(_MALFORMED)
    return ExportFile(path, _count(one["bytes"]), _digest(one["sha256"]), _count(one["rows"]))


def _perhaps(read: Callable[[Any], _Value], value: Any) -> _Value | None:  # noqa: ANN401 - any JSON value
    return None if value is None else read(value)


def _count(value: Any) -> int:  # noqa: ANN401 - any JSON value
    if type(value) is not int or value < 0:
        raise FormatError(_MALFORMED)
    return value


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if not isinstance(value, str):
        raise FormatError(_MALFORMED)
    return value


def _digest(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    digest = bytes.fromhex(value)
    if len(digest) != HASH_BYTES:
        raise FormatError(_MALFORMED)
    return digest
