"""The clocks. Everything below the composition root gets time as an argument; this is where it comes from.

Two notions are kept apart. *Domain time* drives windows, deadlines and retention, and a sandbox may move it.
*Sign-in time* (tokens, assertions, key operators) is always the real one: a moved clock must not revive a credential.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

Clock = Callable[[], datetime]


def real_time() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that may ask


def moved_time(offset_file: Path) -> Clock:
    """Return a clock that runs ahead by the seconds in `offset_file`, which all processes of a sandbox share."""

    def now() -> datetime:
        return real_time() + timedelta(seconds=_offset(offset_file))

    return now


def advance(offset_file: Path, by: timedelta) -> timedelta:
    """Move a sandbox's clock forward, never back; return the whole offset.

    Raises:
        ValueError: `by` is negative, because records already carry the later time.
    """
    if by < timedelta(0):
        raise ValueError("clock_backwards")
    with _alone(offset_file.parent):
        whole = timedelta(seconds=_offset(offset_file)) + by
        fresh = offset_file.with_suffix(".new")
        fresh.write_text(str(whole.total_seconds()))
        # A reader sees the old offset or the new one, never half a number.
        fresh.replace(offset_file)
    return whole


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Let the second of two that move the clock at once add to what the first has made of it."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _offset(offset_file: Path) -> float:
    try:
        return float(offset_file.read_text())
    except FileNotFoundError:
        return 0.0
