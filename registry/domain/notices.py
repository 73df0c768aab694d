"""The registry's own notice: when it must be served, when the record counts, and for whom it is heard (domain.md 6).

Served means that the relay delivered it to one token of the report. Heard holds per token, so a colluder's own phone
beside a victim's national id makes nothing heard against the victim.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from registry.domain.policy import Clocks
from registry.errors import Conflict

# How far the relay's clock may be from the registry's.
SKEW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Served:
    """One delivery: the stored token it went to, and when."""

    token: bytes
    served_at: datetime


def delivered_at(claimed: datetime, *, filed_at: datetime, now: datetime) -> datetime:
    """Return the time of delivery to record: what the relay says, but never before the filing nor in the future.

    Errors: Conflict `served_at_refused` when two clocks cannot explain the difference.
    """
    if not filed_at - SKEW <= claimed <= now + SKEW:
        raise Conflict("served_at_refused")
    return min(max(claimed, filed_at), now)


def serve_by(filed_at: datetime, clocks: Clocks) -> datetime:
    """Return the moment from which an unserved report is withdrawn."""
    return filed_at + timedelta(days=clocks.serve_within_days)


def window_ends_at(served_at: datetime, clocks: Clocks) -> datetime:
    """Return the moment from which a served report is active."""
    return served_at + timedelta(days=clocks.notice_window_days)


def heard_at(served_at: datetime, clocks: Clocks) -> datetime:
    """Return the moment from which a served token is heard, if no dispute is open then."""
    return served_at + timedelta(days=clocks.heard_after_days)


def heard_tokens(served: Iterable[Served], *, disputed: bool, now: datetime, clocks: Clocks) -> frozenset[bytes]:
    """Return the stored tokens for which a report is heard now; a query must match one of them."""
    if disputed:
        return frozenset()
    return frozenset(notice.token for notice in served if now >= heard_at(notice.served_at, clocks))
