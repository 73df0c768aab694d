"""Appeals in lists: a member's own, in the order they came; the registry's queue, in the order they are due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, select, tuple_

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
_due: ColumnElement[datetime] = func.coalesce(appeal.c.next_due_at, NEVER)

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


def _within(wanted: Wanted) -> ColumnElement[bool]:
    state = appeal.c.state
    tabs: Mapping[Tab, ColumnElement[bool]] = {
        Tab.MINE: and_(appeal.c.holder == wanted.staff_id, state.in_(OPEN)),
        Tab.UNCLAIMED: and_(appeal.c.holder.is_(None), state.in_(WORKING)),
        Tab.AWAITING_OTHERS: state.in_((S.RECEIVED, S.AWAITING_REPORTER, S.AWAITING_SUBJECT)),
        Tab.SECOND_PERSON: state == S.PENDING_APPROVAL,
        Tab.SECOND_INSTANCE: state == S.SECOND_INSTANCE,
        Tab.EXTERNAL: and_(state == S.CLOSED_EXTERNAL, appeal.c.next_due_at.is_not(None)),
        Tab.OPEN: state.in_(OPEN),
        Tab.ALL: appeal.c.id.is_not(None),
    }
    return tabs[wanted.tab]


async def queue(session: ReadSession, wanted: Wanted) -> list[Both]:
    """List appeals by what is due first, also what is overdue."""
    rows = select(*COLUMNS).where(_within(wanted)).order_by(_due, appeal.c.id).limit(wanted.limit)
    if wanted.ground is not None:
        rows = rows.where(appeal.c.grounds.contains([wanted.ground.value]))
    if wanted.member_id is not None:
        rows = rows.where(appeal.c.member_id == wanted.member_id)
    if wanted.after is not None:
        at, appeal_id = wanted.after
        rows = rows.where((_due > at) | (_due.is_not_distinct_from(at) & (appeal.c.id > appeal_id)))
    return await _with_reports(session, (await session.execute(rows)).all())


async def of_member(
    session: ReadSession, *, member_id: UUID, limit: int, after: tuple[datetime, UUID] | None
) -> list[Both]:
    """List admitted appeals against a member's reports, in the order they came."""
    rows = select(*COLUMNS).where(appeal.c.member_id == member_id, appeal.c.admitted_at.is_not(None))
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
    rows = select(*COLUMNS).where(appeal.c.member_id == member_id, appeal.c.admitted_at.is_not(None)).limit(limit)
    if tab is MemberTab.OVER:
        place = tuple_(appeal.c.received_at, appeal.c.id)
        rows = rows.where(appeal.c.state.not_in(OPEN)).order_by(appeal.c.received_at.desc(), appeal.c.id.desc())
        rows = rows if after is None else rows.where(place < after)
    else:
        states = (S.AWAITING_REPORTER,) if tab is MemberTab.ANSWER else tuple(OPEN)
        # Nothing due comes last in the index, as it does in `_due`.
        rows = rows.where(appeal.c.state.in_(states)).order_by(appeal.c.next_due_at, appeal.c.id)
        rows = rows if after is None else rows.where(tuple_(_due, appeal.c.id) > after)
    return await _with_reports(session, (await session.execute(rows)).all())


async def of_reports(session: ReadSession, report_ids: Sequence[UUID]) -> list[Both]:
    """List all appeals against these records, in the order they came."""
    rows = select(*COLUMNS).where(appeal.c.report_id.in_(report_ids)).order_by(appeal.c.received_at, appeal.c.id)
    return await _with_reports(session, (await session.execute(rows)).all())


async def _with_reports(session: ReadSession, rows: Sequence[Row[Any]]) -> list[Both]:
    found = [row_to_appeal(row) for row in rows]
    about = select(*REPORT_COLUMNS).where(report_table.c.id.in_({one.report_id for one in found}))
    reports = {row.id: row_to_report(row) for row in await session.execute(about)}
    return [(one, reports[one.report_id]) for one in found]
