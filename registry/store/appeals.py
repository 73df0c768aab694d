"""Appeals: the row of each, locked and saved, and what it makes of the record it is about."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, insert, select, update

from registry.domain.appeal_case import AppealState, AppealStep, Ground, Party, Result
from registry.domain.appeals import OPEN
from registry.domain.ids import IdentifierKind, ReportState
from registry.store.database import ReadSession, WriteSession
from registry.store.reports import COLUMNS as REPORT_COLUMNS
from registry.store.reports import Report, row_to_report
from registry.store.schema import appeal, appeal_step, disclosure, member, outcome, recall, recall_lift
from registry.store.schema import report as report_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """An appeal as stored: `turns` is the case without its reasons, the columns beside it are what lists ask for."""

    id: UUID
    report_id: UUID
    member_id: UUID
    state: AppealState
    grounds: tuple[Ground, ...]
    proved_kinds: tuple[IdentifierKind, ...]
    proved_marks: tuple[bytes, ...] = field(repr=False)
    language: str
    received_at: datetime
    proved_at: datetime | None = None
    admitted_at: datetime | None = None
    asked_at: datetime | None = None
    decided_at: datetime | None = None
    told_at: datetime | None = None
    holder: UUID | None = None
    flag_only: bool = False
    result: Result | None = None
    evidence: str = ""
    turns: Mapping[str, Any] = field(repr=False)
    sealed_reasons: bytes | None = field(default=None, repr=False)
    wrapped_key: bytes | None = field(default=None, repr=False)
    next_due_at: datetime | None = None
    wake_at: datetime | None = None
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step that was taken; `due_at` when a clock took it, `entry_id` in the audit log."""

    id: UUID
    appeal_id: UUID
    step: AppealStep | None
    party: Party
    staff_id: UUID | None
    state: AppealState
    at: datetime
    due_at: datetime | None
    entry_id: UUID


_FIXED = {"id", "report_id", "member_id", "grounds", "language", "received_at", "wrapped_key"}
COLUMNS = [appeal.c[one.name] for one in fields(Appeal)]
LODGED = "lodge"


async def add(session: WriteSession, new: Appeal) -> None:
    """Add an appeal."""
    await session.execute(insert(appeal).values(_values(new)))


async def save(session: WriteSession, changed: Appeal) -> None:
    """Write what a step changed."""
    values = {name: value for name, value in _values(changed).items() if name not in _FIXED}
    await session.execute(update(appeal).where(appeal.c.id == changed.id).values(values))


async def find(session: ReadSession, appeal_id: UUID) -> Appeal | None:
    """Find an appeal."""
    row = (await session.execute(select(*COLUMNS).where(appeal.c.id == appeal_id))).one_or_none()
    return row_to_appeal(row) if row is not None else None


async def lock(session: WriteSession, appeal_id: UUID, *, wait: bool = True) -> Appeal | None:
    """Find an appeal and keep it from changing until this transaction ends; lock its record first.

    Without `wait`, None as well when somebody else works on this appeal.
    """
    wanted = select(*COLUMNS).where(appeal.c.id == appeal_id).with_for_update(key_share=True, skip_locked=not wait)
    row = (await session.execute(wanted)).one_or_none()
    return row_to_appeal(row) if row is not None else None


async def lock_report(session: WriteSession, report_id: UUID) -> Report | None:
    """Find a record and keep it, and appeals against it, from changing until this transaction ends."""
    wanted = select(*REPORT_COLUMNS).where(report_table.c.id == report_id).with_for_update(key_share=True)
    row = (await session.execute(wanted)).one_or_none()
    return row_to_report(row) if row is not None else None


async def of_report(session: ReadSession, report_id: UUID) -> list[Appeal]:
    """List all appeals against a record, oldest first."""
    wanted = select(*COLUMNS).where(appeal.c.report_id == report_id).order_by(appeal.c.received_at, appeal.c.id)
    return [row_to_appeal(row) for row in await session.execute(wanted)]


async def is_contested(session: ReadSession, report_id: UUID, *, beside: UUID | None = None) -> bool:
    """Tell whether an appeal about the record, other than that one, is admitted and undecided, or waits for a ruling.

    That is `domain.appeals.is_open`.
    """
    ruling = appeal.c.turns["external"]
    undecided = appeal.c.state.in_(OPEN) & appeal.c.admitted_at.is_not(None)
    unapplied = (appeal.c.state == AppealState.CLOSED_EXTERNAL) & ruling["applied_at"].astext.is_(None)
    others = exists().where(
        appeal.c.report_id == report_id,
        appeal.c.id.is_distinct_from(beside),
        undecided | (unapplied & ruling["recorded_at"].astext.is_not(None)),
    )
    return bool((await session.execute(select(others))).scalar_one())


async def note_proof(
    session: WriteSession, appeal_id: UUID, kinds: Collection[IdentifierKind], marks: Collection[bytes]
) -> None:
    """Write down of which kinds of identifiers the subject has proved control, and the marks of these identifiers."""
    values = {"proved_kinds": sorted(kinds), "proved_marks": sorted(marks)}
    await session.execute(update(appeal).where(appeal.c.id == appeal_id).values(values))


async def mark(session: WriteSession, report_id: UUID, *, appeal_open: bool) -> None:
    """Say at the record whether an appeal against it is open."""
    await session.execute(update(report_table).where(report_table.c.id == report_id).values(appeal_open=appeal_open))


async def deny_act(session: WriteSession, report_id: UUID, *, denied: bool) -> bool:
    """Say at the record whether the act was found not to have happened; false if it said so already."""
    of = report_table.c
    said = update(report_table).where(of.id == report_id, of.act_denied != denied).values(act_denied=denied)
    return (await session.execute(said.returning(of.id))).first() is not None


async def others_of_event(session: WriteSession, report_id: UUID) -> list[tuple[UUID, int, ReportState]]:
    """List the other reports on the event of this one: id, revision, state."""
    event = select(report_table.c.event_id).where(report_table.c.id == report_id).scalar_subquery()
    wanted = select(report_table.c.id, report_table.c.revision, report_table.c.state).where(
        report_table.c.event_id == event, report_table.c.id != report_id
    )
    rows = await session.execute(wanted.order_by(report_table.c.id))
    return [(row.id, row.revision, ReportState(row.state)) for row in rows]


async def add_step(session: WriteSession, taken: Step) -> None:
    """Write down a step that was taken."""
    values = {one.name: getattr(taken, one.name) for one in fields(Step)}
    await session.execute(insert(appeal_step).values(values | {"step": taken.step or LODGED}))


async def steps(session: ReadSession, appeal_id: UUID) -> list[Step]:
    """List the steps of an appeal in the order they were taken; the first, without a name, lodged it."""
    wanted = select(appeal_step).where(appeal_step.c.appeal_id == appeal_id).order_by(appeal_step.c.number)
    return [
        Step(
            id=row.id,
            appeal_id=row.appeal_id,
            step=None if row.step == LODGED else AppealStep(row.step),
            party=Party(row.party),
            staff_id=row.staff_id,
            state=AppealState(row.state),
            at=row.at,
            due_at=row.due_at,
            entry_id=row.entry_id,
        )
        for row in await session.execute(wanted)
    ]


async def told_of(session: ReadSession, report_id: UUID) -> list[str]:
    """Name the members that ever received a record."""
    told = select(disclosure.c.member_id).where(disclosure.c.report_id == report_id)
    return list(
        (await session.execute(select(member.c.name).where(member.c.id.in_(told)).order_by(member.c.name))).scalars()
    )


async def to_lift(session: ReadSession, report_id: UUID) -> list[tuple[str, str]]:
    """List what members were told to lift because of this record and have not lifted: name and action."""
    lifted = outcome.alias("lifted")
    wanted = (
        select(member.c.name, outcome.c.action)
        .join(recall_lift, recall_lift.c.outcome_id == outcome.c.id)
        .join(recall, recall.c.id == recall_lift.c.recall_id)
        .join(member, member.c.id == outcome.c.member_id)
        .join(lifted, lifted.c.lifts == outcome.c.id, isouter=True)
        .where(recall.c.report_id == report_id, lifted.c.id.is_(None))
        .distinct()
        .order_by(member.c.name, outcome.c.action)
    )
    return [(row.name, row.action) for row in await session.execute(wanted)]


def row_to_appeal(row: Row[Any]) -> Appeal:
    """Read a row of all columns."""
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
    return Appeal(
        **values
        | {
            "state": AppealState(row.state),
            "grounds": tuple(map(Ground, row.grounds)),
            "proved_kinds": tuple(map(IdentifierKind, row.proved_kinds)),
            "proved_marks": tuple(row.proved_marks),
            "result": None if row.result is None else Result(row.result),
        }
    )


def _values(one: Appeal) -> dict[str, Any]:
    return {part.name: getattr(one, part.name) for part in fields(Appeal)}
