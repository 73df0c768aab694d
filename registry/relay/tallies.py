"""How often something may happen to one contact or come from one address: against guessing and against bombing.

Kept in memory as HMACs under a key of this process, each forgotten when its longest window is over: whoever reads the
memory later finds no list of whom the relay wrote to.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_KEYS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many within so many seconds."""

    most: int
    seconds: float


class Tally:
    """Counts events by what they concern.

    Args:
        limits: each of which holds.
        key: 32 random bytes.
        elapsed: a clock that never jumps, in seconds.
    """

    def __init__(self, limits: Sequence[Limit], key: bytes, elapsed: Callable[[], float]) -> None:
        self._limits = limits
        self._longest = max(limit.seconds for limit in limits)
        self._key = key
        self._elapsed = elapsed
        self._times: dict[bytes, list[float]] = {}

    def wait(self, what: str) -> float:
        """Return the seconds until this may happen again; 0 for now."""
        now, times = self._elapsed(), self._times.get(self._name(what), [])
        if not times and len(self._times) >= _KEYS_MAX:
            self._forget(now)
            return self._longest if len(self._times) >= _KEYS_MAX else 0.0
        waits = [times[-limit.most] + limit.seconds - now for limit in self._limits if len(times) >= limit.most]
        return max([0.0, *waits])

    def add(self, what: str) -> None:
        """Count one event."""
        now = self._elapsed()
        self._forget(now)
        self._times.setdefault(self._name(what), []).append(now)

    def _forget(self, now: float) -> None:
        for name in [name for name, times in self._times.items() if times[-1] + self._longest <= now]:
            del self._times[name]

    def _name(self, what: str) -> bytes:
        return hmac.digest(self._key, what.encode(), "sha256")
