"""How the log is kept: how far it is behind, whether each hour adds up, and room for the entries to come."""

from datetime import UTC, datetime, timedelta

from registry.store import log_health
from registry.store.database import ReadSession, WriteSession
from registry.store.log_health import Hour

# An alarm, and the point from which nothing is disclosed that could not be proved (audit-log.md 4).
ALARM = timedelta(seconds=60)
CLOSED = timedelta(minutes=15)
_MONTHS_AHEAD = 3


async def lag(session: ReadSession, *, now: datetime) -> timedelta:
    """Return how long the oldest entry has waited that no signed checkpoint covers."""
    oldest = await log_health.first_unproved(session)
    if oldest is None:
        return timedelta(0)
    return max(timedelta(0), now - datetime.fromtimestamp((oldest.int >> 80) / 1000, UTC))


async def recount(session: ReadSession, *, now: datetime, hours: int) -> list[Hour]:
    """List those of the last full hours in which entries are not leaves and outbox together."""
    until = now.replace(minute=0, second=0, microsecond=0)
    return await log_health.uneven_hours(session, since=until - timedelta(hours=hours), until=until)


async def make_room(session: WriteSession, *, now: datetime) -> list[str]:
    """Make the partitions of this month and the next ones, before any entry needs them.

    Returns the months (`2026-11`) that have none all the same: entries came before it, and lie in the one for the rest.
    Nothing is lost then, but those months can be neither moved out nor dropped by themselves.
    """
    lacking: list[str] = []
    for ahead in range(_MONTHS_AHEAD):
        years, place = divmod(now.month - 1 + ahead, 12)
        month = now.replace(year=now.year + years, month=place + 1, day=1)
        await log_health.make_partition(session, month=month)
        if not await log_health.has_partition(session, month=month):
            lacking.append(f"{month:%Y-%m}")
    return lacking
