"""Look for what is not in the log at all: numbers of writers that no entry has, hours that do not add up.

A number may be missing for as long as a writer's lease: it is on its way, or its void is. A writer that crashed filled
nothing; what it lost is named by a statement in the log, which is opened and held against its leaf here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from registry.store import log_health, writer_numbers
from registry.store.database import ReadSession
from registry.store.writer_numbers import Ending
from registry_formats.errors import FormatError
from registry_formats.leaf import Group, LeafType, check_opening, decode_leaf, decode_opening

GRACE_MS = 300_000
_BEGINNING, _END = datetime(1970, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is wrong with writers' numbers, each by (writer, number), and with the hours."""

    missing: list[tuple[int, int]]
    twice: list[tuple[int, int]]
    ends: list[int]
    hours: list[datetime]


async def check(session: ReadSession, *, grace_ms: int = GRACE_MS) -> Numbers:
    """Follow the numbers of every writer, and count each hour.

    Args:
        session: the auditor's, or the owner's.
        grace_ms: how much older than the newest entry a gap must be to count.
    """
    await log_health.take_time(session)
    said, wrong = dict[int, list[tuple[int, int]]](), list[int]()
    for ending in await writer_numbers.list_endings(session):
        try:
            said[ending.writer_id] = _read(ending)
        except (FormatError, KeyError, TypeError, ValueError):
            wrong.append(ending.writer_id)
    found = Numbers([], [], wrong, [])
    for jump in await writer_numbers.find_jumps(session, grace_ms=grace_ms):
        if jump.first > jump.last:
            found.twice.append((jump.writer_id, jump.first - 1))
        elif (jump.first, jump.last) not in said.get(jump.writer_id, []):
            found.missing.append((jump.writer_id, jump.first))
    found.hours.extend(hour.begins_at for hour in await log_health.uneven_hours(session, since=_BEGINNING, until=_END))
    return found


def _read(ending: Ending) -> list[tuple[int, int]]:
    """Return the ranges that a statement names, once it is what the leaf of an entry commits to."""
    if ending.leaf is None:
        raise FormatError("leaf_malformed")
    leaf, opening = decode_leaf(ending.leaf), decode_opening(ending.opening)
    check_opening(leaf, Group.CONTENT, opening)
    if leaf.kind is not LeafType.ADMIN or opening.detail["writer"] != ending.writer_id:
        raise FormatError("leaf_malformed")
    missing = opening.detail["missing"]
    if not isinstance(missing, list):
        raise FormatError("leaf_malformed")
    return [(first, last) for first, last in missing]
