"""Entries of the audit log on their way in: written in the transaction of the fact, ordered later by the sequencer."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Integer, LargeBinary, String, Uuid, bindparam, insert, text

from registry.store.columns import columns_of
from registry.store.database import WriteSession
from registry.store.quick import Executes
from registry.store.schema import audit_writer


class EntryRow(NamedTuple):
    """One entry, sealed. Its id, type, time and writer are in the leaf; `tags` are 32 bytes each, one after another."""

    leaf: bytes
    member_id: UUID | None
    action: str
    purpose: str | None
    outcome: str
    staff_tag: bytes | None
    sealed_org: bytes
    sealed_staff: bytes
    sealed_subject: bytes
    sealed_content: bytes
    month_key_id: UUID
    wrapped: bytes
    tags: bytes


class ItemRow(NamedTuple):
    """One claim of a batch, under its own key and its own tags."""

    batch_id: UUID
    position: int
    item_id: UUID
    purpose: str
    sealed_content: bytes
    commitment: bytes
    wrapped: bytes
    tags: bytes


class KeyRow(NamedTuple):
    """One wrapped key of a member and a month."""

    id: UUID
    wrapped: bytes
    member_id: UUID
    month: int


_BYTES, _UUIDS, _WORDS = ARRAY(LargeBinary), ARRAY(Uuid), ARRAY(String)
_TYPES = {
    "member_id": _UUIDS,
    "action": _WORDS,
    "purpose": _WORDS,
    "outcome": _WORDS,
    "month_key_id": _UUIDS,
    "batch_id": _UUIDS,
    "position": ARRAY(Integer),
    "item_id": _UUIDS,
    "id": _UUIDS,
    "month": ARRAY(Integer),
}

# Columns that repeat the leaf are read from the leaf, so that they cannot disagree with it.
_ROWS = """
    rows AS MATERIALIZED (
        SELECT encode(substring(leaf FROM 5 FOR 16), 'hex')::uuid AS id, row.*
        FROM unnest(:leaf, :member_id, :action, :purpose, :outcome, :staff_tag, :sealed_org, :sealed_staff,
            :sealed_subject, :sealed_content, :month_key_id, :wrapped, :tags)
            AS row (leaf, member_id, action, purpose, outcome, staff_tag, sealed_org, sealed_staff, sealed_subject,
            sealed_content, month_key_id, wrapped, tags)
    )
"""
_INSERT = """
    INSERT INTO audit.entry (id, type, t_ms, writer_id, writer_seq,
        leaf, member_id, action, purpose, outcome, staff_tag,
        sealed_org, sealed_staff, sealed_subject, sealed_content, month_key_id)
    SELECT id, get_byte(leaf, 1),
        ('x' || encode(substring(leaf FROM 21 FOR 8), 'hex'))::bit(64)::bigint,
        ('x' || encode(substring(leaf FROM 29 FOR 4), 'hex'))::bit(32)::integer,
        ('x' || encode(substring(leaf FROM 33 FOR 8), 'hex'))::bit(64)::bigint,
        leaf, member_id, action, purpose, outcome, staff_tag,
        sealed_org, sealed_staff, sealed_subject, sealed_content, month_key_id
    FROM rows
"""
_ENTRY_BINDS = [bindparam(name, type_=_TYPES.get(name, _BYTES)) for name in EntryRow._fields]

# One statement and one round trip for any number of entries.
_APPEND = text(f"""
    WITH {_ROWS}, keys AS (
        INSERT INTO audit.key (id, wrapped) SELECT id, wrapped FROM rows
    ), tagged AS (
        INSERT INTO audit.entry_tag (tag, entry_id)
        SELECT substring(tags FROM place FOR 32), id FROM rows, generate_series(1, length(tags), 32) AS place
    ), waiting AS (
        INSERT INTO audit.outbox (entry_id) SELECT id FROM rows
    ) {_INSERT}
""").bindparams(*_ENTRY_BINDS)  # noqa: S608 - our own parts

# The id decides between a lost entry and its void: who comes second waits for the first, and then does nothing.
_APPEND_VOIDS = text(f"""
    WITH {_ROWS}, written AS (
        {_INSERT} ON CONFLICT DO NOTHING RETURNING id
    ), keys AS (
        INSERT INTO audit.key (id, wrapped) SELECT id, wrapped FROM rows JOIN written USING (id)
    )
    INSERT INTO audit.outbox (entry_id) SELECT id FROM written RETURNING entry_id
""").bindparams(*_ENTRY_BINDS)  # noqa: S608 - our own parts

_APPEND_ITEMS = text("""
    WITH rows AS MATERIALIZED (
        SELECT * FROM unnest(:batch_id, :position, :item_id, :purpose, :sealed_content, :commitment, :wrapped, :tags)
            AS row (batch_id, position, item_id, purpose, sealed_content, commitment, wrapped, tags)
    ), keys AS (
        INSERT INTO audit.key (id, wrapped) SELECT item_id, wrapped FROM rows
    ), tagged AS (
        INSERT INTO audit.entry_tag (tag, entry_id)
        SELECT substring(tags FROM place FOR 32), item_id FROM rows, generate_series(1, length(tags), 32) AS place
    )
    INSERT INTO audit.batch_item (batch_id, position, item_id, purpose, sealed_content, commitment)
    SELECT batch_id, position, item_id, purpose, sealed_content, commitment FROM rows
""").bindparams(*(bindparam(name, type_=_TYPES.get(name, _BYTES)) for name in ItemRow._fields))


_APPEND_MONTHS = text("""
    INSERT INTO audit.key (id, wrapped, member_id, month) SELECT * FROM unnest(:id, :wrapped, :member_id, :month)
""").bindparams(*(bindparam(name, type_=_TYPES.get(name, _BYTES)) for name in KeyRow._fields))


async def append(
    session: Executes, entries: Sequence[EntryRow], items: Sequence[ItemRow], months: Sequence[KeyRow]
) -> None:
    """Write entries with their keys, tags and places in the sequencer's outbox; durable when the caller commits."""
    await session.execute(_APPEND, dict(columns_of(EntryRow, entries)))
    if items:
        await session.execute(_APPEND_ITEMS, dict(columns_of(ItemRow, items)))
    if months:
        await session.execute(_APPEND_MONTHS, dict(columns_of(KeyRow, months)))


async def append_voids(session: WriteSession, voids: Sequence[EntryRow], months: Sequence[KeyRow]) -> int:
    """Write voids, each unless the entry that it stands for is there after all; return how many were written."""
    written = await session.execute(_APPEND_VOIDS, dict(columns_of(EntryRow, voids)))
    if months:
        await session.execute(_APPEND_MONTHS, dict(columns_of(KeyRow, months)))
    return len(written.all())


async def open_writer(session: WriteSession, *, process: str, started_at: object) -> int:
    """Register a process that will write entries; its number stands in every leaf it writes."""
    result = await session.execute(
        insert(audit_writer).values(process=process, started_at=started_at).returning(audit_writer.c.id)
    )
    return int(result.scalar_one())
