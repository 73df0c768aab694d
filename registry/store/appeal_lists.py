"""Appeals in lists: a member's own, in the order they came; the registry's queue, in the order they are due."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Row, String, bindparam, func, null, select, true, tuple_, union_all

from registry.domain.appeal_case import AppealState, Ground
from registry.domain.appeals import OPEN
from registry.store.appeals import COLUMNS, Appeal, row_to_appeal
from registry.store.database import ReadSession
from registry.store.reports import COLUMNS as REPORT_COLUMNS
from registry.store.reports import Report, row_to_report
from registry.store.schema import appeal
from registry.store.schema import report as report_table

S = AppealState
# What waits for nobody stands last.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
WORKING = (S.AWAITING_REPORTER, S.AWAITING_SUBJECT, S.IN_REVIEW)
# Open, and admitted: the member is told of it.
ADMITTED = OPEN - {S.RECEIVED}
_ORDER = (appeal.c.next_due_at, appeal.c.id)
# A list tells no reasons, so it reads none.
_COLUMNS = [null().label(one.name) if one is appeal.c.sealed_reasons else one for one in COLUMNS]

Both = tuple[Appeal, Report]


class Tab(StrEnum):
    """A part of the queue."""

    MINE = "mine"
    UNCLAIMED = "unclaimed"
    AWAITING_OTHERS = "awaiting_others"
    SECOND_PERSON = "second_person"
    SECOND_INSTANCE = "second_instance"
    EXTERNAL = "external"
    OPEN = "open"
    ALL = "all"


class MemberTab(StrEnum):
    """A part of the appeals against one member's reports."""

    ANSWER = "answer"  # the member must answer
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which appeals of the queue: a tab, of whom, so many, after a place; on a ground, about a member's records."""

    tab: Tab
    staff_id: UUID
    limit: int
    after: tuple[datetime, UUID] | None = None
    ground: Ground | None = None
    member_id: UUID | None = None


_STATES: Mapping[Tab, Collection[AppealState]] = MappingProxyType(
    {
        Tab.MINE: OPEN,
        Tab.UNCLAIMED: WORKING,
        Tab.AWAITING_OTHERS: (S.RECEIVED, S.AWAITING_REPORTER, S.AWAITING_SUBJECT),
        Tab.SECOND_PERSON: (S.PENDING_APPROVAL,),
        Tab.SECOND_INSTANCE: (S.SECOND_INSTANCE,),
        Tab.EXTERNAL: (S.CLOSED_EXTERNAL,),
        Tab.OPEN: OPEN,
        Tab.ALL: tuple(AppealState),
    }
)


async def queue(session: ReadSession, wanted: Wanted) -> list[Both]:
    """List appeals by what is due first, also what is overdue."""
    said: list[ColumnElement[bool]] = []
    if wanted.tab is Tab.MINE:
        said.append(appeal.c.holder == wanted.staff_id)
    if wanted.tab is Tab.UNCLAIMED:
        said.append(appeal.c.holder.is_(None))
    if wanted.tab is Tab.EXTERNAL:
        said.append(appeal.c.next_due_at.is_not(None))
    if wanted.ground is not None:
        said.append(appeal.c.grounds.contains([wanted.ground.value]))
    if wanted.member_id is not None:
        said.append(appeal.c.member_id == wanted.member_id)
    return await _soonest(session, _STATES[wanted.tab], *said, after=wanted.after, limit=wanted.limit)


async def of_member(
    session: ReadSession, *, member_id: UUID, limit: int, after: tuple[datetime, UUID] | None
) -> list[Both]:
    """List admitted appeals against a member's reports, in the order they came."""
    rows = select(*_COLUMNS).where(appeal.c.member_id == member_id, appeal.c.admitted_at.is_not(None))
    if after is not None:
        at, appeal_id = after
        rows = rows.where(
            (appeal.c.received_at > at) | ((appeal.c.received_at == at) & (appeal.c.id > appeal_id)),
        )
    rows = rows.order_by(appeal.c.received_at, appeal.c.id).limit(limit)
    return await _with_reports(session, (await session.execute(rows)).all())


async def due_of_member(
    session: ReadSession, tab: MemberTab, *, member_id: UUID, limit: int, after: tuple[datetime, UUID] | None
) -> list[Both]:
    """List admitted appeals against a member's reports by what is due first; those that are over, newest first."""
    mine = appeal.c.member_id == member_id
    if tab is not MemberTab.OVER:
        states = (S.AWAITING_REPORTER,) if tab is MemberTab.ANSWER else ADMITTED
        return await _soonest(session, states, mine, after=after, limit=limit)
    place = tuple_(appeal.c.received_at, appeal.c.id)
    rows = select(*_COLUMNS).where(mine, appeal.c.admitted_at.is_not(None), appeal.c.state.not_in(OPEN))
    rows = rows if after is None else rows.where(place < after)
    rows = rows.order_by(appeal.c.received_at.desc(), appeal.c.id.desc()).limit(limit)
    return await _with_reports(session, (await session.execute(rows)).all())


async def of_reports(session: ReadSession, report_ids: Sequence[UUID]) -> list[Both]:
    """List all appeals against these records, in the order they came."""
    rows = select(*_COLUMNS).where(appeal.c.report_id.in_(report_ids)).order_by(appeal.c.received_at, appeal.c.id)
    return await _with_reports(session, (await session.execute(rows)).all())


async def _soonest(
    session: ReadSession,
    states: Collection[AppealState],
    *said: ColumnElement[bool],
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Both]:
    """List appeals in these states by what is due first, what waits for nobody last.

    Each state is read in the order of its index, from the place on: a page costs the same wherever it is.
    """
    each = select(func.unnest(bindparam("states", sorted(states), type_=ARRAY(String))).label("state")).subquery()
    parts = []
    for part in _following(after):
        some = select(appeal.c.id).where(appeal.c.state == each.c.state, part, *said).order_by(*_ORDER).limit(limit)
        first = some.lateral()
        parts.append(select(first.c.id).select_from(each.join(first, true())))
    found = union_all(*parts).subquery()
    rows = select(*_COLUMNS).join(found, found.c.id == appeal.c.id).order_by(*_ORDER).limit(limit)
    return await _with_reports(session, (await session.execute(rows)).all())


def _following(after: tuple[datetime, UUID] | None) -> tuple[ColumnElement[bool], ...]:
    """Say what comes after a place, in parts that an index answers: what is due, then what waits for nobody."""
    waits_for_nobody = appeal.c.next_due_at.is_(None)
    if after is None:
        return (true(),)
    if after[0] == NEVER:
        return (waits_for_nobody & (appeal.c.id > after[1]),)
    return (tuple_(*_ORDER) > after, waits_for_nobody)


async def _with_reports(session: ReadSession, rows: Sequence[Row[Any]]) -> list[Both]:
    found = [row_to_appeal(row) for row in rows]
    about = select(*REPORT_COLUMNS).where(report_table.c.id.in_({one.report_id for one in found}))
    reports = {row.id: row_to_report(row) for row in await session.execute(about)}
    return [(one, reports[one.report_id]) for one in found]
