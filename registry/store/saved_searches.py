"""Searches that auditors keep under a name, for themselves or for one another."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from registry.store.database import ReadSession, WriteSession
from registry.store.schema import saved_search


@dataclass(frozen=True, slots=True)
class Saved:
    """A search under a name; `filter` is None where it was taken back."""

    id: UUID
    staff_id: UUID
    name: str
    filter: dict[str, Any] | None
    shared: bool
    saved_at: datetime


async def keep(session: WriteSession, saved: Saved) -> None:
    """Keep a search; it takes the place of the one that its auditor kept under the name before."""
    values = {name: getattr(saved, name) for name in Saved.__slots__ if name != "filter"}
    # Absent, not the JSON null, where the search is taken back.
    filter_ = {} if saved.filter is None else {"filter": saved.filter}
    await session.execute(insert(saved_search).values(**values, **filter_))


async def list_for(session: ReadSession, staff_id: UUID, *, most: int) -> list[Saved]:
    """List an auditor's own searches, and those that others share, by name."""
    key = (saved_search.c.staff_id, saved_search.c.name)
    columns = (saved_search.c[name] for name in Saved.__slots__)
    newest = select(*columns).ext(distinct_on(*key)).order_by(*key, saved_search.c.number.desc()).subquery()
    query = (
        select(newest)
        .where(newest.c.filter.is_not(None), or_(newest.c.staff_id == staff_id, newest.c.shared))
        .order_by(newest.c.name, newest.c.id)
        .limit(most)
    )
    return [Saved(**row._mapping) for row in await session.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name
