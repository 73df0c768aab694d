"""Slow down an address that keeps failing to sign in. Kept per process: it protects the work, not a secret."""

import time
from collections.abc import Callable

from registry.errors import QuotaExceeded

ALLOWED, WINDOW_SECONDS = 30, 60
_ADDRESSES = 10_000


class Failures:
    """Counts refused sign-ins per address in a fixed window."""

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self._counts: dict[str, int] = {}
        self._began = elapsed()

    def check(self, address: str) -> None:
        """Refuse an address with too many failures. QuotaExceeded `sign_in_limited`."""
        age = self._age()
        if self._counts.get(address, 0) >= ALLOWED:
            raise QuotaExceeded("sign_in_limited", facts={"retry_after": int(WINDOW_SECONDS - age) + 1})

    def count(self, address: str) -> None:
        """Count one failure."""
        self._age()
        if address in self._counts or len(self._counts) < _ADDRESSES:
            self._counts[address] = self._counts.get(address, 0) + 1

    def _age(self) -> float:
        age = self._elapsed() - self._began
        if age >= WINDOW_SECONDS:
            self._counts.clear()
            self._began, age = self._elapsed(), 0.0
        return age
