"""The rows of an export of the audit log: one entry each, with what its reader may see opened.

A row holds only what the leaf does not say itself: where the entry stands, and its openings. Id, time and type are
written out beside the leaf for whoever reads the file, and a file in which they contradict the leaf is refused.

As JSON a row is canonical (RFC 8785), so that the detail in it is byte for byte what the leaf commits to:

    {"content": {"detail": {…}, "salt": "…", "state": "ok"}, "entry_id": "…", "index": 7, "leaf": "…", "org": {…},
     "shard": "registry.example/audit/2026h2.1", "staff_tag": "…", "subject": {…}, "t_ms": 1795262400000,
     "type": "query"}

A group that the reader was not shown is absent. A group that is gone has a state and no detail; `shredded` names the
`erasure` entry that says so.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from registry_formats import base64std, canonical
from registry_formats.errors import FormatError
from registry_formats.leaf import (
    ENTRY_ID,
    LEAF_BYTES,
    SALT_BYTES,
    T_MS,
    Group,
    Leaf,
    LeafType,
    commit_canonical,
    decode_leaf,
)
from registry_formats.merkle import MAX_SIZE
from registry_formats.openings import GroupState

MALFORMED = "export_row_malformed"
_TAG_BYTES = 32
_OPEN = frozenset({GroupState.OK, GroupState.MISMATCH})
_TYPES = {kind.value: kind.name.lower() for kind in LeafType}
_FIELDS = {"entry_id", "index", "leaf", "shard", "staff_tag", "t_ms", "type"}


@dataclass(frozen=True, slots=True)
class Cell:
    """Hold one group of one entry as its reader sees it.

    Args:
        state: what the registry found; the verifier judges for itself.
        salt: 32 bytes; empty where nothing opens.
        detail: canonical JSON; empty where nothing opens.
        erasure: the entry that says who had it destroyed, and why; for what is shredded, and only there.
    """

    state: GroupState
    salt: bytes = b""
    detail: bytes = b""
    erasure: UUID | None = None

    def __post_init__(self) -> None:
        """Refuse, with `export_row_malformed`, a cell whose parts contradict its state."""
        opens = self.state in _OPEN
        if (len(self.salt), bool(self.detail)) != ((SALT_BYTES, True) if opens else (0, False)):
            raise FormatError(MALFORMED)
        if (self.erasure is not None) != (self.state is GroupState.SHREDDED):
            raise FormatError(MALFORMED)


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one entry: where it stands, its leaf (168 bytes), the tag of who acted, and the groups that were opened."""

    shard: str
    index: int
    leaf: bytes
    staff_tag: bytes | None
    groups: Mapping[Group, Cell]

    def __post_init__(self) -> None:
        """Refuse, with `export_row_malformed`, a place or a tag that cannot be."""
        if not 0 <= self.index < MAX_SIZE or len(self.leaf) != LEAF_BYTES:
            raise FormatError(MALFORMED)
        if self.staff_tag is not None and len(self.staff_tag) != _TAG_BYTES:
            raise FormatError(MALFORMED)

    @property
    def entry_id(self) -> UUID:
        """Give the entry's id."""
        return UUID(bytes=self.leaf[ENTRY_ID])

    @property
    def t_ms(self) -> int:
        """Give the entry's time in Unix milliseconds."""
        return int.from_bytes(self.leaf[T_MS], "big")

    @property
    def type(self) -> str:
        """Name the entry's type, in small letters; a number this code does not know stays a number."""
        number = self.leaf[1]
        return _TYPES.get(number, str(number))

    def detail(self, group: Group) -> dict[str, Any] | None:
        """Give a group's detail, or None where nothing opens."""
        cell = self.groups.get(group)
        if cell is None or not cell.detail:
            return None
        found: dict[str, Any] = json.loads(cell.detail)
        return found


def judge_cell(leaf: Leaf, group: Group, cell: Cell, erased: bool) -> GroupState:  # noqa: FBT001 - the fact
    """Judge one group for oneself, as `openings.judge` does, without reading the detail as JSON again.

    Args:
        leaf: decoded from the row's own 168 bytes.
        group: which of its commitments.
        cell: what the export says.
        erased: whether an erasure entry, itself proved to be in the log, names this entry and group.
    """
    if not cell.detail:
        return GroupState.SHREDDED if erased else GroupState.MISSING
    is_committed = commit_canonical(group, cell.salt, cell.detail) == leaf.commitment(group)
    return GroupState.OK if is_committed else GroupState.MISMATCH


def encode_row(row: Row) -> bytes:
    """Write a row as canonical JSON, without a line break."""
    parts = {group.value: _encode_cell(cell) for group, cell in row.groups.items()}
    raw = row.leaf[ENTRY_ID].hex()
    parts["entry_id"] = f'"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"'
    parts["index"] = str(row.index)
    parts["leaf"] = f'"{base64std.encode(row.leaf)}"'
    parts["shard"] = _quoted(row.shard)
    parts["staff_tag"] = f'"{row.staff_tag.hex()}"' if row.staff_tag is not None else "null"
    parts["t_ms"] = str(row.t_ms)
    parts["type"] = f'"{row.type}"'
    return ("{" + ",".join([f'"{name}":{parts[name]}' for name in sorted(parts)]) + "}").encode()


@lru_cache(maxsize=64)
def _quoted(shard: str) -> str:
    return json.dumps(shard, ensure_ascii=False)


def decode_row(data: bytes) -> Row:
    """Read a row; `export_row_malformed` for anything but what `encode_row` writes, `leaf_malformed` for its leaf."""
    row = row_from_json(parse_json(data))
    if encode_row(row) != data:
        raise FormatError(MALFORMED)
    return row


def parse_json(data: bytes | str) -> Any:  # noqa: ANN401 - any JSON value
    """Parse JSON without fractions, which no detail has; `export_row_malformed`."""
    try:
        return json.loads(data, parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise FormatError(MALFORMED) from None


def row_from_json(value: Any) -> Row:  # noqa: ANN401 - any JSON value
    """Read a row from JSON that was parsed already; errors as in `decode_row`."""
    if not isinstance(value, dict) or not value.keys() >= _FIELDS or not value.keys() <= _FIELDS | set(Group):
        raise FormatError(MALFORMED)
    tag = value["staff_tag"]
    row = Row(
        shard=_text(value["shard"]),
        index=value["index"] if type(value["index"]) is int else -1,
        leaf=base64std.decode(_text(value["leaf"]), code=MALFORMED, size=LEAF_BYTES),
        staff_tag=None if tag is None else parse_hex(_text(tag)),
        groups={group: _decode_cell(value[group]) for group in Group if group in value},
    )
    leaf = decode_leaf(row.leaf)
    said = (str(leaf.entry_id), leaf.t_ms, leaf.kind.name.lower())
    if (value["entry_id"], value["t_ms"], value["type"]) != said:
        raise FormatError(MALFORMED)
    return row


def canonical_detail(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Write a detail as canonical JSON; `export_row_malformed` for what is no object.

    Python's own writer is ten times as fast, and where all is ASCII it writes the very same (tests show it).
    """
    if not isinstance(value, dict):
        raise FormatError(MALFORMED)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("ascii") if text.isascii() else canonical.dumps(value)


def _encode_cell(cell: Cell) -> str:
    if cell.detail:
        salt = base64std.encode(cell.salt)
        return f'{{"detail":{cell.detail.decode()},"salt":"{salt}","state":"{cell.state}"}}'
    if cell.erasure is not None:
        return f'{{"erasure":"{cell.erasure}","state":"{cell.state}"}}'
    return f'{{"state":"{cell.state}"}}'


def _decode_cell(value: Any) -> Cell:  # noqa: ANN401 - any JSON value
    match value:
        case {"state": str(state), "salt": str(salt), "detail": detail, **rest} if not rest:
            opened = base64std.decode(salt, code=MALFORMED, size=SALT_BYTES)
            return Cell(parse_state(state), opened, canonical_detail(detail))
        case {"state": str(state), "erasure": str(erasure), **rest} if not rest:
            return Cell(parse_state(state), erasure=parse_id(erasure))
        case {"state": str(state), **rest} if not rest:
            return Cell(parse_state(state))
    raise FormatError(MALFORMED)


def parse_state(text: str) -> GroupState:
    """Read a state; `export_row_malformed`."""
    try:
        return GroupState(text)
    except ValueError:
        raise FormatError(MALFORMED) from None


def parse_id(text: str) -> UUID:
    """Read an id in its one spelling; `export_row_malformed`."""
    try:
        found = UUID(text)
    except ValueError:
        raise FormatError(MALFORMED) from None
    if str(found) != text:
        raise FormatError(MALFORMED)
    return found


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if not isinstance(value, str):
        raise FormatError(MALFORMED)
    return value


def _refuse(text: str) -> Any:  # noqa: ANN401 - never returns
    raise ValueError(text)


def parse_hex(text: str) -> bytes:
    """Read bytes written in hex; `export_row_malformed`."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise FormatError(MALFORMED) from None
