"""The outbox: what a member must hear, written in the transaction of the fact, delivered by a worker afterwards.

One of the three functions that other use cases may call. A message carries ids and words of ours only: never a token,
never anything about a person.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from registry.domain.uuids import uuid7
from registry.domain.webhooks import Event
from registry.store import webhooks as store
from registry.store.database import WriteSession
from registry.store.webhooks import Message
from registry_formats.leaf import JsonValue

Data = Mapping[str, JsonValue]


async def enqueue(session: WriteSession, event: Event, member_id: UUID, data: Data, *, now: datetime) -> None:
    """Tell one member of something; nothing is written for a member that never had an endpoint."""
    await enqueue_all(session, event, [(member_id, data)], now=now)


async def enqueue_all(session: WriteSession, event: Event, told: Iterable[tuple[UUID, Data]], *, now: datetime) -> None:
    """Tell many members at the cost of one."""
    told = list(told)
    listening = await store.with_endpoints(session, [member_id for member_id, _ in told])
    t_ms = int(now.timestamp() * 1000)
    rows = [
        Message(uuid7(t_ms, secrets.token_bytes(10)), member_id, event, data, now)
        for member_id, data in told
        if member_id in listening
    ]
    if rows:
        await store.insert_messages(session, rows)
