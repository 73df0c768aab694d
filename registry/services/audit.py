"""Leave a trace: every use case that changes or discloses anything calls `record` in the transaction of the fact."""

from collections.abc import Sequence

from registry.domain.events import Act, AuditEvent, Entry
from registry.services.trail import Rows, Trail
from registry.store import audit as store
from registry.store.database import WriteSession, on_commit
from registry.store.quick import Executes


async def record(session: WriteSession, event: AuditEvent, *, act: Act, trail: Trail) -> Entry:
    """Write one entry; if the transaction fails, neither the fact nor its trace exists."""
    (entry,) = await record_all(session, [(event, act)], trail=trail)
    return entry


async def record_all(session: WriteSession, events: Sequence[tuple[AuditEvent, Act]], *, trail: Trail) -> list[Entry]:
    """Write many entries at the cost of one: the group commit of the hot path."""
    rows = Rows()
    entries = [trail.write(event, act, rows) for event, act in events]
    await append(session, rows, trail=trail)
    return entries


async def append(session: Executes, rows: Rows, *, trail: Trail) -> None:
    """Write rows that a trail has built."""
    await store.append(session, rows.entries, rows.items, rows.keys)
    on_commit(session, lambda: trail.committed(rows))
