"""Names of the log's shards: `<registry>/audit/<half-year>.<n>`, a tree for each half of a year (audit-log.md 4).

`n` grows when a tree may not be continued: a restored backup opens a new shard rather than fork the old one.
"""

import re
from collections.abc import Iterable
from datetime import datetime

_NAME = re.compile(r"(?P<realm>[^/]+)/audit/(?P<year>[0-9]{4})h(?P<half>[12])\.(?P<number>[1-9][0-9]*)", re.ASCII)
_JULY = 7


def half_year(now: datetime) -> str:
    """Name the half of the year that an instant is in: it ends at midnight UTC, 30 June or 31 December."""
    return f"{now.year}h{1 if now.month < _JULY else 2}"


def first_of(realm: str, now: datetime) -> str:
    """Name the first shard of a half-year."""
    return f"{realm}/audit/{half_year(now)}.1"


def next_after(realm: str, now: datetime, known: Iterable[str]) -> str:
    """Name a shard of this half-year that none of the known ones is."""
    numbers = [
        int(match["number"]) for match in map(_NAME.fullmatch, known) if match and _half(match) == half_year(now)
    ]
    return f"{realm}/audit/{half_year(now)}.{max(numbers, default=0) + 1}"


def is_over(origin: str, now: datetime) -> bool:
    """Say whether the half-year of a shard has ended."""
    match = _NAME.fullmatch(origin)
    return match is not None and _half(match) < half_year(now)


def _half(match: re.Match[str]) -> str:
    return f"{match['year']}h{match['half']}"
