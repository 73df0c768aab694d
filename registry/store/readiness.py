"""What the API must know before it calls itself ready: the schema it finds, and how far the log is behind."""

from datetime import UTC, datetime

from sqlalchemy import select, text

from registry.store.database import ReadSession
from registry.store.schema import audit_outbox, audit_shard


async def revision(session: ReadSession) -> str | None:
    """Return the migration the database is at."""
    return (await session.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()


async def oldest_unsealed(session: ReadSession) -> datetime | None:
    """Return when the oldest entry was written that is not in the tree yet; its key, a UUIDv7, says so."""
    outbox = audit_outbox.c.entry_id
    oldest = (await session.execute(select(outbox).order_by(outbox).limit(1))).scalar_one_or_none()
    return datetime.fromtimestamp((oldest.int >> 80) / 1000, UTC) if oldest is not None else None


async def log_origins(session: ReadSession) -> list[str]:
    """Return the origins of all shards of the log, oldest first."""
    return list((await session.execute(select(audit_shard.c.origin).order_by(audit_shard.c.id))).scalars())
