"""Reports that staff look at: held ones before they count, drawn ones after; and who has had to do with which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_, union, update
from sqlalchemy.dialects.postgresql import insert

from registry.domain.ids import ReportState
from registry.domain.second_looks import Verdict
from registry.errors import NotFound
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import (
    appeal,
    appeal_step,
    brake,
    member,
    readjudication,
    readjudication_week,
    report,
    report_hold,
)

_WAITING = (ReportState.SUBMITTED, ReportState.NOTICE_WINDOW, ReportState.DISPUTED)
_UNENDED = (ReportState.ACTIVE, ReportState.DISPUTED, ReportState.SUSPENDED, ReportState.RESTRICTED)


@dataclass(frozen=True, slots=True)
class Hold:
    """A report that waits.

    Args:
        report_id: the report.
        pseudonym: of its member.
        held_at: since when.
        supervised: because its member's filing is supervised.
        brake_id: the wave it belongs to, if it came too fast.
        drawn: the sample of the wave is drawn.
        sampled: it must be judged by itself.
        verdict: what became of it.
    """

    report_id: UUID
    pseudonym: str
    held_at: datetime
    supervised: bool
    brake_id: UUID | None
    drawn: bool
    sampled: bool
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A report drawn for a second look: by whom it is held, what was found."""

    report_id: UUID
    pseudonym: str
    week: date
    drawn_at: datetime
    reviewer_id: UUID | None
    judged_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wave:
    """Reports that came too fast: whose, the seed its sample is drawn by, and whether it is drawn."""

    member_id: UUID
    seed: bytes
    drawn_at: datetime | None


async def held(session: ReadSession, *, limit: int, after: tuple[datetime, UUID] | None) -> list[Hold]:
    """List the reports that wait, the longest waiting first."""
    place = tuple_(report_hold.c.held_at, report_hold.c.report_id)
    wanted = _holds().where(report_hold.c.settled_at.is_(None), report.c.state.in_(_WAITING))
    if after is not None:
        wanted = wanted.where(place > after)
    rows = await session.execute(wanted.order_by(*place.clauses).limit(limit))
    return [_hold(row) for row in rows]


async def lock_hold(session: WriteSession, report_id: UUID) -> Hold:
    """Return a hold and keep it from changing until this transaction ends; NotFound `hold_unknown`."""
    wanted = _holds().where(report_hold.c.report_id == report_id).with_for_update(of=report_hold)
    row = (await session.execute(wanted)).one_or_none()
    if row is None:
        raise NotFound("hold_unknown")
    return _hold(row)


async def lock_wave(session: WriteSession, brake_id: UUID) -> Wave:
    """Return a wave and let nobody else work on it until this transaction ends; NotFound `brake_unknown`."""
    wanted = select(brake.c.member_id, brake.c.seed, brake.c.drawn_at).where(brake.c.id == brake_id).with_for_update()
    row = (await session.execute(wanted)).one_or_none()
    if row is None:
        raise NotFound("brake_unknown")
    return Wave(*row)


async def of_wave(session: ReadSession, brake_id: UUID) -> list[Hold]:
    """List the reports of a wave that wait, or on which somebody has decided."""
    decided = report_hold.c.settled_at.is_not(None) | report.c.state.in_(_WAITING)
    rows = await session.execute(_holds().where(report_hold.c.brake_id == brake_id, decided))
    return [_hold(row) for row in rows]


async def draw_wave(session: WriteSession, brake_id: UUID, *, now: datetime) -> None:
    """Close a wave to further reports."""
    await session.execute(update(brake).where(brake.c.id == brake_id).values(drawn_at=now))


async def mark_sampled(session: WriteSession, report_ids: Sequence[UUID]) -> None:
    """Say of reports that each must be judged by itself."""
    await session.execute(update(report_hold).where(report_hold.c.report_id.in_(report_ids)).values(sampled=True))


async def settle(
    session: WriteSession, report_ids: Sequence[UUID], verdict: Verdict, *, by: UUID, now: datetime
) -> None:
    """Keep what was decided about reports that waited; they are held no more."""
    values = {"verdict": verdict, "settled_by": by, "settled_at": now}
    await session.execute(update(report_hold).where(report_hold.c.report_id.in_(report_ids)).values(values))
    await session.execute(update(report).where(report.c.id.in_(report_ids)).values(held=False))


async def looked(session: ReadSession, report_id: UUID) -> frozenset[UUID]:
    """Return the staff who have judged a report while it waited, or in a second look."""
    held_, drawn_ = report_hold.c, readjudication.c
    who = union(
        select(held_.settled_by).where(held_.report_id == report_id, held_.settled_by.is_not(None)),
        select(drawn_.reviewer_id).where(drawn_.report_id == report_id, drawn_.judged_at.is_not(None)),
    )
    return frozenset((await session.execute(who)).scalars())


async def touched(session: ReadSession, report_id: UUID) -> frozenset[UUID]:
    """Return the staff who have judged a report, or taken part in an appeal against it."""
    stepped = select(appeal_step.c.staff_id).join(appeal, appeal.c.id == appeal_step.c.appeal_id)
    who = stepped.where(appeal.c.report_id == report_id, appeal_step.c.staff_id.is_not(None))
    return await looked(session, report_id) | frozenset((await session.execute(who)).scalars())


async def last_week(session: ReadSession) -> date | None:
    """Return the latest week whose reports were drawn."""
    latest: date | None = (await session.execute(select(func.max(readjudication_week.c.begins_on)))).scalar_one()
    return latest


async def add_week(session: WriteSession, begins_on: date, *, seed: bytes, now: datetime) -> bool:
    """Keep the seed of a week; false if another worker was first."""
    new = insert(readjudication_week).values(begins_on=begins_on, seed=seed, drawn_at=now).on_conflict_do_nothing()
    return (await session.execute(new.returning(readjudication_week.c.begins_on))).one_or_none() is not None


async def activated(session: ReadSession, *, since: datetime, until: datetime) -> list[tuple[UUID, str]]:
    """List, with their packs, the reports that began to count in this time and still do."""
    wanted = select(report.c.id, report.c.policy).where(
        report.c.state == ReportState.ACTIVE, report.c.activated_at >= since, report.c.activated_at < until
    )
    return [(row.id, row.policy) for row in await session.execute(wanted)]


async def add_drawn(session: WriteSession, report_ids: Sequence[UUID], week: date, *, now: datetime) -> None:
    """Keep which reports were drawn; one that was drawn before stays as it is."""
    if report_ids:
        rows = [{"report_id": one, "week": week, "drawn_at": now} for one in report_ids]
        await session.execute(insert(readjudication).values(rows).on_conflict_do_nothing())


async def drawn(session: ReadSession, *, limit: int, after: tuple[datetime, UUID] | None) -> list[Drawn]:
    """List the drawn reports that nobody has judged and that still count, in the order drawn."""
    place = tuple_(readjudication.c.drawn_at, readjudication.c.report_id)
    wanted = _drawn().where(readjudication.c.judged_at.is_(None), report.c.state == ReportState.ACTIVE)
    if after is not None:
        wanted = wanted.where(place > after)
    return [_to_drawn(row) for row in await session.execute(wanted.order_by(*place.clauses).limit(limit))]


async def lock_drawn(session: WriteSession, report_id: UUID) -> Drawn:
    """Return a drawn report and let nobody else work on it; NotFound `readjudication_unknown`."""
    wanted = _drawn().where(readjudication.c.report_id == report_id).with_for_update(of=readjudication)
    row = (await session.execute(wanted)).one_or_none()
    if row is None:
        raise NotFound("readjudication_unknown")
    return _to_drawn(row)


async def claim(session: WriteSession, report_id: UUID, reviewer_id: UUID, *, now: datetime) -> None:
    """Say who works on a drawn report."""
    await _change(session, report_id, reviewer_id=reviewer_id, claimed_at=now)


async def judge(session: WriteSession, report_id: UUID, result: str, note: str, *, now: datetime) -> None:
    """Keep what was found of a drawn report."""
    await _change(session, report_id, result=result, note=note, judged_at=now)


async def open_seeds(session: ReadSession) -> list[tuple[date, bytes]]:
    """List the seeds of the weeks of which nothing is left to judge, latest first."""
    left = (
        select(readjudication.c.report_id)
        .join(report, report.c.id == readjudication.c.report_id)
        .where(readjudication.c.week == readjudication_week.c.begins_on, readjudication.c.judged_at.is_(None))
        .where(report.c.state.in_(_UNENDED))
    )
    wanted = select(readjudication_week.c.begins_on, readjudication_week.c.seed).where(~left.exists())
    rows = await session.execute(wanted.order_by(readjudication_week.c.begins_on.desc()).limit(_SEEDS))
    return [(row.begins_on, row.seed) for row in rows]


_SEEDS = 106  # two years


async def _change(session: WriteSession, report_id: UUID, **values: object) -> None:
    await session.execute(update(readjudication).where(readjudication.c.report_id == report_id).values(values))


def _drawn() -> Select[Any]:
    names = ("report_id", "week", "drawn_at", "reviewer_id", "judged_at")
    return (
        select(*(readjudication.c[name] for name in names), member.c.pseudonym)
        .join(report, report.c.id == readjudication.c.report_id)
        .join(member, member.c.id == report.c.member_id)
    )


def _holds() -> Select[Any]:
    return (
        select(report_hold, member.c.pseudonym, brake.c.drawn_at)
        .join(report, report.c.id == report_hold.c.report_id)
        .join(member, member.c.id == report.c.member_id)
        .join(brake, brake.c.id == report_hold.c.brake_id, isouter=True)
    )


def _to_drawn(row: Any) -> Drawn:  # noqa: ANN401 - a row of SQLAlchemy's
    return Drawn(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


def _hold(row: Any) -> Hold:  # noqa: ANN401 - a row of SQLAlchemy's
    return Hold(
        report_id=row.report_id,
        pseudonym=row.pseudonym,
        held_at=row.held_at,
        supervised=row.supervised,
        brake_id=row.brake_id,
        drawn=row.drawn_at is not None,
        sampled=row.sampled,
        verdict=None if row.verdict is None else Verdict(row.verdict),
    )
