"""Times as people read them: in the zone of the registry's policy, which each of them names."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

from babel.dates import format_date, format_datetime

_PATTERN = {"en": "d MMM y, HH:mm", "zh": "y年M月d日 HH:mm"}
_EXACT = {"en": "d MMM y, HH:mm:ss", "zh": "y年M月d日 HH:mm:ss"}
_TICK = {"en": "d MMM", "zh": "M月d日"}
# As in a moment: the day first in English too, for readers who are seldom American.
_DAY_PATTERN = {"en": "d MMMM y", "zh": "long"}
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def moment(at: datetime, *, offset: int, language: str, exact: bool = False) -> str:
    """Write a moment with its zone, which is `offset` minutes ahead of UTC; to the second where that is told."""
    return f"{brief(at, offset=offset, language=language, exact=exact)} ({zone(offset)})"


def brief(at: datetime, *, offset: int, language: str, exact: bool = False) -> str:
    """Write a moment where its zone stands above it, as in the head of a table."""
    return format_datetime(_local(at, offset), (_EXACT if exact else _PATTERN)[language], locale=language)


def zone(offset: int) -> str:
    """Name a zone."""
    return str(timezone(timedelta(minutes=offset)).tzname(None)) if offset else "UTC"


def _local(at: datetime, offset: int) -> datetime:
    return at.astimezone(timezone(timedelta(minutes=offset)))


def day(at: datetime | date | None, *, offset: int, language: str) -> str:
    """Write a day; a dash for none."""
    if at is None:
        return "—"
    local = at.astimezone(timezone(timedelta(minutes=offset))).date() if isinstance(at, datetime) else at
    return format_date(local, _DAY_PATTERN[language], locale=language)


def tick(at: datetime, by_hour: bool, *, offset: int, language: str) -> str:  # noqa: FBT001 - of a template
    """Write a time on an axis: the day, or the hour where the axis is short."""
    local = at.astimezone(timezone(timedelta(minutes=offset)))
    return format_datetime(local, f"{_TICK[language]} HH:mm" if by_hour else _TICK[language], locale=language)


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
