"""Entries of the audit log on their way in: written in the transaction of the fact, ordered later by the sequencer."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Integer, LargeBinary, SmallInteger, String, Uuid, bindparam, insert, text
from sqlalchemy.sql.elements import TextClause

from registry.store.columns import columns_of
from registry.store.database import WriteSession
from registry.store.schema import audit_writer


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry, sealed; the columns of `audit.entry` in their order, then what goes to the tables beside it."""

    id: UUID
    type: int
    t_ms: int
    writer_id: int
    writer_seq: int
    leaf: bytes
    member_id: UUID | None
    purpose: str | None
    outcome: str
    staff_tag: bytes | None
    sealed_org: bytes
    sealed_staff: bytes
    sealed_subject: bytes
    sealed_content: bytes
    month_key_id: UUID


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One wrapped data key: an entry's, an item's, or a member's of a month."""

    id: UUID
    wrapped: bytes
    member_id: UUID | None = None
    month: int | None = None


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One claim of a batch."""

    batch_id: UUID
    position: int
    item_id: UUID
    purpose: str
    sealed_content: bytes


@dataclass(frozen=True, slots=True)
class TagRow:
    """One blind tag of an entry or item."""

    tag: bytes
    entry_id: UUID


_TYPES = {
    "id": Uuid,
    "type": SmallInteger,
    "t_ms": BigInteger,
    "writer_id": Integer,
    "writer_seq": BigInteger,
    "leaf": LargeBinary,
    "member_id": Uuid,
    "purpose": String,
    "outcome": String,
    "staff_tag": LargeBinary,
    "month_key_id": Uuid,
    "wrapped": LargeBinary,
    "month": Integer,
    "batch_id": Uuid,
    "position": Integer,
    "item_id": Uuid,
    "tag": LargeBinary,
    "entry_id": Uuid,
}


def _insert_columns(table: str, row: type) -> TextClause:
    """Build one INSERT that takes each column as an array: a thousand rows cost one statement."""
    names = [field.name for field in fields(row)]
    arrays = ", ".join(f":{name}" for name in names)
    statement = text(f"INSERT INTO audit.{table} ({', '.join(names)}) SELECT * FROM unnest({arrays})")  # noqa: S608 - names of our own dataclass
    return statement.bindparams(*(bindparam(name, type_=ARRAY(_TYPES.get(name, LargeBinary))) for name in names))


_INSERT_ENTRIES = _insert_columns("entry", EntryRow)
_INSERT_KEYS = _insert_columns("key", KeyRow)
_INSERT_ITEMS = _insert_columns("batch_item", ItemRow)
_INSERT_TAGS = _insert_columns("entry_tag", TagRow)
_INSERT_OUTBOX = text("INSERT INTO audit.outbox (entry_id) SELECT * FROM unnest(:id)").bindparams(
    bindparam("id", type_=ARRAY(Uuid))
)


async def append(
    session: WriteSession,
    entries: Sequence[EntryRow],
    keys: Sequence[KeyRow],
    tags: Sequence[TagRow],
    items: Sequence[ItemRow] = (),
) -> None:
    """Write entries with their keys, tags and places in the sequencer's outbox; durable when the caller commits."""
    await session.execute(_INSERT_ENTRIES, columns_of(entries))
    await session.execute(_INSERT_OUTBOX, {"id": [entry.id for entry in entries]})
    await session.execute(_INSERT_KEYS, columns_of(keys))
    if tags:
        await session.execute(_INSERT_TAGS, columns_of(tags))
    if items:
        await session.execute(_INSERT_ITEMS, columns_of(items))


async def open_writer(session: WriteSession, *, process: str, started_at: object) -> int:
    """Register a process that will write entries; its number stands in every leaf it writes."""
    result = await session.execute(
        insert(audit_writer).values(process=process, started_at=started_at).returning(audit_writer.c.id)
    )
    return int(result.scalar_one())
