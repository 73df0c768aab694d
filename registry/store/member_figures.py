"""What waits for a member's people: its reports by state, appeals it must answer, recalls it must acknowledge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from registry.domain.appeal_case import AppealState
from registry.domain.appeals import OPEN
from registry.domain.ids import ReportState
from registry.store.database import ReadSession
from registry.store.schema import appeal, recall, recall_acknowledgement, report


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of one member's affairs, and the moments that the first of each is measured from."""

    reports: Mapping[ReportState, int]
    appeals: int
    answers: int
    answer_by: datetime | None
    recalls: int
    recalled_at: datetime | None


async def count(session: ReadSession, *, member_id: UUID) -> Figures:
    """Count what a member has here; open appeals, those whose answer is awaited, recalls without acknowledgement."""
    by_state = select(report.c.state, func.count()).where(report.c.member_id == member_id).group_by(report.c.state)
    reports = {ReportState(state): number for state, number in await session.execute(by_state)}
    mine = (appeal.c.member_id == member_id) & appeal.c.admitted_at.is_not(None) & appeal.c.state.in_(OPEN)
    awaited = appeal.c.state == AppealState.AWAITING_REPORTER
    appeals = select(func.count(), func.count().filter(awaited), func.min(appeal.c.next_due_at).filter(awaited)).where(
        mine
    )
    silent = (
        select(func.count(), func.min(recall.c.created_at))
        .join(recall_acknowledgement, recall_acknowledgement.c.recall_id == recall.c.id, isouter=True)
        .where(recall.c.member_id == member_id, recall.c.must_acknowledge, recall_acknowledgement.c.recall_id.is_(None))
    )
    opened, answers, answer_by = (await session.execute(appeals)).one()
    recalls, recalled_at = (await session.execute(silent)).one()
    return Figures(reports, opened, answers, answer_by, recalls, recalled_at)
