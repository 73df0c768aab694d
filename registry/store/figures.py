"""What is published and what auditors are alerted of: counts of members, and whose subjects coincide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, and_, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from registry.domain.appeal_case import Result
from registry.domain.ids import IdentifierKind
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import (
    appeal,
    claim,
    filing_day,
    member,
    overlap_alarm,
    readjudication,
    report,
    report_identity,
    transparency,
)

_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Alarm:
    """Two members whose subjects coincide far above chance; `expected` in thousandths."""

    id: UUID
    low_id: UUID
    high_id: UUID
    kind: IdentifierKind
    common: int
    expected: int
    found_at: datetime


async def pseudonyms(session: ReadSession) -> dict[UUID, str]:
    """Return the pseudonyms of all platforms."""
    rows = await session.execute(select(member.c.id, member.c.pseudonym).where(member.c.kind == "platform"))
    return {row.id: row.pseudonym for row in rows}


async def filed(session: ReadSession, since: date, until: date) -> dict[UUID, int]:
    """Count the reports each member filed from a day to before another."""
    day = filing_day.c.day
    wanted = select(filing_day.c.member_id, func.sum(filing_day.c.filed)).where(day >= since, day < until)
    return dict(_pairs(await session.execute(wanted.group_by(filing_day.c.member_id))))


async def asked(session: ReadSession, since: datetime, until: datetime) -> dict[UUID, int]:
    """Count the claims each member first asked about from an instant to before another."""
    first = select(claim.c.member_id, claim.c.claim_ref).where(claim.c.first_at >= since, claim.c.first_at < until)
    # A claim has a row for each epoch.
    claims = first.distinct().subquery()
    wanted = select(claims.c.member_id, func.count()).group_by(claims.c.member_id)
    return dict(_pairs(await session.execute(wanted)))


async def lodged(session: ReadSession, since: datetime, until: datetime) -> dict[UUID, int]:
    """Count the appeals admitted against each member's reports."""
    at = appeal.c.admitted_at
    wanted = select(appeal.c.member_id, func.count()).where(at >= since, at < until).group_by(appeal.c.member_id)
    return dict(_pairs(await session.execute(wanted)))


async def decided(session: ReadSession, since: datetime, until: datetime) -> dict[tuple[UUID, Result], int]:
    """Count the decisions about each member's reports by their result."""
    at, key = appeal.c.decided_at, (appeal.c.member_id, appeal.c.result)
    wanted = select(*key, func.count()).where(at >= since, at < until, appeal.c.result != Result.ENDED).group_by(*key)
    return {(row[0], Result(row[1])): row[2] for row in await session.execute(wanted)}


async def median_days(session: ReadSession, since: datetime, until: datetime) -> int | None:
    """Return the median of the days from proof of identity to a decision, rounded up; None without any."""
    took = func.extract("epoch", appeal.c.decided_at - appeal.c.proved_at) / _DAY_SECONDS
    wanted = select(cast(func.ceil(func.percentile_cont(0.5).within_group(took)), Integer)).where(
        appeal.c.decided_at >= since, appeal.c.decided_at < until, appeal.c.proved_at.is_not(None)
    )
    median: int | None = (await session.execute(wanted)).scalar_one()
    return median


async def judged(session: ReadSession, since: datetime, until: datetime) -> dict[str, int]:
    """Count second looks by their result."""
    at = readjudication.c.judged_at
    wanted = select(readjudication.c.result, func.count()).where(at >= since, at < until)
    return dict(_pairs(await session.execute(wanted.group_by(readjudication.c.result))))


async def publish(session: WriteSession, quarter: date, figures: Mapping[str, Any], *, now: datetime) -> bool:
    """Keep the figures of a quarter, for ever; false if they are there."""
    new = insert(transparency).values(quarter=quarter, figures=figures, as_of=now).on_conflict_do_nothing()
    return (await session.execute(new.returning(transparency.c.quarter))).one_or_none() is not None


async def published(session: ReadSession, *, most: int) -> list[tuple[date, dict[str, Any], datetime]]:
    """List the figures of quarters, the latest first."""
    wanted = select(transparency.c.quarter, transparency.c.figures, transparency.c.as_of)
    rows = await session.execute(wanted.order_by(transparency.c.quarter.desc()).limit(most))
    return [(row.quarter, row.figures, row.as_of) for row in rows]


async def subjects(session: ReadSession, kind: IdentifierKind, epoch: int) -> dict[UUID, int]:
    """Count the persons each member has reported, as far as tokens of one kind and epoch tell them apart."""
    seen = _seen(kind, epoch)
    wanted = select(seen.c.member_id, func.count()).group_by(seen.c.member_id)
    return dict(_pairs(await session.execute(wanted)))


async def population(session: ReadSession, kind: IdentifierKind, epoch: int) -> int:
    """Count the persons any member has reported, likewise."""
    seen = _seen(kind, epoch)
    counted: int = (await session.execute(select(func.count(seen.c.stored.distinct())))).scalar_one()
    return counted


async def common(session: ReadSession, kind: IdentifierKind, epoch: int) -> dict[frozenset[UUID], int]:
    """Count the persons that both members of a pair have reported, where the two are of different groups."""
    one, other = _seen(kind, epoch).alias("one"), _seen(kind, epoch).alias("other")
    both = and_(one.c.stored == other.c.stored, one.c.member_id < other.c.member_id, one.c.group_id != other.c.group_id)
    wanted = select(one.c.member_id, other.c.member_id, func.count()).join_from(one, other, both)
    rows = await session.execute(wanted.group_by(one.c.member_id, other.c.member_id))
    return {frozenset({row[0], row[1]}): row[2] for row in rows}


async def newest_epoch(session: ReadSession) -> int | None:
    """Return the epoch that most tokens of reports are of."""
    epoch = report_identity.c.epoch
    wanted = select(epoch).group_by(epoch).order_by(func.count().desc(), epoch.desc()).limit(1)
    found: int | None = (await session.execute(wanted)).scalar_one_or_none()
    return found


async def was_alarmed(session: ReadSession, members: Sequence[UUID], kind: IdentifierKind, *, since: datetime) -> bool:
    """Tell whether there is an alarm about this pair and kind since an instant."""
    low, high = members
    wanted = select(overlap_alarm.c.id).where(
        overlap_alarm.c.low_id == low, overlap_alarm.c.high_id == high, overlap_alarm.c.kind == kind
    )
    rows = await session.execute(wanted.where(overlap_alarm.c.found_at > since).limit(1))
    return rows.one_or_none() is not None


async def add_alarm(session: WriteSession, new: Alarm) -> None:
    """Add an alarm."""
    await session.execute(insert(overlap_alarm).values({one.name: getattr(new, one.name) for one in fields(Alarm)}))


async def alarms(session: ReadSession, *, limit: int, before: tuple[datetime, UUID] | None) -> list[Alarm]:
    """List alarms, the newest first."""
    place = tuple_(overlap_alarm.c.found_at, overlap_alarm.c.id)
    wanted = select(*(overlap_alarm.c[one.name] for one in fields(Alarm)))
    if before is not None:
        wanted = wanted.where(place < before)
    rows = await session.execute(wanted.order_by(*(column.desc() for column in place.clauses)).limit(limit))
    return [Alarm(row[0], row[1], row[2], IdentifierKind(row[3]), *row[4:]) for row in rows]


def _seen(kind: IdentifierKind, epoch: int) -> Any:  # noqa: ANN401 - a subquery
    return (
        select(report.c.member_id, report.c.group_id, report_identity.c.stored)
        .join(report, report.c.id == report_identity.c.report_id)
        .where(report_identity.c.kind == kind, report_identity.c.epoch == epoch)
        .distinct()
        .subquery()
    )


def _pairs(rows: Any) -> list[tuple[Any, int]]:  # noqa: ANN401 - rows of SQLAlchemy's
    return [(row[0], int(row[1])) for row in rows]
