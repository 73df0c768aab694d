"""An export of the audit log: one tar, or the directory it unpacks to, that proves itself without database or network.

    rows/000000.jsonl …     the rows in the order of shard and index, 4096 a file (.csv, .parquet, .ocsf.jsonl)
    log/2026h2.1/tile/…     the hashes that prove every row (C2SP tlog-tiles), for each shard
    log/2026h2.1/checkpoint the signed checkpoint they lead to
    erasures.jsonl          for each erasure that a row names: its own row, and a proof that it is in the log
    manifest.json           what was asked for and what was given (`export_manifest`)
    seal.json               the log entry that vouches for the manifest, proved (`export_seal`)

Manifest and seal come last: a stream that broke off lacks them, and is recognised by that. Tiles need no digest in the
manifest, because the checkpoint's root authenticates each of them.
"""

import re
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from registry_formats import canonical, export_csv, export_ocsf, export_rows
from registry_formats.errors import FormatError
from registry_formats.export_rows import Row

ROWS_PER_FILE = 4096
MANIFEST = "manifest.json"
SEAL = "seal.json"
ERASURES = "erasures.jsonl"
_ROWS = re.compile(r"rows/([0-9]{6,})\.([a-z.]+)", re.ASCII)
_BLOCK = 512
TAR_END = bytes(2 * _BLOCK)


class ExportFormat(StrEnum):
    """Name how rows are written; the same rows in each."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    OCSF = "ocsf"


SUFFIXES = {
    ExportFormat.JSONL: "jsonl",
    ExportFormat.CSV: "csv",
    ExportFormat.PARQUET: "parquet",
    ExportFormat.OCSF: "ocsf.jsonl",
}


@dataclass(frozen=True, slots=True)
class ExportFile:
    """Name one file of an export: its path, length in bytes, SHA-256 (32 bytes) and how many rows it holds."""

    path: str
    length: int
    sha256: bytes
    rows: int


def log_path(origin: str, path: str) -> str:
    """Write where a file of a shard is: below the last part of the shard's origin, as the registry serves it."""
    return f"log/{origin.rpartition('/')[2]}/{path}"


def rows_path(number: int, file_format: ExportFormat) -> str:
    """Write the path of one file of rows, numbered from 0."""
    return f"rows/{number:06d}.{SUFFIXES[file_format]}"


def is_rows_path(path: str) -> bool:
    """Tell whether a path is that of a file of rows."""
    match = _ROWS.fullmatch(path)
    return match is not None and match[2] in SUFFIXES.values()


def describe(path: str, data: bytes, rows: int) -> ExportFile:
    """Describe a file for the manifest."""
    return ExportFile(path, len(data), sha256(data).digest(), rows)


def tar_member(path: str, data: bytes, created_ms: int) -> bytes:
    """Write one file as it stands in a tar (POSIX.1-2001); `TAR_END` follows the last one.

    `tarfile` itself keeps a list of all it wrote, which a stream of unknown length must not.
    """
    head = tarfile.TarInfo(path)
    head.size, head.mtime, head.mode = len(data), created_ms // 1000, 0o644
    return head.tobuf(tarfile.PAX_FORMAT) + data + bytes(-len(data) % _BLOCK)


def encode_rows(rows: Iterable[Row], file_format: ExportFormat) -> bytes:
    """Write the rows of one file; a Parquet file needs the extra `parquet`.

    Raises:
        FormatError: `parquet_unavailable`, without that extra.
    """
    match file_format:
        case ExportFormat.JSONL:
            return b"".join([export_rows.encode_row(row) + b"\n" for row in rows])
        case ExportFormat.CSV:
            return export_csv.encode(rows)
        case ExportFormat.OCSF:
            return b"".join([export_ocsf.encode(row) + b"\n" for row in rows])
        case ExportFormat.PARQUET:
            return _encode_parquet(rows)


def decode_rows(data: bytes, file_format: ExportFormat) -> list[Row]:
    """Read the rows of one file.

    Raises:
        FormatError: `export_row_malformed`, and what `leaf.decode_leaf` raises; `parquet_unavailable`.
    """
    match file_format:
        case ExportFormat.JSONL:
            return [export_rows.decode_row(line) for line in lines(data)]
        case ExportFormat.CSV:
            return export_csv.decode(data)
        case ExportFormat.OCSF:
            return [export_ocsf.decode(line) for line in lines(data)]
        case ExportFormat.PARQUET:
            return _decode_parquet(data)


def encode_erasure(row: Row, proof: str) -> bytes:
    """Write one line of erasures.jsonl: the erasure's own row, and its `tlog-proof@v1` file."""
    return b'{"proof":' + canonical.dumps(proof) + b',"row":' + export_rows.encode_row(row) + b"}\n"


def decode_erasures(data: bytes) -> list[tuple[Row, str]]:
    """Read erasures.jsonl, verifying nothing: rows with their proofs; errors as in `decode_rows`."""
    found = []
    for line in lines(data):
        match export_rows.parse_json(line):
            case {"row": row, "proof": str(proof), **rest} if not rest:
                found.append((export_rows.row_from_json(row), proof))
            case _:
                raise FormatError(export_rows.MALFORMED)
    return found


def lines(data: bytes) -> list[bytes]:
    """Split lines that each end in a line feed; `export_row_malformed` when the last one does not."""
    *found, rest = data.split(b"\n")
    if rest:
        raise FormatError(export_rows.MALFORMED)
    return found


def _encode_parquet(rows: Iterable[Row]) -> bytes:
    try:
        from registry_formats.export_parquet import encode  # noqa: PLC0415 - nothing else needs pyarrow
    except ImportError:
        raise FormatError("parquet_unavailable") from None
    return encode(rows)


def _decode_parquet(data: bytes) -> list[Row]:
    try:
        from registry_formats.export_parquet import decode  # noqa: PLC0415 - nothing else needs pyarrow
    except ImportError:
        raise FormatError("parquet_unavailable") from None
    return decode(data)
