"""Entries as an auditor finds them: by what stands in columns and tags, newest first, without a look inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, func, literal, select, true
from sqlalchemy.sql.elements import BindParameter

from registry.domain.audit_filters import Facet, Filter
from registry.domain.uuids import first_at
from registry.store.database import ReadSession
from registry.store.schema import audit_batch_item, audit_entry, audit_entry_tag, audit_leaf, member, report_identity

# Facets count so many of the newest matches, and say when there are more.
COUNTED_MOST = 2_000
_ENTRY = audit_entry.c


@dataclass(frozen=True, slots=True)
class Found:
    """An entry as found. `idx` is None before it has a place in the tree."""

    id: UUID
    type: int
    t_ms: int
    member_id: UUID | None
    member_name: str | None
    action: str | None
    purpose: str | None
    outcome: str
    staff_tag: bytes | None
    idx: int | None


def matching(wanted: Filter) -> list[ColumnElement[bool]]:
    """Say as conditions on `audit.entry` what a filter says; an empty one lets everything through."""
    said: list[ColumnElement[bool]] = [true()]
    if wanted.member is not None:
        said.append(_ENTRY.member_id == wanted.member)
    if wanted.staff is not None:
        said.append(_ENTRY.staff_tag == wanted.staff)
    if wanted.since is not None:
        said.append(_ENTRY.id >= first_at(wanted.since))
    if wanted.until is not None:
        said.append(_ENTRY.id < first_at(wanted.until))
    if wanted.subjects:
        said.append(_ENTRY.id == any_(_about(wanted)))
    said.extend(
        _ENTRY[name] == _constant(value)
        for name, value in (
            ("type", wanted.type and int(wanted.type)),
            ("action", wanted.action),
            ("purpose", wanted.purpose and wanted.purpose.value),
            ("outcome", wanted.outcome),
        )
        if value is not None
    )
    return said


def _constant(value: str | int) -> BindParameter[Any]:
    """Write a value into the statement, quoted: the planner then sees that a partial index holds all that match."""
    return literal(value, literal_execute=True)


def _about(wanted: Filter) -> Any:  # noqa: ANN401 - an array
    """Gather the entries about these subjects; an item of a batch stands for its batch."""
    found = (
        select(func.coalesce(audit_batch_item.c.batch_id, audit_entry_tag.c.entry_id))
        .outerjoin(audit_batch_item, audit_batch_item.c.item_id == audit_entry_tag.c.entry_id)
        .where(audit_entry_tag.c.tag.in_(wanted.subjects))
    )
    # An array is read before the rest is planned; as a join, a million entries may be held against it.
    return func.array(found.scalar_subquery(), type_=ARRAY(Uuid))


async def page(session: ReadSession, wanted: Filter, *, before: UUID | None, limit: int) -> list[Found]:
    """List the matches that precede an id, newest first."""
    found = select(_ENTRY.id).where(*matching(wanted)).order_by(_ENTRY.id.desc()).limit(limit)
    if before is not None:
        found = found.where(_ENTRY.id < before)
    # Found by what indexes hold, and read only then.
    ids = found.subquery()
    columns = (_ENTRY[name] for name in Found.__slots__ if name in _ENTRY)
    query = (
        select(*columns, member.c.name.label("member_name"), audit_leaf.c.idx)
        .join(ids, ids.c.id == _ENTRY.id)
        .outerjoin(member, member.c.id == _ENTRY.member_id)
        .outerjoin(audit_leaf, audit_leaf.c.entry_id == _ENTRY.id)
        .order_by(_ENTRY.id.desc())
    )
    return [Found(**row._mapping) for row in await session.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name


async def facets(session: ReadSession, wanted: Filter) -> dict[Facet, dict[str, int]]:
    """Count the newest `COUNTED_MOST` matches, and one more where there are more, by each facet."""
    columns = {Facet.TYPE: "type", Facet.MEMBER: "member_id"}
    names = {facet: columns.get(facet, facet.value) for facet in Facet}
    newest = (
        select(*(_ENTRY[name] for name in names.values()))
        .where(*matching(wanted))
        .order_by(_ENTRY.id.desc())
        .limit(COUNTED_MOST + 1)
        .subquery()
    )
    query = select(
        func.grouping(*(newest.c[name] for name in names.values())).label("left_out"),
        *(newest.c[name] for name in names.values()),
        func.count().label("n"),
    ).group_by(func.grouping_sets(*(newest.c[name] for name in names.values())))
    found: dict[Facet, dict[str, int]] = {facet: {} for facet in Facet}
    for row in await session.execute(query):
        _count(row, names, found)
    return found


def _count(row: Any, names: dict[Facet, str], found: dict[Facet, dict[str, int]]) -> None:  # noqa: ANN401 - a row
    for place, (facet, name) in enumerate(names.items()):
        if not row.left_out >> (len(names) - 1 - place) & 1:
            value = getattr(row, name)
            found[facet]["" if value is None else str(value)] = row.n


async def tokens_of_case(session: ReadSession, report_id: UUID) -> Sequence[bytes]:
    """Read the stored tokens of a report; none once it has expired."""
    query = select(report_identity.c.stored).where(report_identity.c.report_id == report_id)
    return (await session.execute(query.order_by(report_identity.c.stored))).scalars().all()
