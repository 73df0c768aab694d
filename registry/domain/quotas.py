"""How much one member may ask for in a day (tokens.md 4): enough for its verified claims, too little to enumerate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

BURST_PERCENT = 10
FLOOR = 1_000


class Quota(StrEnum):
    """What is counted, each by itself."""

    EVALUATIONS = "evaluations"  # blinded elements
    QUERIES = "queries"  # claims scored
    REPORTS = "reports"  # reports filed
    CHANGES = "changes"  # dry runs and changes of reports


# Per verified daily claim: a claim carries up to three identifiers and is asked about up to three times.
_PER_CLAIM: Mapping[Quota, int] = {Quota.EVALUATIONS: 3, Quota.QUERIES: 3, Quota.REPORTS: 1, Quota.CHANGES: 1}


@dataclass(frozen=True, slots=True)
class Usage:
    """A quota as it stands after a request: `limit` and `used` in units of the quota, `resets_in` in seconds."""

    quota: Quota
    limit: int
    used: int
    resets_in: int

    @property
    def remaining(self) -> int:
        """Return what is left today."""
        return max(0, self.limit - self.used)


def daily_limit(quota: Quota, claims_per_day: int) -> int:
    """Return the units a member with so many verified daily claims may use in a UTC day, burst included."""
    base = max(FLOOR, _PER_CLAIM[quota] * claims_per_day)
    return base + base * BURST_PERCENT // 100


def resets_in(now: datetime) -> int:
    """Return the seconds until the next UTC day, at least 1."""
    tomorrow = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time.min, UTC)
    return max(1, int((tomorrow - now).total_seconds()))
