"""Rows of an export as Parquet: the columns of `export_columns`, index and time with types of their own.

Needs pyarrow, the extra `parquet`; nothing but an export in this format imports it.
"""

from collections.abc import Iterable
from datetime import datetime

import pyarrow as pa
from pyarrow import parquet

from registry_formats.errors import FormatError
from registry_formats.export_columns import COLUMNS, from_cells, to_cells
from registry_formats.export_rows import MALFORMED, Row

_TYPES = {"index": pa.int64(), "time": pa.timestamp("ms", tz="UTC")}
_SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in COLUMNS])


def encode(rows: Iterable[Row]) -> bytes:
    """Write the rows as one file."""
    columns: dict[str, list[object]] = {name: [] for name in COLUMNS}
    for row in rows:
        for name, text in to_cells(row).items():
            columns[name].append(text or None)
    columns["index"] = [int(str(text)) for text in columns["index"]]
    columns["time"] = [datetime.fromisoformat(str(text)) for text in columns["time"]]
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table(columns, schema=_SCHEMA), sink, compression="zstd")
    written: bytes = sink.getvalue().to_pybytes()
    return written


def decode(data: bytes) -> list[Row]:
    """Read rows; `export_row_malformed` for anything but what `encode` writes."""
    try:
        table = parquet.read_table(pa.BufferReader(data))
    except (pa.ArrowException, OSError):
        raise FormatError(MALFORMED) from None
    if not table.schema.equals(_SCHEMA):
        raise FormatError(MALFORMED)
    columns = {name: table.column(name).to_pylist() for name in COLUMNS}
    if any(value is None for name in _TYPES for value in columns[name]):
        raise FormatError(MALFORMED)
    columns["index"] = [str(value) for value in columns["index"]]
    columns["time"] = [_time(value) for value in columns["time"]]
    cells = zip(*columns.values(), strict=True)
    return [from_cells(dict(zip(COLUMNS, (text or "" for text in row), strict=True))) for row in cells]


def _time(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
