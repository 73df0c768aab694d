"""Tickets: what begins something that a browser finishes elsewhere, at its authenticator or at a provider.

A ticket is its time and some randomness, and nothing is kept of it. What is derived from it under a key of ours and a
secret of the browser cannot be made up, cannot be used from another browser, and works once.
"""

from datetime import datetime, timedelta

from registry.services.staff.desk import Desk
from registry.store import members
from registry.store.database import WriteSession

LIFE = timedelta(minutes=5)
_RANDOM_BYTES = 16


def new(now: datetime, desk: Desk) -> str:
    """Make a ticket."""
    return f"{int(now.timestamp())}-{desk.entropy(_RANDOM_BYTES).hex()}"


def is_good(ticket: str, *, now: datetime) -> bool:
    """Tell whether a ticket is not too old."""
    began = ticket.partition("-")[0]
    if not (began.isascii() and began.isdecimal()):
        return False
    return 0 <= int(now.timestamp()) - int(began) < LIFE.total_seconds()


def derive(purpose: str, ticket: str, bound: str, desk: Desk) -> bytes:
    """Derive 32 bytes for one purpose from a ticket and what it is bound to."""
    return desk.blind(purpose, f"{ticket}\0{bound}")


async def use_up(session: WriteSession, derived: bytes, *, now: datetime) -> bool:
    """Note that something derived was used; False if it was before."""
    return await members.use_assertion(session, jti_hash=derived, expires_at=now + LIFE)
