"""What became of each recall: who was told, who acknowledged, what silence led to, which restrictions had to end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select
from sqlalchemy.sql.elements import ColumnElement

from registry.domain.ids import Action
from registry.domain.outcomes import Taken
from registry.domain.recalls import RecallStep
from registry.store.database import ReadSession
from registry.store.recalls import Recall
from registry.store.schema import member, outcome, recall, recall_acknowledgement, recall_lift, recall_step, report

_COLUMNS = tuple(recall.c[one.name] for one in fields(Recall))
_LIFT = outcome.alias("lift")


@dataclass(frozen=True, slots=True)
class Escalated:
    """A step that silence led to: when it was due, and when it was taken."""

    step: RecallStep
    due_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """A restriction that a recall says must be lifted, and since when it says so."""

    taken: Taken
    demanded_at: datetime


@dataclass(frozen=True, slots=True)
class Chain:
    """A recall to one member, by name, with all that followed; `policy` is the pack of the record."""

    recall: Recall
    member: str
    policy: str
    acknowledged_at: datetime | None
    escalated: tuple[Escalated, ...]
    endings: tuple[Ending, ...]


async def of_reports(
    session: ReadSession, report_ids: Collection[UUID], *, limit: int, before: tuple[datetime, UUID] | None
) -> list[Chain]:
    """List the recalls of these reports, newest first, those that precede a place."""
    wanted = (
        select(*_COLUMNS, member.c.name, report.c.policy, recall_acknowledgement.c.at.label("acknowledged_at"))
        .join(member, member.c.id == recall.c.member_id)
        .join(report, report.c.id == recall.c.report_id)
        .join(recall_acknowledgement, recall_acknowledgement.c.recall_id == recall.c.id, isouter=True)
        .where(_one_of(recall.c.report_id, report_ids))
        .order_by(recall.c.created_at.desc(), recall.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        at, recall_id = before
        wanted = wanted.where((recall.c.created_at < at) | ((recall.c.created_at == at) & (recall.c.id < recall_id)))
    rows = (await session.execute(wanted)).all()
    ids = [row.id for row in rows]
    escalated, endings = await _escalated(session, ids), await _endings(session, ids)
    return [
        Chain(
            Recall(*row[: len(_COLUMNS)]),
            row.name,
            row.policy,
            row.acknowledged_at,
            tuple(one for recall_id, one in escalated if recall_id == row.id),
            tuple(
                Ending(taken, max(row.created_at, recorded_at))
                for recall_id, taken, recorded_at in endings
                if recall_id == row.id
            ),
        )
        for row in rows
    ]


async def naming(session: ReadSession, outcome_id: UUID) -> list[tuple[UUID, UUID]]:
    """List the recalls that say to lift an action, each with its report."""
    wanted = (
        select(recall.c.id, recall.c.report_id)
        .join(recall_lift, recall_lift.c.recall_id == recall.c.id)
        .where(recall_lift.c.outcome_id == outcome_id)
        .order_by(recall.c.id)
    )
    return [(row.id, row.report_id) for row in await session.execute(wanted)]


async def reports_of(session: ReadSession, recall_ids: Collection[UUID]) -> list[UUID]:
    """List the reports that these recalls are about."""
    wanted = select(recall.c.report_id).where(_one_of(recall.c.id, recall_ids)).distinct()
    return sorted((await session.execute(wanted)).scalars())


async def _escalated(session: ReadSession, ids: Sequence[UUID]) -> list[tuple[UUID, Escalated]]:
    of = recall_step.c
    wanted = select(of.recall_id, of.step, of.due_at, of.at).where(_one_of(of.recall_id, ids)).order_by(of.due_at)
    return [
        (row.recall_id, Escalated(RecallStep(row.step), row.due_at, row.at)) for row in await session.execute(wanted)
    ]


async def _endings(session: ReadSession, ids: Sequence[UUID]) -> list[tuple[UUID, Taken, datetime]]:
    wanted = (
        select(recall_lift.c.recall_id, outcome, _LIFT.c.taken_at.label("lifted_at"))
        .join(outcome, outcome.c.id == recall_lift.c.outcome_id)
        .join(_LIFT, _LIFT.c.lifts == outcome.c.id, isouter=True)
        .where(_one_of(recall_lift.c.recall_id, ids))
        .order_by(outcome.c.taken_at, outcome.c.id)
    )
    return [
        (
            row.recall_id,
            Taken(row.id, row.claim_ref, row.query_id, Action(row.action), row.taken_at, row.ends_at, row.lifted_at),
            row.created_at,
        )
        for row in await session.execute(wanted)
    ]


def _one_of(column: Any, ids: Collection[UUID]) -> ColumnElement[bool]:  # noqa: ANN401 - a column of ids
    found: ColumnElement[bool] = column == any_(bindparam(None, list(ids), type_=ARRAY(Uuid)))
    return found
