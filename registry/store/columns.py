"""Rows turned into columns, for statements that take each column as one array."""

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any


def columns_of(rows: Sequence[Any]) -> dict[str, list[Any]]:
    """Turn dataclass rows, at least one, into a list of values per field."""
    return {field.name: list(map(attrgetter(field.name), rows)) for field in fields(rows[0])}
