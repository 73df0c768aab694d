"""The trace that every step about a member leaves."""

from collections.abc import Mapping
from datetime import datetime
from secrets import token_bytes
from uuid import UUID

from registry.domain.events import Act, AuditEvent
from registry.domain.uuids import uuid7
from registry.services import audit
from registry.services.trail import Trail
from registry.store.database import WriteSession
from registry_formats.leaf import JsonValue, LeafType

Content = Mapping[str, JsonValue]


async def record(session: WriteSession, action: str, content: Content, act: Act, trail: Trail) -> None:
    """Leave an entry that something was done."""
    await audit.record(session, AuditEvent(LeafType.ADMIN, action, "done", content=content), act=act, trail=trail)


def new_id(now: datetime) -> UUID:
    """Make an id."""
    return uuid7(int(now.timestamp() * 1000), token_bytes(10))
