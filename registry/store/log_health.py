"""Whether the log keeps up, adds up, and has room: what one statement, which sees one moment, can tell."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from registry.store.database import ReadSession, WriteSession

_FIRST_UNPROVED = text("""
    WITH newest AS (SELECT max(id) AS id FROM audit.shard)
    SELECT entry_id FROM (
        (SELECT entry_id FROM audit.outbox ORDER BY entry_id LIMIT 1)
        UNION ALL
        (SELECT entry_id FROM audit.leaf, newest WHERE shard_id = newest.id AND idx =
            coalesce((SELECT size FROM audit.checkpoint WHERE shard_id = newest.id ORDER BY size DESC LIMIT 1), 0))
    ) AS unproved ORDER BY entry_id LIMIT 1
""")


async def first_unproved(session: ReadSession) -> UUID | None:
    """Find an entry that no checkpoint covers: the oldest without a place, or the first place that is not signed."""
    return (await session.execute(_FIRST_UNPROVED)).scalar_one_or_none()


_UNDONE = text("""
    SELECT (SELECT entry_id FROM audit.outbox ORDER BY entry_id LIMIT 1) AS oldest,
        (SELECT size FROM audit.state JOIN (SELECT max(id) AS id FROM audit.shard) AS newest ON shard_id = newest.id
            WHERE size <> coalesce((SELECT max(size) FROM audit.checkpoint WHERE shard_id = newest.id), 0)) AS unsigned
""")


async def find_undone(session: ReadSession) -> tuple[UUID | None, int | None]:
    """Tell what the leader has yet to do: the oldest entry without a place, and the size that is not signed yet."""
    row = (await session.execute(_UNDONE)).one()
    return row.oldest, row.unsigned


@dataclass(frozen=True, slots=True)
class Hour:
    """What an hour's entries were counted as; they add up if `entries` is `leaves` and `waiting` together."""

    begins_at: datetime
    entries: int
    leaves: int
    waiting: int


# An id begins with 48 bits of milliseconds; an hour is 3,600,000 of them.
_UNEVEN = text("""
    WITH counted AS (
        SELECT id AS entry_id, 1 AS entry, 0 AS leaf, 0 AS waits FROM audit.entry WHERE id >= :since AND id < :until
        UNION ALL
        SELECT entry_id, 0, 1, 0 FROM audit.leaf WHERE entry_id >= :since AND entry_id < :until
        UNION ALL
        SELECT entry_id, 0, 0, 1 FROM audit.outbox WHERE entry_id >= :since AND entry_id < :until
    )
    SELECT ('x' || lpad(translate(left(entry_id::text, 13), '-', ''), 16, '0'))::bit(64)::bigint / 3600000 AS hour,
        sum(entry) AS entries, sum(leaf) AS leaves, sum(waits) AS waiting
    FROM counted GROUP BY hour HAVING sum(entry) <> sum(leaf) + sum(waits) ORDER BY hour
""")


async def uneven_hours(session: ReadSession, *, since: datetime, until: datetime) -> list[Hour]:
    """List the hours, by the times in their ids, in which entries are not leaves and outbox together."""
    bounds = {"since": _first_id(since), "until": _first_id(until)}
    return [
        Hour(datetime.fromtimestamp(row.hour * 3600, UTC), int(row.entries), int(row.leaves), int(row.waiting))
        for row in await session.execute(_UNEVEN, bounds)
    ]


async def take_time(session: ReadSession) -> None:
    """Let the statements of this transaction run for as long as they need: for checks of the whole log."""
    await session.execute(text("SET LOCAL statement_timeout = 0"))


async def has_partition(session: ReadSession, *, month: datetime) -> bool:
    """Tell whether a month's entries have a partition of their own."""
    found = await session.execute(text("SELECT to_regclass(:name)"), {"name": f"audit.entry_{month:%Y_%m}"})
    return found.scalar_one() is not None


async def make_partition(session: WriteSession, *, month: datetime) -> bool:
    """Make the partition of a month's entries; false when it is there, or when entries of that month came before it."""
    result = await session.execute(text("SELECT audit.make_partition(:month)"), {"month": month.date()})
    return bool(result.scalar_one())


def _first_id(at: datetime) -> UUID:
    return UUID(int=int(at.timestamp() * 1000) << 80)
