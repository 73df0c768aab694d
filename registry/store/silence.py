"""Silence after a recall: which steps are due, which were taken, and whose queries rest until it speaks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Interval, and_, case, func, insert, literal, select

from registry.domain.recalls import Recalled, RecallStep
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import recall, recall_acknowledgement, recall_step, report

# One worker at a time, so that steps are taken in the order in which they were due.
_ESCALATE = 0x5245_4341

Hours = Mapping[str, Mapping[RecallStep, timedelta]]


@dataclass(frozen=True, slots=True)
class Silent:
    """A recall with a step that is due and not taken."""

    id: UUID
    report_id: UUID
    member_id: UUID
    policy: str
    recalled: Recalled


async def lead(session: WriteSession) -> bool:
    """Be the one that takes steps until this transaction ends; false if another one is."""
    return bool((await session.execute(select(func.pg_try_advisory_xact_lock(_ESCALATE)))).scalar_one())


async def due(session: WriteSession, after: Hours, *, now: datetime, limit: int) -> list[Silent]:
    """List recalls whose next step is due, the longest overdue first; `after` says of each pack when steps are."""
    alerted, acknowledged = recall_step.alias("alerted"), recall_acknowledgement
    suspended = recall_step.alias("suspended")
    next_due = recall.c.created_at + case(
        (alerted.c.recall_id.is_(None), _after(after, RecallStep.ALERT)), else_=_after(after, RecallStep.SUSPEND)
    )
    wanted = (
        select(
            recall.c.id,
            recall.c.report_id,
            recall.c.member_id,
            recall.c.created_at,
            report.c.policy,
            acknowledged.c.at.label("acknowledged_at"),
            alerted.c.recall_id.is_not(None).label("alerted"),
        )
        .join(report, report.c.id == recall.c.report_id)
        .join(acknowledged, acknowledged.c.recall_id == recall.c.id, isouter=True)
        .join(alerted, and_(alerted.c.recall_id == recall.c.id, alerted.c.step == RecallStep.ALERT), isouter=True)
        .join(
            suspended, and_(suspended.c.recall_id == recall.c.id, suspended.c.step == RecallStep.SUSPEND), isouter=True
        )
        .where(recall.c.must_acknowledge, suspended.c.recall_id.is_(None))
        .where(next_due <= func.coalesce(acknowledged.c.at, now))
        .order_by(next_due, recall.c.id)
        .limit(limit)
    )
    return [
        Silent(
            row.id,
            row.report_id,
            row.member_id,
            row.policy,
            Recalled(row.created_at, row.acknowledged_at, (RecallStep.ALERT,) if row.alerted else ()),
        )
        for row in await session.execute(wanted)
    ]


async def take(session: WriteSession, recall_id: UUID, step: RecallStep, *, due_at: datetime, now: datetime) -> None:
    """Write down that a step was taken."""
    await session.execute(insert(recall_step).values(recall_id=recall_id, step=step, due_at=due_at, at=now))


async def members(session: ReadSession) -> frozenset[UUID]:
    """Return the members that may not query until they have acknowledged."""
    silent = (
        select(recall.c.member_id)
        .join(recall_step, recall_step.c.recall_id == recall.c.id)
        .join(recall_acknowledgement, recall_acknowledgement.c.recall_id == recall.c.id, isouter=True)
        .where(recall_step.c.step == RecallStep.SUSPEND, recall_acknowledgement.c.recall_id.is_(None))
        .distinct()
    )
    return frozenset((await session.execute(silent)).scalars())


def _after(after: Hours, step: RecallStep) -> ColumnElement[timedelta]:
    by_pack = {pack: literal(steps[step], Interval) for pack, steps in after.items()}
    return case(by_pack, value=report.c.policy)
