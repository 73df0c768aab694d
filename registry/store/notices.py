"""Notices: the registry's own, as the relay delivered them; one row for each token that was served."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, Select, any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from registry.domain.ids import IdentifierKind, ReportState
from registry.domain.lifecycle import Standing
from registry.store.database import WriteSession
from registry.store.schema import member, notice, report, report_identity


@dataclass(frozen=True, slots=True)
class Subject:
    """A report as its notice needs it: whose, what it claims, where it stands."""

    report_id: UUID
    member_id: UUID
    member: str
    member_status: str
    policy: str
    category: str
    amount_minor: int
    currency: str
    act_ended_on: date
    standing: Standing


@dataclass(frozen=True, slots=True)
class OnReport:
    """A stored token that is on the report, and when it was served, if it was."""

    stored: bytes
    epoch: int
    served_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One token served."""

    id: UUID
    report_id: UUID
    relay_id: UUID
    kind: IdentifierKind
    channel: str
    epoch: int
    stored: bytes
    served_at: datetime


async def find(session: WriteSession, *, report_id: UUID, member_id: UUID) -> Subject | None:
    """Find a report of this member."""
    return await _subject(session, _SUBJECT.where(report.c.id == report_id, report.c.member_id == member_id))


async def lock(session: WriteSession, *, report_id: UUID) -> Subject | None:
    """Find a report and keep it from changing until this transaction ends."""
    return await _subject(session, _SUBJECT.where(report.c.id == report_id).with_for_update(of=report))


_SUBJECT = select(
    report.c.id,
    report.c.member_id,
    member.c.name,
    member.c.status,
    report.c.policy,
    report.c.category,
    report.c.amount_minor,
    report.c.currency,
    report.c.act_ended_on,
    report.c.state,
    report.c.filed_at,
    report.c.served_at,
    report.c.expires_on,
).join_from(report, member, member.c.id == report.c.member_id)


async def _subject(session: WriteSession, wanted: Select[tuple[object, ...]]) -> Subject | None:
    row = (await session.execute(wanted)).one_or_none()
    if row is None:
        return None
    return Subject(
        report_id=row.id,
        member_id=row.member_id,
        member=row.name,
        member_status=row.status,
        policy=row.policy,
        category=row.category,
        amount_minor=row.amount_minor,
        currency=row.currency,
        act_ended_on=row.act_ended_on,
        standing=Standing(ReportState(row.state), row.filed_at, row.served_at, row.expires_on),
    )


async def on_report(
    session: WriteSession, *, report_id: UUID, kind: IdentifierKind, stored: Sequence[bytes], today: date
) -> list[OnReport]:
    """Return which of the stored tokens name the report's person today; one whose term is over names a stranger."""
    identity = report_identity.c
    rows = await session.execute(
        select(identity.stored, identity.epoch, notice.c.served_at)
        .join_from(
            report_identity,
            notice,
            (notice.c.report_id == identity.report_id)
            & (notice.c.stored == identity.stored)
            & notice.c.bounced_at.is_(None),
            isouter=True,
        )
        .where(
            identity.report_id == report_id,
            identity.kind == kind,
            identity.stored == any_(bindparam("stored", list(stored), type_=ARRAY(LargeBinary))),
            identity.ends_on.is_(None) | (identity.ends_on > today),
        )
        .order_by(identity.epoch)
    )
    return [OnReport(row.stored, row.epoch, row.served_at) for row in rows]


async def add(session: WriteSession, rows: Sequence[NoticeRow]) -> None:
    """Record deliveries; a token of a report that was served before keeps its first time."""
    values = [
        {
            "id": row.id,
            "report_id": row.report_id,
            "relay_id": row.relay_id,
            "kind": row.kind,
            "channel": row.channel,
            "epoch": row.epoch,
            "stored": row.stored,
            "served_at": row.served_at,
        }
        for row in rows
    ]
    await session.execute(insert(notice).values(values).on_conflict_do_nothing())


async def set_served(
    session: WriteSession, *, report_id: UUID, state: ReportState, served_at: datetime | None, now: datetime
) -> None:
    """Let the report's notice window begin, or say that nobody was told after all."""
    await session.execute(
        update(report).where(report.c.id == report_id).values(state=state, state_at=now, served_at=served_at)
    )


async def list_of(session: WriteSession, *, report_id: UUID) -> list[NoticeRow]:
    """List what was served of a report and did not come back, in the order of delivery."""
    rows = await session.execute(
        select(notice)
        .where(notice.c.report_id == report_id, notice.c.bounced_at.is_(None))
        .order_by(notice.c.served_at, notice.c.kind, notice.c.epoch)
    )
    return [
        NoticeRow(
            id=row.id,
            report_id=row.report_id,
            relay_id=row.relay_id,
            kind=IdentifierKind(row.kind),
            channel=row.channel,
            epoch=row.epoch,
            stored=row.stored,
            served_at=row.served_at,
        )
        for row in rows
    ]


async def bounce(session: WriteSession, *, report_id: UUID, stored: Sequence[bytes], now: datetime) -> list[bytes]:
    """Note that what was served to a contact came back; return its tokens, none if nothing counted as served."""
    came_back = (
        update(notice)
        .where(
            notice.c.report_id == report_id,
            notice.c.stored == any_(bindparam("stored", list(stored), type_=ARRAY(LargeBinary))),
            notice.c.bounced_at.is_(None),
        )
        .values(bounced_at=now)
    )
    return list((await session.execute(came_back.returning(notice.c.stored))).scalars())
