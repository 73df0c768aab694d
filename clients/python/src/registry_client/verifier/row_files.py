"""Read the rows of an export file by file, and go on after one that cannot be read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from registry_client.verifier.archives import fetch
from registry_client.verifier.copies import Unusable
from registry_client.verifier.findings import Fault, Faults, Finding
from registry_client.verifier.sources import Source
from registry_formats.errors import FormatError
from registry_formats.export_manifest import Manifest
from registry_formats.export_rows import MALFORMED, Row
from registry_formats.exports import ExportFile, ExportFormat, decode_rows, describe, is_rows_path

_ROOM = 1 << 16
_MOST = 1 << 30  # a file of rows is held in memory


@dataclass(frozen=True, slots=True)
class Unread:
    """Stands for a row that could not be read."""


class RowFiles:
    """The rows of an export, in their order.

    Args:
        source: the export's files.
        manifest: says which files there are.
        faults: to add to.
    """

    def __init__(self, source: Source, manifest: Manifest, faults: Faults) -> None:
        self._source = source
        self._format = manifest.file_format
        self._files = [one for one in manifest.files if is_rows_path(one.path)]
        self._is_whole = manifest.filter.is_empty  # then a row's place tells its index
        self._faults = faults
        self._next = 0

    def __iter__(self) -> Iterator[Row | Unread]:
        """Give each row, or a mark in its place."""
        for file in self._files:
            for row in self._read(file):
                self._next = row.index + 1 if isinstance(row, Row) else self._next + 1
                yield row

    def _read(self, file: ExportFile) -> Iterator[Row | Unread]:
        try:
            # Room for rows that were put in: they are to be found.
            data = fetch(self._source, file.path, min(2 * file.length + _ROOM, _MOST))
        except Unusable as error:
            self._name(error.fault.finding, file.rows, file.path, error.fault.detail)
            yield from [Unread()] * file.rows
            return
        is_cut = len(data) < file.length and not data.endswith(b"\n")
        if is_cut:
            self._name(Finding.FILE_CUT, file.rows, file.path)
            data = b"" if self._format is ExportFormat.PARQUET else data[: data.rfind(b"\n") + 1]
        elif describe(file.path, data, file.rows) != file:
            self._name(Finding.FILE_CHANGED, file.rows, file.path)
        count = 0
        for row in self._decode(file, data) if data else ():
            count += 1
            yield row
        if is_cut:
            yield from [Unread()] * (file.rows - count)

    def _decode(self, file: ExportFile, data: bytes) -> Iterator[Row | Unread]:
        try:
            yield from decode_rows(data, self._format)
        except FormatError as error:
            if self._format is ExportFormat.PARQUET:
                self._name(Finding.ROW_MALFORMED, file.rows, file.path, error.code)
                yield from [Unread()] * file.rows
            else:
                yield from self._decode_lines(file, data)

    def _decode_lines(self, file: ExportFile, data: bytes) -> Iterator[Row | Unread]:
        for line, piece in enumerate(_pieces(data, self._format), 1):
            try:
                (row,) = decode_rows(piece, self._format)
            except (FormatError, ValueError) as error:
                code = error.code if isinstance(error, FormatError) else MALFORMED
                self._name(Finding.ROW_MALFORMED, 1, f"{file.path} row {line}", code)
                yield Unread()
            else:
                yield row

    def _name(self, finding: Finding, rows: int, place: str, detail: str = "") -> None:
        fault = Fault(finding, place=place, detail=detail)
        self._faults.add(fault.within(self._next, self._next + rows - 1) if self._is_whole else fault)


def _pieces(data: bytes, file_format: ExportFormat) -> list[bytes]:
    """Cut a file of lines into files of one row each."""
    end = b"\r\n" if file_format is ExportFormat.CSV else b"\n"
    *lines, rest = data.split(end)
    whole = [line + end for line in lines] + ([rest] if rest else [])
    if file_format is not ExportFormat.CSV:
        return whole
    head, *rows = whole or [b""]
    return [head + row for row in rows]


def placed(rows: Iterable[Row | Unread], faults: Faults) -> Iterator[Row | Unread]:
    """Put a row under its own index that says another one: where all rows were asked for, its neighbours tell."""
    expected = 0
    remaining = iter(rows)
    row = next(remaining, None)
    while row is not None:
        following = next(remaining, None)
        if isinstance(row, Unread):
            expected += 1
        else:
            goes_on = isinstance(following, Row) and (following.shard, following.index) == (row.shard, expected + 1)
            if row.index != expected and goes_on:
                faults.add(Fault(Finding.ROW_MISPLACED, expected, place=row.shard, detail=f"says {row.index}"))
                row = replace(row, index=expected)
            expected = row.index + 1
        yield row
        if isinstance(row, Row) and isinstance(following, Row) and following.shard != row.shard:
            expected = 0
        row = following
