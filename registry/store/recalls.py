"""Recalls: who received a report that has changed or gone, and what each of them must hear."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Uuid, any_, bindparam, func, insert, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.errors import NotFound
from registry.store.database import WriteSession
from registry.store.schema import disclosure, recall, recall_acknowledgement, recall_lift, report

# What takes a record out of use; after the other changes it may still be relied on, as it reads now.
ENDING = ("removed", "suspended")


@dataclass(frozen=True, slots=True)
class Recall:
    """One message to one member: this report was `amended` or `removed`, and why."""

    id: UUID
    report_id: UUID
    revision: int
    member_id: UUID
    change: str
    reason: str | None
    created_at: datetime
    must_acknowledge: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A recall as it stands: the pack of its report, when it was acknowledged, which outcomes it says to lift."""

    recall: Recall
    policy: str
    acknowledged_at: datetime | None
    lift: tuple[UUID, ...]


_COLUMNS = tuple(recall.c[one.name] for one in fields(Recall))


async def recipients(session: WriteSession, report_id: UUID) -> list[UUID]:
    """List the members that were ever told of a report; call `scores.stop_disclosure` first."""
    wanted = select(disclosure.c.member_id).where(disclosure.c.report_id == report_id).distinct()
    return sorted((await session.execute(wanted)).scalars())


async def next_at(session: WriteSession, member_ids: Sequence[UUID], now: datetime) -> datetime:
    """Return `now`, or the first later instant that comes after every recall these members have.

    A reader that has read up to an instant never finds an earlier one added, because recalls are made one at a time.
    """
    members = bindparam("members", list(member_ids), type_=ARRAY(Uuid))
    wanted = select(func.max(recall.c.created_at)).where(recall.c.member_id == any_(members))
    latest = (await session.execute(wanted)).scalar_one()
    return now if latest is None else max(now, latest + timedelta(microseconds=1))


async def add(session: WriteSession, rows: Sequence[Recall]) -> None:
    """Add recalls."""
    values = [{one.name: getattr(row, one.name) for one in fields(Recall)} for row in rows]
    await session.execute(insert(recall).values(values))


async def page(
    session: WriteSession, *, member_id: UUID, limit: int, after: tuple[datetime, UUID] | None = None
) -> list[Told]:
    """List a member's recalls, oldest first."""
    wanted = _told().where(recall.c.member_id == member_id).order_by(recall.c.created_at, recall.c.id)
    if after is not None:
        at, recall_id = after
        wanted = wanted.where((recall.c.created_at > at) | ((recall.c.created_at == at) & (recall.c.id > recall_id)))
    return [_read(row) for row in await session.execute(wanted.limit(limit))]


async def newest(
    session: WriteSession, *, member_id: UUID, waiting: bool, limit: int, before: tuple[datetime, UUID] | None
) -> list[Told]:
    """List a member's recalls, newest first; with `waiting` those it must acknowledge and has not."""
    place = tuple_(recall.c.created_at, recall.c.id)
    wanted = _told().where(recall.c.member_id == member_id)
    if waiting:
        wanted = wanted.where(recall.c.must_acknowledge, recall_acknowledgement.c.recall_id.is_(None))
    if before is not None:
        wanted = wanted.where(place < before)
    wanted = wanted.order_by(recall.c.created_at.desc(), recall.c.id.desc()).limit(limit)
    return [_read(row) for row in await session.execute(wanted)]


async def get(session: WriteSession, recall_id: UUID, *, member_id: UUID) -> Told:
    """Return a recall to this member; NotFound `recall_unknown`."""
    wanted = _told().where(recall.c.id == recall_id, recall.c.member_id == member_id)
    row = (await session.execute(wanted)).one_or_none()
    if row is None:
        raise NotFound("recall_unknown")
    return _read(row)


async def acknowledge(session: WriteSession, recall_id: UUID, *, now: datetime) -> bool:
    """Write down that a recall was acknowledged; false if it was before."""
    first = upsert(recall_acknowledgement).values(recall_id=recall_id, at=now).on_conflict_do_nothing()
    return (await session.execute(first.returning(recall_acknowledgement.c.recall_id))).one_or_none() is not None


def _told() -> Select[Any]:
    named = select(recall_lift.c.outcome_id).where(recall_lift.c.recall_id == recall.c.id)
    return (
        select(
            *_COLUMNS,
            report.c.policy,
            recall_acknowledgement.c.at.label("acknowledged_at"),
            func.array(named.order_by(recall_lift.c.outcome_id).scalar_subquery()).label("lift"),
        )
        .join(report, report.c.id == recall.c.report_id)
        .join(recall_acknowledgement, recall_acknowledgement.c.recall_id == recall.c.id, isouter=True)
    )


def _read(row: Row[Any]) -> Told:
    one = Recall(*row[: len(_COLUMNS)])
    return Told(one, row.policy, row.acknowledged_at, tuple(row.lift))


async def that_ended(session: WriteSession, *, query_id: UUID, member_id: UUID) -> list[UUID]:
    """List the recalls that took away what an answer to a member rested on, and have not been taken back since."""
    latest = (
        select(recall.c.id, recall.c.change)
        .ext(distinct_on(recall.c.report_id))
        .join(disclosure, disclosure.c.report_id == recall.c.report_id)
        .where(disclosure.c.query_id == query_id, recall.c.member_id == member_id)
        .where(recall.c.created_at >= disclosure.c.at)
        .order_by(recall.c.report_id, recall.c.created_at.desc(), recall.c.id.desc())
        .subquery()
    )
    ended = select(latest.c.id).where(latest.c.change.in_(ENDING)).order_by(latest.c.id)
    return list((await session.execute(ended)).scalars())


async def add_lifts(session: WriteSession, lifts: Sequence[tuple[UUID, UUID]]) -> None:
    """Say of recalls which outcomes must be lifted: pairs of recall and outcome."""
    if lifts:
        values = [{"recall_id": recall_id, "outcome_id": outcome_id} for recall_id, outcome_id in lifts]
        await session.execute(insert(recall_lift).values(values))
