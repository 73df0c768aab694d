"""Slow down who guesses staff credentials, without locking out whom they are guessed of.

An account is never locked. What is limited is how often strangers may try: from one address, and for one account from
all addresses together. An address from which the account signed in lately is no stranger and keeps its own count.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)
FAMILIAR = timedelta(days=30)
MOST_BY_PAIR = 10
MOST_BY_ADDRESS = 30
MOST_BY_STRANGERS = 50

Count = tuple[int, datetime | None]


@dataclass(frozen=True, slots=True)
class Failures:
    """Refused attempts within the window, each as a count and the oldest of them.

    Args:
        pair: at this account from this address.
        account: at this account from anywhere.
        address: at any account from this address.
        familiar: whether the account was signed in to from this address lately.
    """

    pair: Count
    account: Count
    address: Count
    familiar: bool


def wait(failures: Failures, *, now: datetime) -> int:
    """Return for how many seconds the next attempt has to wait; 0 if it may be judged now."""
    limits = [(failures.pair, MOST_BY_PAIR), (failures.address, MOST_BY_ADDRESS)]
    if not failures.familiar:
        limits.append((failures.account, MOST_BY_STRANGERS))
    return max((_left(oldest, now) for (count, oldest), most in limits if count >= most), default=0)


def _left(oldest: datetime | None, now: datetime) -> int:
    """Return the seconds until the oldest failure falls out of the window; at least one."""
    return 1 if oldest is None else max(1, math.ceil((oldest + WINDOW - now).total_seconds()))
