"""What lies sealed beside the leaves, with the columns and tags that repeat a part of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from registry.store.database import ReadSession
from registry.store.schema import audit_entry, audit_entry_tag, audit_key

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Detailed:
    """One entry as written; a wrapped key is None where it was destroyed, or is gone."""

    id: UUID
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
    is_shredded: bool
    month_wrapped: bytes | None
    tags: tuple[bytes, ...]


async def read_details(session: ReadSession) -> AsyncIterator[Detailed]:
    """Read every entry of the log in the order of their ids."""
    own, month = audit_key.alias("own"), audit_key.alias("month")
    tags = select(func.array_agg(audit_entry_tag.c.tag)).where(audit_entry_tag.c.entry_id == audit_entry.c.id)
    columns = [audit_entry.c[name] for name in Detailed.__slots__ if name in audit_entry.c]
    query = (
        select(
            *columns,
            own.c.wrapped,
            own.c.destroyed_at.is_not(None).label("is_shredded"),
            month.c.wrapped.label("month_wrapped"),
            tags.scalar_subquery().label("tags"),
        )
        .outerjoin(own, own.c.id == audit_entry.c.id)
        .outerjoin(month, month.c.id == audit_entry.c.month_key_id)
        .order_by(audit_entry.c.id)
        .limit(_AT_ONCE)
    )
    after = UUID(int=0)
    while rows := (await session.execute(query.where(audit_entry.c.id > after))).all():
        for row in rows:
            values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
            yield Detailed(**values | {"tags": tuple(row.tags or ())})
        after = rows[-1].id
