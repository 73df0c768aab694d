"""Open what the log keeps sealed, from the tables alone and with the master key: what an auditor does."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from registry.crypto.sealed import detail_context, key_context, unseal, unwrap_key, writer_key_context
from registry.masters import Master
from registry_formats.leaf import Group, Leaf, Opening, decode_leaf, decode_opening
from tests.databases import ScratchDatabase
from tests.logbook import MASTER

_ENTRY = """
    SELECT entry.*, own.wrapped AS own_key, month.wrapped AS month_key, writer.wrapped AS writer_key,
        ARRAY(SELECT tag FROM audit.entry_tag WHERE entry_id = entry.id ORDER BY tag) AS tags
    FROM audit.entry JOIN audit.key AS own ON own.id = entry.id JOIN audit.key AS month ON month.id = month_key_id
    JOIN audit.writer_key AS writer USING (writer_id)
    ORDER BY writer_id, writer_seq
"""
_ITEMS = """
    SELECT item.*, key.wrapped, entry.writer_id, writer.wrapped AS writer_key,
        ARRAY(SELECT tag FROM audit.entry_tag WHERE entry_id = item_id ORDER BY tag) AS tags
    FROM audit.batch_item AS item JOIN audit.key ON key.id = item_id JOIN audit.entry ON entry.id = batch_id
    JOIN audit.writer_key AS writer USING (writer_id) ORDER BY batch_id, position
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """An entry with all that it sealed."""

    row: asyncpg.Record
    leaf: Leaf
    groups: dict[Group, Opening]


@dataclass(frozen=True, slots=True)
class OpenedItem:
    """One claim of a batch."""

    row: asyncpg.Record
    opening: Opening


async def rows(scratch: ScratchDatabase, sql: str) -> list[asyncpg.Record]:
    """Read as the auditor may."""
    connection = await asyncpg.connect(scratch.dsn("registry_auditor"))
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


async def open_entries(scratch: ScratchDatabase, master: Master = MASTER) -> list[Opened]:
    """Open every group of every entry, in the order of their writers."""
    return [open_entry(row, master) for row in await rows(scratch, _ENTRY)]


def open_entry(row: asyncpg.Record, master: Master = MASTER) -> Opened:
    kek, entry_id = kek_of(row, master), row["id"].bytes
    own = unwrap_key(kek, row["own_key"], key_context(entry_id))
    month = unwrap_key(kek, row["month_key"], key_context(row["month_key_id"].bytes))
    of_group = {Group.ORG: month, Group.STAFF: month, Group.SUBJECT: own, Group.CONTENT: own}
    groups = {
        group: decode_opening(unseal(key, row[f"sealed_{group}"], detail_context(entry_id, group)))
        for group, key in of_group.items()
    }
    return Opened(row, decode_leaf(row["leaf"]), groups)


def kek_of(row: asyncpg.Record, master: Master = MASTER) -> bytes:
    """Unwrap the key of the writer of an entry, or of a claim of a batch."""
    return master.unwrap(row["writer_key"], writer_key_context(row["writer_id"]))


async def open_items(scratch: ScratchDatabase, master: Master = MASTER) -> list[OpenedItem]:
    """Open every item of every batch."""
    return [OpenedItem(row, _item(row, kek_of(row, master))) for row in await rows(scratch, _ITEMS)]


def _item(row: asyncpg.Record, kek: bytes) -> Opening:
    item_id: UUID = row["item_id"]
    key = unwrap_key(kek, row["wrapped"], key_context(item_id.bytes))
    return decode_opening(unseal(key, row["sealed_content"], detail_context(item_id.bytes, Group.CONTENT)))
