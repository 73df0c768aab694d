"""Register a member's own people, so that an auditor sees when they are looked at: as tags, and never as more."""

from collections.abc import Sequence

from registry.domain.access import Caller
from registry.domain.events import Act, AuditEvent
from registry.services import audit
from registry.services.auditing.desk import Desk, tags_of
from registry.store import own_people as store
from registry.store.database import WriteSession
from registry_formats.leaf import LeafType


async def register_people(
    session: WriteSession, stored: Sequence[bytes], *, caller: Caller, act: Act, desk: Desk
) -> int:
    """Keep the tags of these stored tokens in the place of those before; return how many."""
    tags = tags_of(stored, desk)
    await store.replace(session, caller.member_id, tags, now=act.now)
    event = AuditEvent(LeafType.ADMIN, "own_people.register", "registered", content={"tags": len(tags)})
    await audit.record(session, event, act=act, trail=desk.trail)
    return len(tags)
