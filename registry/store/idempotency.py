"""Requests that were done already, with the answer they got, so that a repeated one changes nothing again.

Key, fact and answer are one transaction: after a crash either all three exist or none. A request that is refused
leaves no row, because it changed nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import func, insert, select

from registry.errors import Conflict
from registry.store.database import WriteSession
from registry.store.schema import idempotency


@dataclass(frozen=True, slots=True)
class Done:
    """The answer a request got: its fingerprint, the HTTP status and the exact body."""

    fingerprint: bytes
    status: int
    body: bytes


async def claim(session: WriteSession, *, member_id: UUID, key: str) -> Done | None:
    """Take a key for this transaction; return the answer if the request was done before.

    Errors: Conflict `idempotency_in_flight` while another transaction works under the same key.
    """
    name = int.from_bytes(sha256(member_id.bytes + key.encode()).digest()[:8], signed=True)
    if not (await session.execute(select(func.pg_try_advisory_xact_lock(name)))).scalar_one():
        raise Conflict("idempotency_in_flight")
    row = (
        await session.execute(
            select(idempotency.c.fingerprint, idempotency.c.status, idempotency.c.body).where(
                idempotency.c.member_id == member_id, idempotency.c.key == key
            )
        )
    ).one_or_none()
    return Done(row.fingerprint, row.status, row.body) if row is not None else None


async def remember(session: WriteSession, *, member_id: UUID, key: str, done: Done, now: datetime) -> None:
    """Keep an answer with the fact it tells of."""
    await session.execute(
        insert(idempotency).values(
            member_id=member_id,
            key=key,
            fingerprint=done.fingerprint,
            status=done.status,
            body=done.body,
            created_at=now,
        )
    )
