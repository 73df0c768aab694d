"""The records that bear what a subject has proved, and the statements beside them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, Uuid, any_, bindparam, func, insert, literal, null, select, union_all
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.domain.ids import IdentifierKind
from registry.domain.incidents import QueryToken
from registry.domain.matching import PERSONAL
from registry.store.database import ReadSession, WriteSession
from registry.store.reports import COLUMNS, Report, Revision, row_to_report
from registry.store.schema import (
    disclosure,
    member,
    report,
    report_identity,
    report_revision,
    subject_answer,
    subject_statement,
)


@dataclass(frozen=True, slots=True)
class Touched:
    """A report, the member that filed it, and the kinds of proved contacts that it bears."""

    report: Report
    member: str
    kinds: frozenset[IdentifierKind]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement beside a report; `sealed_text` is None where it was taken back."""

    report_id: UUID
    number: int
    sealed_text: bytes | None = field(repr=False)
    created_at: datetime


async def touched(session: ReadSession, stored: Sequence[bytes], *, also: UUID | None, today: date) -> list[Touched]:
    """List every report that bears one of these tokens today, and the one with the id `also`; newest first."""
    tokens = report_identity.c.stored == any_(bindparam("stored", list(stored), type_=ARRAY(LargeBinary)))
    in_term = report_identity.c.ends_on.is_(None) | (report_identity.c.ends_on > today)
    # The ids come first, also the one that bears none of them: a condition on the join would read every report.
    found = union_all(
        select(report_identity.c.report_id, report_identity.c.kind).where(tokens, in_term),
        select(literal(also, Uuid), null()),
    ).subquery()
    kinds = select(found.c.report_id, func.array_agg(found.c.kind.distinct()).label("kinds"))
    of = kinds.group_by(found.c.report_id).subquery()
    columns: list[Any] = [*COLUMNS, member.c.name.label("member_name"), of.c.kinds]
    wanted = (
        select(*columns)
        .join(of, of.c.report_id == report.c.id)
        .join(member, member.c.id == report.c.member_id)
        .order_by(report.c.filed_at.desc(), report.c.id.desc())
    )
    return [
        Touched(row_to_report(row), row.member_name, frozenset(IdentifierKind(one) for one in row.kinds if one))
        for row in await session.execute(wanted)
    ]


async def personal(session: ReadSession, report_id: UUID) -> list[QueryToken]:
    """Return the tokens of a report that name its subject and not a household."""
    of = report_identity.c
    wanted = select(of.kind, of.epoch, of.stored).where(of.report_id == report_id, of.kind.in_(PERSONAL))
    rows = await session.execute(wanted.order_by(of.stored))
    return [QueryToken(IdentifierKind(row.kind), row.epoch, row.stored) for row in rows]


async def statements(session: ReadSession, report_ids: Collection[UUID]) -> dict[UUID, Statement]:
    """Return the latest statement beside each report, also one that was taken back."""
    of = subject_statement.c
    rows = await session.execute(
        select(of.report_id, of.number, of.sealed_text, of.created_at)
        .where(of.report_id == any_(bindparam("reports", list(report_ids), type_=ARRAY(Uuid))))
        .order_by(of.number)
    )
    return {row.report_id: Statement(*row) for row in rows}


async def last_filed(session: ReadSession, report_ids: Collection[UUID]) -> dict[UUID, Revision]:
    """Return the last revision of each report in which its member said something, which is sealed there."""
    of = report_revision.c
    rows = await session.execute(
        select(*(of[one.name] for one in fields(Revision)))
        .where(of.report_id == any_(bindparam("reports", list(report_ids), type_=ARRAY(Uuid))))
        .where(of.sealed_jws.is_not(None))
        .order_by(of.revision)
    )
    return {row.report_id: Revision(*row) for row in rows}


async def add_statement(session: WriteSession, new: Statement) -> None:
    """Add a statement; its number must be new to the report, whose row the caller has locked."""
    values = {
        "report_id": new.report_id,
        "number": new.number,
        "sealed_text": new.sealed_text,
        "created_at": new.created_at,
    }
    await session.execute(insert(subject_statement).values(values))


async def add_answers(session: WriteSession, report_id: UUID, stored: Collection[bytes], *, at: datetime) -> None:
    """Remember that whoever controls these tokens has answered: for them the report counts as heard."""
    rows = [{"report_id": report_id, "stored": one, "at": at} for one in dict.fromkeys(stored)]
    if rows:
        await session.execute(upsert(subject_answer).values(rows).on_conflict_do_nothing())


async def told_to(session: ReadSession, *, query_id: UUID, member_id: UUID) -> list[Report]:
    """List the reports that an answer to this member rested on."""
    wanted = (
        select(*COLUMNS)
        .join(disclosure, disclosure.c.report_id == report.c.id)
        .where(disclosure.c.query_id == query_id, disclosure.c.member_id == member_id)
        .order_by(report.c.id)
    )
    return [row_to_report(row) for row in await session.execute(wanted)]
