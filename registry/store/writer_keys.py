"""The key-encryption key of each writer of the audit log, wrapped by the master key; all by the same one."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert

from registry.store.database import ReadSession, WriteSession
from registry.store.schema import audit_writer_key


class WriterKey(NamedTuple):
    """One wrapped key, and the name of the master key that wrapped it."""

    writer_id: int
    master: str
    wrapped: bytes


async def keep(session: WriteSession, key: WriterKey) -> bool:
    """Keep the key of a new writer; false, and nothing kept, when the others are wrapped by another master key."""
    other = select(audit_writer_key.c.writer_id).where(audit_writer_key.c.master != key.master)
    row = select(*(literal(value, type_=audit_writer_key.c[name].type) for name, value in key._asdict().items()))
    # Waits for a rotation at work, and then sees what it has done.
    kept = insert(audit_writer_key).from_select(key._fields, row.where(~other.exists()))
    return (await session.execute(kept.returning(audit_writer_key.c.writer_id))).one_or_none() is not None


async def read(session: ReadSession) -> list[WriterKey]:
    """Read all wrapped keys."""
    columns = (audit_writer_key.c[name] for name in WriterKey._fields)
    rows = await session.execute(select(*columns).order_by(audit_writer_key.c.writer_id))
    return [WriterKey(*row) for row in rows]


async def hold(session: WriteSession) -> None:
    """Let no writer begin until this transaction ends."""
    await session.execute(text("LOCK TABLE audit.writer_key IN SHARE ROW EXCLUSIVE MODE"))


async def rewrap(session: WriteSession, keys: Sequence[WriterKey]) -> None:
    """Put newly wrapped keys in the place of the old ones."""
    statement = update(audit_writer_key).where(audit_writer_key.c.writer_id == bindparam("id"))
    connection = await session.connection()
    values = [{"id": key.writer_id, "master": key.master, "wrapped": key.wrapped} for key in keys]
    await connection.execute(statement.values(master=bindparam("master"), wrapped=bindparam("wrapped")), values)
