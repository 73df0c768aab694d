"""What only made-up records allow: moving the time of the rules forward, for all processes of a sandbox at once."""

from collections.abc import Callable
from datetime import timedelta

from registry.domain.events import Act, AuditEvent
from registry.errors import Conflict
from registry.services import audit
from registry.services.trail import Trail
from registry.store.database import WriteSession
from registry_formats.leaf import LeafType

# Moves the clock on, and returns by how much it runs ahead in all.
Advance = Callable[[timedelta], timedelta]


async def advance_clock(
    session: WriteSession, by: timedelta, *, advance: Advance | None, act: Act, trail: Trail
) -> timedelta:
    """Move the clock forward; return by how much it runs ahead. Conflict `clock_real`, where it is not movable."""
    if advance is None:
        raise Conflict("clock_real")
    content = {"seconds": int(by.total_seconds())}
    event = AuditEvent(LeafType.ADMIN, "sandbox.advance_clock", "advanced", content=content)
    await audit.record(session, event, act=act, trail=trail)
    return advance(by)
