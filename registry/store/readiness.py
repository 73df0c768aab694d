"""What the API must know before it calls itself ready: the schema it finds, and the names of the log."""

from sqlalchemy import select, text

from registry.store.database import ReadSession
from registry.store.schema import audit_shard


async def revision(session: ReadSession) -> str | None:
    """Return the migration the database is at."""
    return (await session.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()


async def log_origins(session: ReadSession) -> list[str]:
    """Return the origins of all shards of the log, oldest first."""
    return list((await session.execute(select(audit_shard.c.origin).order_by(audit_shard.c.id))).scalars())
