"""What waits for a member's people: its reports by state, appeals it must answer, recalls it must acknowledge."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, func, literal, select, true, union_all

from registry.domain.appeal_case import AppealState
from registry.domain.ids import ReportState
from registry.store.appeal_lists import ADMITTED
from registry.store.database import ReadSession
from registry.store.schema import appeal, recall, recall_acknowledgement, report

# Counted no further: to know that there are more is enough, and costs the same however many there are.
COUNTED_MOST = 1_000
_State = TypeVar("_State", ReportState, AppealState)


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of one member's affairs, and the moments that the first of each is measured from.

    A count of more than `COUNTED_MOST` says only that there are more.
    """

    reports: Mapping[ReportState, int]
    appeals: int
    answers: int
    answer_by: datetime | None
    recalls: int
    recalled_at: datetime | None


async def count(session: ReadSession, *, member_id: UUID) -> Figures:
    """Count what a member has here; open appeals, those whose answer is awaited, recalls without acknowledgement."""
    reports = await _by_state(session, report, tuple(ReportState), report.c.member_id == member_id)
    appeals = await _by_state(session, appeal, ADMITTED, appeal.c.member_id == member_id)
    awaited = (appeal.c.member_id == member_id) & (appeal.c.state == AppealState.AWAITING_REPORTER)
    first_answer = select(func.min(appeal.c.next_due_at)).where(awaited)
    silent = (
        select(recall.c.created_at)
        .join(recall_acknowledgement, recall_acknowledgement.c.recall_id == recall.c.id, isouter=True)
        .where(recall.c.member_id == member_id, recall.c.must_acknowledge, recall_acknowledgement.c.recall_id.is_(None))
        .order_by(recall.c.created_at, recall.c.id)
    )
    waiting = _some(silent).subquery()
    since = select(func.count(), func.min(waiting.c.created_at), first_answer.scalar_subquery()).select_from(waiting)
    recalls, recalled_at, answer_by = (await session.execute(since)).one()
    answers = appeals.get(AppealState.AWAITING_REPORTER, 0)
    return Figures(reports, sum(appeals.values()), answers, answer_by, recalls, recalled_at)


async def _by_state(
    session: ReadSession, table: Table, states: Collection[_State], said: ColumnElement[bool]
) -> dict[_State, int]:
    """Count the rows in each state of which there are any."""
    of = {state.value: state for state in states}
    each = [
        select(literal(state).label("state"), func.count().label("n")).select_from(
            _some(select(true()).where(table.c.state == state, said)).subquery()
        )
        for state in sorted(of)
    ]
    return {of[row.state]: row.n for row in await session.execute(union_all(*each)) if row.n}


def _some(rows: Select[Any]) -> Select[Any]:
    return rows.limit(COUNTED_MOST + 1)
