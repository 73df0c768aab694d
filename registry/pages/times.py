"""Times as people read them: in the zone of the registry's policy, which each of them names."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

from babel.dates import format_date, format_datetime

_PATTERN = {"en": "d MMM y, HH:mm", "zh": "y年M月d日 HH:mm"}
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def moment(at: datetime, *, offset: int, language: str) -> str:
    """Write a moment with its zone, which is `offset` minutes ahead of UTC."""
    zone = timezone(timedelta(minutes=offset))
    local = at.astimezone(zone)
    return f"{format_datetime(local, _PATTERN[language], locale=language)} ({zone.tzname(local) if offset else 'UTC'})"


def day(at: datetime | date | None, *, offset: int, language: str) -> str:
    """Write a day; a dash for none."""
    if at is None:
        return "—"
    local = at.astimezone(timezone(timedelta(minutes=offset))).date() if isinstance(at, datetime) else at
    return format_date(local, "long", locale=language)


def iso(at: datetime) -> str:
    """Write a moment as machines read it (RFC 3339)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def left(until: datetime, now: datetime, say: Callable[..., str]) -> str:
    """Say how much time is left, or how long it has passed, in whole days or hours."""
    span = abs(until - now)
    count, days = (span // _DAY, True) if span >= 2 * _DAY else (span // _HOUR, False)
    if until < now:
        return say("{count} days overdue", count=count) if days else say("{count} h overdue", count=count)
    return say("{count} days left", count=count) if days else say("{count} h left", count=count)
