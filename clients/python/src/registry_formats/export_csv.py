"""Rows of an export as CSV (RFC 4180): UTF-8, a head line, every field in quotes, CR LF after each line.

A spreadsheet takes a field for a formula by its first character. Such a field gets an apostrophe in front, and so does
one that begins with an apostrophe itself: whoever reads the file back takes one apostrophe away, and has what was there
(OWASP, CSV injection; CWE-1236).
"""

import re
from collections.abc import Iterable

from registry_formats.errors import FormatError
from registry_formats.export_columns import COLUMNS, from_cells, to_cells
from registry_formats.export_rows import MALFORMED, Row

# The full-width forms too: spreadsheets in East Asian languages take them for the narrow ones.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_GUARD = "'"
_END = "\r\n"
_FIELD = re.compile(r'"([^"]*(?:""[^"]*)*)"(,|\r\n)')
_GUARDED = (*FORMULA, _GUARD)


def escape(field: str) -> str:
    """Write a field so that no spreadsheet computes it."""
    return _GUARD + field if field.startswith(_GUARDED) else field


def unescape(field: str) -> str:
    """Take back what `escape` did; `export_row_malformed` for a field that it cannot have written."""
    plain = field.removeprefix(_GUARD)
    if escape(plain) != field:
        raise FormatError(MALFORMED)
    return plain


def encode(rows: Iterable[Row]) -> bytes:
    """Write the head line and the rows."""
    return b"".join([_line(COLUMNS), *[_line(to_cells(row).values()) for row in rows]])


def decode(data: bytes) -> list[Row]:
    """Read rows; `export_row_malformed` for anything but what `encode` writes."""
    try:
        head, *found = _lines(data.decode())
    except ValueError:  # not UTF-8, or no line at all; a FormatError passes as one
        raise FormatError(MALFORMED) from None
    if tuple(head) != COLUMNS or any(len(line) != len(COLUMNS) for line in found):
        raise FormatError(MALFORMED)
    return [from_cells(dict(zip(COLUMNS, line, strict=True))) for line in found]


def _line(fields: Iterable[str]) -> bytes:
    return (",".join(['"' + escape(field).replace('"', '""') + '"' for field in fields]) + _END).encode()


def _lines(text: str) -> list[list[str]]:
    """Read every field, one after another, with nothing between them; Python's own reader bounds their length."""
    found: list[list[str]] = [[]]
    at = 0
    while at < len(text):
        match = _FIELD.match(text, at)
        if match is None:
            raise FormatError(MALFORMED)
        found[-1].append(unescape(match[1].replace('""', '"')))
        if match[2] == _END:
            found.append([])
        at = match.end()
    if found.pop():
        raise FormatError(MALFORMED)
    return found
