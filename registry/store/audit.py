"""Entries of the audit log on their way in: written in the transaction of the fact, ordered later by the sequencer."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Integer, LargeBinary, SmallInteger, String, Uuid, bindparam, insert, text
from sqlalchemy.sql.elements import BindParameter, TextClause

from registry.store.columns import columns_of
from registry.store.database import WriteSession
from registry.store.schema import audit_writer


class EntryRow(NamedTuple):
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


class KeyRow(NamedTuple):
    """One wrapped data key: an entry's, an item's, or a member's of a month."""

    id: UUID
    wrapped: bytes
    member_id: UUID | None = None
    month: int | None = None


class ItemRow(NamedTuple):
    """One claim of a batch."""

    batch_id: UUID
    position: int
    item_id: UUID
    purpose: str
    sealed_content: bytes


class TagRow(NamedTuple):
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


def _arrays(table: str, row: type[NamedTuple]) -> tuple[str, list[BindParameter[Any]]]:
    """Build an INSERT that takes each column as one array, and its parameters, named `table_column`."""
    names = row._fields
    arrays = ", ".join(f":{table}_{name}" for name in names)
    binds: list[BindParameter[Any]] = [
        bindparam(f"{table}_{name}", type_=ARRAY(_TYPES.get(name, LargeBinary))) for name in names
    ]
    # The words are names of our own classes; every value is bound.
    return f"INSERT INTO audit.{table} ({', '.join(names)}) SELECT * FROM unnest({arrays})", binds  # noqa: S608


_TABLES: Mapping[str, type[NamedTuple]] = {"entry": EntryRow, "key": KeyRow, "entry_tag": TagRow, "batch_item": ItemRow}


def _append() -> TextClause:
    """Build the one statement that writes entries with all that belongs to them: one round trip for any number."""
    inserts, binds = zip(*(_arrays(table, row) for table, row in _TABLES.items()), strict=True)
    entry, key, tag, item = inserts
    return text(
        f"WITH key AS ({key}), tag AS ({tag}), item AS ({item}), entry AS ({entry}) "  # noqa: S608
        "INSERT INTO audit.outbox (entry_id) SELECT * FROM unnest(:entry_id)"
    ).bindparams(*(bind for group in binds for bind in group))


_APPEND = _append()


async def append(
    session: WriteSession,
    entries: Sequence[EntryRow],
    keys: Sequence[KeyRow],
    tags: Sequence[TagRow],
    items: Sequence[ItemRow] = (),
) -> None:
    """Write entries with their keys, tags and places in the sequencer's outbox; durable when the caller commits."""
    rows = zip(_TABLES.items(), (entries, keys, tags, items), strict=True)
    columns = {f"{table}_{name}": values for (table, row), given in rows for name, values in columns_of(row, given)}
    await session.execute(_APPEND, columns)


async def open_writer(session: WriteSession, *, process: str, started_at: object) -> int:
    """Register a process that will write entries; its number stands in every leaf it writes."""
    result = await session.execute(
        insert(audit_writer).values(process=process, started_at=started_at).returning(audit_writer.c.id)
    )
    return int(result.scalar_one())
