"""The columns of an export's row, for formats that have columns: CSV and Parquet.

The first columns are for people; they repeat the leaf and the org group, and a file in which they contradict these is
refused. What proves the row are `shard`, `index` and `leaf`; each group has a state, a salt, the erasure that names it
and, under the group's own name, its detail as canonical JSON. An empty text says that there is none.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from registry_formats import base64std
from registry_formats.errors import FormatError
from registry_formats.export_rows import MALFORMED, Cell, Row, parse_hex, parse_id, parse_state
from registry_formats.leaf import LEAF_BYTES, Group, decode_leaf

_TOLD = ("member", "action", "purpose", "outcome")
_OF_GROUP = ("{0}_state", "{0}_salt", "{0}_erasure", "{0}")
COLUMNS = (
    *("shard", "index", "entry_id", "time", "type"),
    *_TOLD,
    *("staff_tag", "leaf"),
    *(name.format(group) for group in Group for name in _OF_GROUP),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_cells(row: Row) -> dict[str, str]:
    """Write a row as text, by column."""
    org = row.detail(Group.ORG) or {}
    cells = {
        "shard": row.shard,
        "index": str(row.index),
        "entry_id": str(row.entry_id),
        "time": write_time(row.t_ms),
        "type": row.type,
        **{name: _told(org.get(name)) for name in _TOLD},
        "staff_tag": row.staff_tag.hex() if row.staff_tag is not None else "",
        "leaf": base64std.encode(row.leaf),
    }
    for group in Group:
        cells.update(_group_cells(group, row.groups.get(group)))
    return cells


def from_cells(cells: Mapping[str, str]) -> Row:
    """Read a row; `export_row_malformed` for anything but what `to_cells` writes, `leaf_malformed` for its leaf."""
    if tuple(cells) != COLUMNS:
        raise FormatError(MALFORMED)
    tag = cells["staff_tag"]
    leaf = base64std.decode(cells["leaf"], code=MALFORMED, size=LEAF_BYTES)
    decode_leaf(leaf)
    row = Row(
        shard=cells["shard"],
        index=int(cells["index"]) if cells["index"].isdecimal() else -1,
        leaf=leaf,
        staff_tag=parse_hex(tag) if tag else None,
        groups=dict(_groups(cells)),
    )
    if to_cells(row) != cells:
        raise FormatError(MALFORMED)
    return row


def write_time(t_ms: int) -> str:
    """Write Unix milliseconds as RFC 3339 in UTC; `export_row_malformed` beyond the year 9999."""
    try:
        return (_EPOCH + timedelta(milliseconds=t_ms)).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    except OverflowError:
        raise FormatError(MALFORMED) from None


def _group_cells(group: Group, cell: Cell | None) -> Iterator[tuple[str, str]]:
    if cell is None:
        values = ["", "", "", ""]
    else:
        erasure = str(cell.erasure) if cell.erasure is not None else ""
        values = [cell.state.value, base64std.encode(cell.salt), erasure, cell.detail.decode()]
    return zip([name.format(group) for name in _OF_GROUP], values, strict=True)


def _groups(cells: Mapping[str, str]) -> Iterator[tuple[Group, Cell]]:
    for group in Group:
        state, salt, erasure, detail = (cells[name.format(group)] for name in _OF_GROUP)
        if state:
            opened = base64std.decode(salt, code=MALFORMED)
            yield group, Cell(parse_state(state), opened, detail.encode(), parse_id(erasure) if erasure else None)


def _told(value: object) -> str:
    return value if isinstance(value, str) else ""
