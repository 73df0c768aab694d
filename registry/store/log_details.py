"""What lies sealed beside the leaves, with the columns and tags that repeat a part of it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, func, literal, select

from registry.store.database import ReadSession
from registry.store.schema import audit_batch_item, audit_entry, audit_entry_tag, audit_key
from registry_formats.leaf import LeafType

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Detailed:
    """One entry as written; a wrapped key is None where it was destroyed, or is gone."""

    id: UUID
    type: int
    writer_id: int
    leaf: bytes
    member_id: UUID | None
    action: str | None
    purpose: str | None
    outcome: str
    sealed_org: bytes
    sealed_staff: bytes
    sealed_subject: bytes
    sealed_content: bytes
    month_key_id: UUID
    wrapped: bytes | None
    month_wrapped: bytes | None
    tags: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One claim of a batch as written; its wrapped key is None where it was destroyed, or is gone."""

    id: UUID
    commitment: bytes | None
    sealed_content: bytes
    wrapped: bytes | None


async def read_details(
    session: ReadSession, *, only: LeafType | None = None, among: Sequence[UUID] | None = None
) -> AsyncIterator[Detailed]:
    """Read every entry of the log, or those of one type, or among these, in the order of their ids."""
    own, month = audit_key.alias("own"), audit_key.alias("month")
    tags = select(func.array_agg(audit_entry_tag.c.tag)).where(audit_entry_tag.c.entry_id == audit_entry.c.id)
    columns = [audit_entry.c[name] for name in Detailed.__slots__ if name in audit_entry.c]
    query = (
        select(
            *columns,
            own.c.wrapped,
            month.c.wrapped.label("month_wrapped"),
            tags.scalar_subquery().label("tags"),
        )
        .outerjoin(own, own.c.id == audit_entry.c.id)
        .outerjoin(month, month.c.id == audit_entry.c.month_key_id)
        .order_by(audit_entry.c.id)
        .limit(_AT_ONCE)
    )
    if only is not None:
        query = query.where(audit_entry.c.type == only)
    if among is not None:
        query = query.where(audit_entry.c.id == any_(literal(among, ARRAY(Uuid))))
    after = UUID(int=0)
    while rows := (await session.execute(query.where(audit_entry.c.id > after))).all():
        for row in rows:
            values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
            yield Detailed(**values | {"tags": tuple(row.tags or ())})
        after = rows[-1].id


async def read_items(session: ReadSession, batch_id: UUID) -> list[Item]:
    """Read the claims of a batch in their order."""
    item = audit_batch_item.c
    query = (
        select(item.item_id, item.commitment, item.sealed_content, audit_key.c.wrapped)
        .outerjoin(audit_key, audit_key.c.id == item.item_id)
        .where(item.batch_id == batch_id)
        .order_by(item.position)
    )
    return [Item(*row) for row in await session.execute(query)]
