"""How often a member may ask: a stolen token must neither try numbers on a report nor use up the relay's quota."""

import time
from collections.abc import Callable
from uuid import UUID

from registry.errors import QuotaExceeded

WRONG_CONTACTS, REQUESTS = 5, 1_000
WINDOW_SECONDS = 3_600.0


class Attempts:
    """Counts in fixed windows of an hour: requests of each member, and its wrong contacts for each report.

    Kept in memory: a restart forgives, and what it protects has its own quota at the key operator.
    """

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self._counts: dict[tuple[UUID, ...], int] = {}
        self._began = elapsed()

    def check(self, member_id: UUID, report_id: UUID) -> None:
        """Count a request, or refuse it. QuotaExceeded `notices_limited`, with `retry_after`."""
        age = self._elapsed() - self._began
        if age >= WINDOW_SECONDS:
            self._counts.clear()
            self._began, age = self._elapsed(), 0.0
        wrong = self._counts.get((member_id, report_id), 0)
        if wrong >= WRONG_CONTACTS or self._counts.get((member_id,), 0) >= REQUESTS:
            raise QuotaExceeded("notices_limited", facts={"retry_after": int(WINDOW_SECONDS - age) + 1})
        self._add(member_id)

    def count_wrong(self, member_id: UUID, report_id: UUID) -> None:
        """Count a contact that is not on the report, as this member named it."""
        self._add(member_id, report_id)

    def _add(self, *what: UUID) -> None:
        self._counts[what] = self._counts.get(what, 0) + 1
