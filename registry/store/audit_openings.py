"""Entries with all that lies sealed beside them, the keys that open it, and what an erasure says of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from registry.store.database import ReadSession
from registry.store.schema import (
    audit_batch_item,
    audit_entry,
    audit_entry_tag,
    audit_erased,
    audit_key,
    audit_leaf,
    member,
)
from registry_formats.leaf import LeafType


@dataclass(frozen=True, slots=True)
class SealedItem:
    """One claim of a batch: its place, its sealed content, its wrapped key, and whether an erasure names it."""

    id: UUID
    position: int
    purpose: str
    sealed_content: bytes
    wrapped: bytes | None
    is_erased: bool


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry with what opens it; a wrapped key is None where it was destroyed, or is gone.

    Args:
        tags: of the persons concerned, 32 bytes each; of one claim where an item is meant.
        item: the claim of a batch that is meant, where one is.
    """

    id: UUID
    leaf: bytes
    member_id: UUID | None
    member_name: str | None
    staff_tag: bytes | None
    sealed_org: bytes
    sealed_staff: bytes
    sealed_subject: bytes
    sealed_content: bytes
    month_key_id: UUID
    month_wrapped: bytes | None
    wrapped: bytes | None
    is_erased: bool
    shard_id: int | None
    idx: int | None
    tags: tuple[bytes, ...]
    item: SealedItem | None = None


_SEALED = ("sealed_org", "sealed_staff", "sealed_subject", "sealed_content")
_own, _month, _erased = audit_key.alias("own"), audit_key.alias("month"), audit_erased.alias("erasure")
_ENTRY_COLUMNS = (
    *(audit_entry.c[name] for name in ("id", "leaf", "member_id", "staff_tag", *_SEALED, "month_key_id")),
    member.c.name.label("member_name"),
    _own.c.wrapped,
    _month.c.wrapped.label("month_wrapped"),
    _erased.c.tombstone_id.is_not(None).label("is_erased"),
    audit_leaf.c.shard_id,
    audit_leaf.c.idx,
)
_ENTRY_JOIN = (
    audit_entry.outerjoin(member, member.c.id == audit_entry.c.member_id)
    .outerjoin(_own, _own.c.id == audit_entry.c.id)
    .outerjoin(_month, _month.c.id == audit_entry.c.month_key_id)
    .outerjoin(_erased, _erased.c.entry_id == audit_entry.c.id)
    .outerjoin(audit_leaf, audit_leaf.c.entry_id == audit_entry.c.id)
)


def _tags_of(id_: Any) -> Any:  # noqa: ANN401 - a column, and a subquery
    return select(func.array_agg(audit_entry_tag.c.tag)).where(audit_entry_tag.c.entry_id == id_).scalar_subquery()


async def read(session: ReadSession, entry_ids: Sequence[UUID]) -> list[SealedEntry]:
    """Read entries, newest first; unknown ones are left out."""
    query = select(*_ENTRY_COLUMNS, _tags_of(audit_entry.c.id).label("tags")).select_from(_ENTRY_JOIN)
    query = query.where(audit_entry.c.id.in_(entry_ids)).order_by(audit_entry.c.id.desc())
    return [_entry(row._mapping) for row in await session.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name


async def about(
    session: ReadSession,
    tags: Sequence[bytes],
    *,
    types: Iterable[LeafType],
    before: UUID | None,
    limit: int,
    besides: str = "",
) -> list[SealedEntry]:
    """Read the entries of these types about a person, newest first, a batch with the claim that is about the person.

    What was done as the action `besides` is left out.
    """
    query = _about(tags, types, before)
    if besides:
        query = query.where(audit_entry.c.action.is_distinct_from(besides))
    rows = await session.execute(query.limit(limit))
    return [_look(dict(row._mapping)) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name


def _about(tags: Sequence[bytes], types: Iterable[LeafType], before: UUID | None) -> Select[Any]:
    tagged = select(audit_entry_tag.c.entry_id.label("look_id")).where(audit_entry_tag.c.tag.in_(tags)).distinct()
    if before is not None:
        tagged = tagged.where(audit_entry_tag.c.entry_id < before)
    look = tagged.subquery()
    item_key, item_erased = audit_key.alias("item_key"), audit_erased.alias("item_erased")
    item = audit_batch_item.c
    joined = (
        look.outerjoin(audit_batch_item, item.item_id == look.c.look_id)
        .join(_ENTRY_JOIN, audit_entry.c.id == func.coalesce(item.batch_id, look.c.look_id))
        .outerjoin(item_key, item_key.c.id == item.item_id)
        .outerjoin(item_erased, item_erased.c.entry_id == item.item_id)
    )
    return (
        select(
            *_ENTRY_COLUMNS,
            _tags_of(look.c.look_id).label("tags"),
            item.item_id,
            item.position,
            item.purpose.label("item_purpose"),
            item.sealed_content.label("item_content"),
            item_key.c.wrapped.label("item_wrapped"),
            item_erased.c.tombstone_id.is_not(None).label("item_erased"),
        )
        .select_from(joined)
        .where(audit_entry.c.type.in_([int(one) for one in types]))
        .order_by(look.c.look_id.desc())
    )


def _entry(row: Any, item: SealedItem | None = None) -> SealedEntry:  # noqa: ANN401 - a row's mapping
    values = {name: row[name] for name in SealedEntry.__slots__ if name not in {"item", "tags"}}
    return SealedEntry(**values, tags=tuple(sorted(row["tags"] or ())), item=item)


def _look(row: dict[str, Any]) -> SealedEntry:
    if row["item_id"] is None:
        return _entry(row)
    item = SealedItem(
        id=row["item_id"],
        position=row["position"],
        purpose=row["item_purpose"],
        sealed_content=row["item_content"],
        wrapped=row["item_wrapped"],
        is_erased=row["item_erased"],
    )
    return _entry(row, item)


async def commitments(session: ReadSession, batch_ids: Iterable[UUID]) -> dict[UUID, list[bytes | None]]:
    """Read what batches commit to, item by item; None for an item that was written before these were kept."""
    item = audit_batch_item.c
    query = select(item.batch_id, item.commitment).where(item.batch_id.in_(list(batch_ids)))
    found: dict[UUID, list[bytes | None]] = defaultdict(list)
    for row in await session.execute(query.order_by(item.batch_id, item.position)):
        found[row.batch_id].append(row.commitment)
    return found
