"""What members did about answers; nothing is overwritten, and a lift is a row of its own."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from registry.domain.ids import Action
from registry.domain.outcomes import Flag, Taken
from registry.errors import NotFound
from registry.store.database import WriteSession
from registry.store.schema import claim, disclosure, outcome, recall_lift

_LIFT = outcome.alias("lift")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that an action rests on: when it was given, and how many of the actions A1 to A5 it permitted."""

    at: datetime
    permitted: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row: an action taken, or with `lifts` the end of an earlier one."""

    id: UUID
    member_id: UUID
    claim_ref: bytes
    query_id: UUID
    action: Action
    taken_at: datetime
    ends_at: datetime | None
    lifts: UUID | None
    flags: Sequence[Flag]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """An action as it stands: with what was wrong, when it was recorded, and whether a recall says to lift it."""

    taken: Taken
    flags: tuple[Flag, ...]
    created_at: datetime
    must_lift: bool = False


async def answer_to(session: WriteSession, *, member_id: UUID, claim_ref: bytes, query_id: UUID) -> Answered | None:
    """Find the answer a member got for a claim; one that told nothing left no row and permitted nothing."""
    asked = select(disclosure.c.at, disclosure.c.permitted, disclosure.c.claim_ref).where(
        disclosure.c.query_id == query_id
    )
    told = (await session.execute(asked.where(disclosure.c.member_id == member_id).limit(1))).one_or_none()
    if told is not None:
        return Answered(told.at, told.permitted or 0) if told.claim_ref == claim_ref else None
    first = select(func.min(claim.c.first_at)).where(claim.c.member_id == member_id, claim.c.claim_ref == claim_ref)
    first_at = (await session.execute(first)).scalar_one()
    return None if first_at is None else Answered(first_at, 0)


async def add(session: WriteSession, row: Outcome) -> bool:
    """Add a row; false if it lifts what was lifted before."""
    values = {one.name: getattr(row, one.name) for one in fields(Outcome)}
    added = (
        insert(outcome).values(**values | {"flags": list(row.flags)}).on_conflict_do_nothing(index_elements=["lifts"])
    )
    return (await session.execute(added.returning(outcome.c.id))).one_or_none() is not None


async def get(session: WriteSession, outcome_id: UUID, *, member_id: UUID) -> Known:
    """Return an action of this member; NotFound `outcome_unknown`."""
    row = (await session.execute(_mine(member_id).where(outcome.c.id == outcome_id))).one_or_none()
    if row is None:
        raise NotFound("outcome_unknown")
    return _known(row)


async def named(session: WriteSession, outcome_ids: Collection[UUID], *, member_id: UUID) -> list[Known]:
    """Return those of these actions that are this member's, in the order they were recorded."""
    wanted = _mine(member_id).where(outcome.c.id.in_(outcome_ids)).order_by(outcome.c.created_at, outcome.c.id)
    return [_known(row) for row in await session.execute(wanted)]


async def page(
    session: WriteSession, *, member_id: UUID, limit: int, after: tuple[datetime, UUID] | None
) -> list[Known]:
    """List a member's actions after a place, in the order they were recorded."""
    wanted = _mine(member_id).order_by(outcome.c.created_at, outcome.c.id).limit(limit)
    if after is not None:
        at, outcome_id = after
        later = (outcome.c.created_at == at) & (outcome.c.id > outcome_id)
        wanted = wanted.where((outcome.c.created_at > at) | later)
    return [_known(row) for row in await session.execute(wanted)]


async def resting_on(session: WriteSession, report_id: UUID, member_ids: Collection[UUID]) -> list[tuple[UUID, Taken]]:
    """List, with their members, the actions that rest on answers which told of a report."""
    told = exists().where(disclosure.c.query_id == outcome.c.query_id, disclosure.c.report_id == report_id)
    wanted = _actions().where(outcome.c.member_id.in_(member_ids), told)
    return [(row.member_id, _known(row).taken) for row in await session.execute(wanted)]


def _actions() -> Select[Any]:
    named = exists().where(recall_lift.c.outcome_id == outcome.c.id)
    return (
        select(outcome, _LIFT.c.taken_at.label("lifted_at"), named.label("must_lift"))
        .join(_LIFT, _LIFT.c.lifts == outcome.c.id, isouter=True)
        .where(outcome.c.lifts.is_(None))
    )


def _mine(member_id: UUID) -> Select[Any]:
    return _actions().where(outcome.c.member_id == member_id)


def _known(row: Row[Any]) -> Known:
    taken = Taken(row.id, row.claim_ref, row.query_id, Action(row.action), row.taken_at, row.ends_at, row.lifted_at)
    return Known(taken, tuple(map(Flag, row.flags)), row.created_at, row.must_lift)
