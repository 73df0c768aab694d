"""Conduct of members: what was found, what follows by rule, and how their reports fared."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, select, tuple_, union, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from registry.domain.appeal_case import Result
from registry.domain.ids import MemberIntegrity
from registry.domain.integrity import Sanction
from registry.domain.samples import Finding as AuditFinding
from registry.errors import NotFound
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import (
    appeal,
    audit_entry,
    finding,
    integrity_finding,
    member,
    member_sanction,
    sample_item,
    sign_off,
)

AUDIT_ITEM = "audit_item"


@dataclass(frozen=True, slots=True)
class Found:
    """One finding: what a member did, when, and what says so; `source` is a word of ours, such as `appeal`."""

    id: UUID
    member_id: UUID
    kind: MemberIntegrity
    at: datetime
    source: str
    source_id: UUID
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Imposed:
    """One sanction: since when, who proposed to lift it, and when it ended."""

    id: UUID
    member_id: UUID
    sanction: Sanction
    began_at: datetime
    ended_at: datetime | None = None
    lift_proposed_by: UUID | None = None
    lift_proposed_at: datetime | None = None
    lift_reason: str | None = None
    lifted_by: UUID | None = None


async def add_finding(session: WriteSession, found: Found) -> bool:
    """Add a finding; false if the same source has said the same of this member before."""
    values = {one.name: getattr(found, one.name) for one in fields(Found)}
    added = insert(integrity_finding).values(values).on_conflict_do_nothing()
    return (await session.execute(added.returning(integrity_finding.c.id))).one_or_none() is not None


async def findings(session: ReadSession, member_id: UUID) -> list[Found]:
    """List what was found of a member, oldest first."""
    wanted = select(*(integrity_finding.c[one.name] for one in fields(Found)))
    wanted = wanted.where(integrity_finding.c.member_id == member_id)
    rows = await session.execute(wanted.order_by(integrity_finding.c.recorded_at, integrity_finding.c.id))
    return [Found(row[0], row[1], MemberIntegrity(row[2]), *row[3:]) for row in rows]


async def imposed(session: ReadSession, member_id: UUID) -> list[Imposed]:
    """List all sanctions of a member, oldest first."""
    wanted = _sanctions().where(member_sanction.c.member_id == member_id)
    rows = await session.execute(wanted.order_by(member_sanction.c.began_at, member_sanction.c.id))
    return [_imposed(row) for row in rows]


async def page(session: ReadSession, *, limit: int, after: tuple[datetime, UUID] | None) -> list[Imposed]:
    """List the sanctions in force, oldest first."""
    place = tuple_(member_sanction.c.began_at, member_sanction.c.id)
    wanted = _sanctions().where(member_sanction.c.ended_at.is_(None)).order_by(*place.clauses).limit(limit)
    if after is not None:
        wanted = wanted.where(place > after)
    return [_imposed(row) for row in await session.execute(wanted)]


async def lock(session: WriteSession, sanction_id: UUID) -> Imposed:
    """Return a sanction and keep it from changing until this transaction ends; NotFound `sanction_unknown`."""
    wanted = _sanctions().where(member_sanction.c.id == sanction_id).with_for_update()
    row = (await session.execute(wanted)).one_or_none()
    if row is None:
        raise NotFound("sanction_unknown")
    return _imposed(row)


async def impose(session: WriteSession, new: Imposed) -> bool:
    """Add a sanction; false if the member has one of the kind."""
    values = {one.name: getattr(new, one.name) for one in fields(Imposed)}
    added = insert(member_sanction).values(values).on_conflict_do_nothing()
    return (await session.execute(added.returning(member_sanction.c.id))).one_or_none() is not None


async def save(session: WriteSession, changed: Imposed) -> None:
    """Keep a proposal to lift, or the lift."""
    names = ("ended_at", "lift_proposed_by", "lift_proposed_at", "lift_reason", "lifted_by")
    values = {name: getattr(changed, name) for name in names}
    await session.execute(update(member_sanction).where(member_sanction.c.id == changed.id).values(values))


async def end(session: WriteSession, sanction_id: UUID, *, now: datetime) -> bool:
    """End a sanction whose rule holds no more; false if it has ended."""
    ended = update(member_sanction).where(member_sanction.c.id == sanction_id, member_sanction.c.ended_at.is_(None))
    done = await session.execute(ended.values(ended_at=now).returning(member_sanction.c.id))
    return done.one_or_none() is not None


async def suspended(session: ReadSession) -> frozenset[UUID]:
    """Return the members whose right to query is suspended."""
    wanted = select(member_sanction.c.member_id).where(
        member_sanction.c.sanction == Sanction.QUERY_SUSPENDED, member_sanction.c.ended_at.is_(None)
    )
    return frozenset((await session.execute(wanted)).scalars())


async def concerned(session: ReadSession) -> list[tuple[UUID, str]]:
    """List, with their packs, the members of whom anything was found or decided, or that are under a sanction."""
    ids = union(
        select(integrity_finding.c.member_id),
        select(member_sanction.c.member_id).where(member_sanction.c.ended_at.is_(None)),
        select(appeal.c.member_id).where(appeal.c.result.is_not(None)),
    ).subquery()
    wanted = select(member.c.id, member.c.policy).where(member.c.id.in_(select(ids.c.member_id)))
    return [(row.id, row.policy) for row in await session.execute(wanted.order_by(member.c.id))]


async def results(session: ReadSession, member_id: UUID, *, after: datetime | None, most: int) -> list[Result]:
    """List how the latest appeals against a member's reports ended, oldest first; `after` leaves out earlier ones."""
    wanted = select(appeal.c.result).where(
        appeal.c.member_id == member_id, appeal.c.result.is_not(None), appeal.c.result != Result.ENDED
    )
    if after is not None:
        wanted = wanted.where(appeal.c.decided_at > after)
    rows = await session.execute(wanted.order_by(appeal.c.decided_at.desc(), appeal.c.id.desc()).limit(most))
    return [Result(one) for one in rows.scalars()][::-1]


async def unheard_auditors(session: ReadSession, *, limit: int) -> list[tuple[UUID, UUID, int]]:
    """List what auditors signed off as a claim that was not opened, and nobody has recorded: item, member, when in ms.

    Only the newest finding of an item counts.
    """
    newest = (
        select(finding.c.id, finding.c.finding, sample_item.c.entry_id)
        .ext(distinct_on(finding.c.sample_id, finding.c.position))
        .join(sign_off, sign_off.c.sample_id == finding.c.sample_id)
        .join(
            sample_item,
            and_(sample_item.c.sample_id == finding.c.sample_id, sample_item.c.position == finding.c.position),
        )
        .order_by(finding.c.sample_id, finding.c.position, finding.c.number.desc())
        .subquery()
    )
    heard = select(integrity_finding.c.source_id).where(integrity_finding.c.source == AUDIT_ITEM)
    wanted = (
        select(newest.c.id, audit_entry.c.member_id, audit_entry.c.t_ms)
        .join(audit_entry, audit_entry.c.id == newest.c.entry_id)
        .where(newest.c.finding == AuditFinding.CLAIM_MISSING, audit_entry.c.member_id.is_not(None))
        .where(newest.c.id.not_in(heard))
        .order_by(newest.c.id)
        .limit(limit)
    )
    return [(row.id, row.member_id, row.t_ms) for row in await session.execute(wanted)]


def _sanctions() -> Select[Any]:
    return select(*(member_sanction.c[one.name] for one in fields(Imposed)))


def _imposed(row: Row[Any]) -> Imposed:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
    return Imposed(**values | {"sanction": Sanction(row.sanction)})
