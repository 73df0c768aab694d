"""The log as an export reads it: in the order of a tree, a bounded piece at a time, signed in as the auditor."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from registry.domain.audit_filters import Filter
from registry.store.audit_search import matching
from registry.store.database import ReadSession
from registry.store.schema import audit_entry, audit_erased, audit_key, audit_leaf

# One statement looks at no more places than this, however few match: none runs into the statement timeout.
PLACES_MOST = 65_536


class SealedRow(NamedTuple):
    """An entry as written; a wrapped key is None where it was destroyed, or is gone.

    `tombstone_id` is the erasure entry that destroyed its own key.
    """

    idx: int
    leaf: bytes
    staff_tag: bytes | None
    sealed_org: bytes
    sealed_subject: bytes
    sealed_content: bytes
    month_key_id: UUID
    wrapped: bytes | None
    month_wrapped: bytes | None
    tombstone_id: UUID | None


class Part(NamedTuple):
    """A stretch of a tree: the matches in it, and the place where the next one begins."""

    rows: list[SealedRow]
    following: int


async def read(session: ReadSession, wanted: Filter, *, shard_id: int, first: int, end: int, most: int) -> Part:
    """Read the next matches of a tree, from place `first` on and before place `end`, `most` of them at most."""
    own, month = audit_key.alias("own"), audit_key.alias("month")
    end = min(end, first + PLACES_MOST)
    columns = {column.name: column for column in (audit_leaf.c.idx, *audit_entry.c)}
    columns |= {"wrapped": own.c.wrapped, "month_wrapped": month.c.wrapped, "tombstone_id": audit_erased.c.tombstone_id}
    query = (
        select(*(columns[name].label(name) for name in SealedRow._fields))
        .select_from(audit_leaf)
        .join(audit_entry, audit_entry.c.id == audit_leaf.c.entry_id)
        .outerjoin(own, own.c.id == audit_entry.c.id)
        .outerjoin(month, month.c.id == audit_entry.c.month_key_id)
        .outerjoin(audit_erased, audit_erased.c.entry_id == audit_entry.c.id)
        .where(audit_leaf.c.shard_id == shard_id, audit_leaf.c.idx >= first, audit_leaf.c.idx < end)
        .where(*matching(wanted))
        .order_by(audit_leaf.c.idx)
        .limit(most)
    )
    rows = [SealedRow(*row) for row in await session.execute(query)]
    return Part(rows, rows[-1].idx + 1 if len(rows) == most else end)
