"""Rows turned into columns, for statements that take each column as one array.

Rows are named tuples, because a hot batch makes thousands of them and `zip` turns them without a loop of ours.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple


def columns_of(row: type[NamedTuple], rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, Sequence[Any]]]:
    """Turn rows, none or more, into (field name, its values)."""
    columns = zip(*rows, strict=True) if rows else ((),) * len(row._fields)
    return zip(row._fields, map(list, columns), strict=True)
