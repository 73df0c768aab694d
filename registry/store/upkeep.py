"""What time does to rows: which reports are due, what is forgotten, how groups fare. No row is waited for."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CursorResult,
    Row,
    Table,
    and_,
    case,
    delete,
    false,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.elements import ColumnElement

from registry.domain.appeal_case import Result
from registry.domain.ids import ReportState
from registry.domain.incidents import Reliability
from registry.domain.integrity import Fate
from registry.domain.lifecycle import WithdrawReason
from registry.store.database import WriteSession
from registry.store.reports import COLUMNS, Report, row_to_report
from registry.store.schema import (
    appeal,
    assertion_seen,
    evidence_artefact,
    group,
    group_reliability,
    idempotency,
    notice,
    quota_use,
    readjudication,
    report,
    report_event,
    report_identity,
    session_,
    sign_in_attempt,
    subject_answer,
    subject_draft,
    subject_link,
    subject_session,
)

_FORGET_AT_ONCE = 1_000

Due = ColumnElement[bool]


def window_over(served_by: Mapping[str, datetime], today: Mapping[str, date]) -> Due:
    """Reports whose notice window is over: served at or before an instant for each pack, neither expired nor held."""
    due = _by_pack({pack: report.c.served_at <= at for pack, at in served_by.items()})
    alive = _by_pack({pack: report.c.expires_on > day for pack, day in today.items()})
    return and_(report.c.state == ReportState.NOTICE_WINDOW, ~report.c.held, due, alive)


def unserved(filed_by: Mapping[str, datetime]) -> Due:
    """Reports of which nobody could be told in time: filed at or before an instant for each pack."""
    due = _by_pack({pack: report.c.filed_at <= at for pack, at in filed_by.items()})
    return and_(report.c.state == ReportState.SUBMITTED, due)


def expired(today: Mapping[str, date], concluded_before: Mapping[str, datetime]) -> Due:
    """Reports whose retention is over, and inconclusive ones that were concluded before an instant for each pack."""
    over = _by_pack({pack: report.c.expires_on <= day for pack, day in today.items()})
    settled = _by_pack({pack: report.c.state_at < at for pack, at in concluded_before.items()})
    inconclusive = and_(report.c.state == ReportState.INCONCLUSIVE, settled)
    return and_(report.c.state != ReportState.EXPIRED, or_(over, inconclusive))


def _by_pack(conditions: Mapping[str, ColumnElement[bool]]) -> Due:
    return or_(false(), *(and_(report.c.policy == pack, condition) for pack, condition in conditions.items()))


async def any_due(session: WriteSession, due: Due) -> bool:
    """Tell whether any report is due, without taking one."""
    return (await session.execute(select(report.c.id).where(due).limit(1))).one_or_none() is not None


async def take(session: WriteSession, due: Due, *, limit: int) -> list[Report]:
    """Lock reports that are due and that nobody else holds, the longest waiting first."""
    wanted = select(*COLUMNS).where(due).order_by(report.c.state_at, report.c.id).limit(limit)
    rows = await session.execute(wanted.with_for_update(key_share=True, skip_locked=True))
    return [row_to_report(row) for row in rows]


async def forget(session: WriteSession, report_id: UUID) -> None:
    """Delete what names the person, the order and the evidence, destroy the key of every statement; statistics stay."""
    # What was served stays as a fact for the figures of its group, without the letters that came back.
    await session.execute(update(report).where(report.c.id == report_id).values(served_at=_served_at()))
    # Identities before notices, whose tokens may go only with them.
    for table in (report_identity, report_event, notice, subject_answer, evidence_artefact):
        await session.execute(delete(table).where(table.c.report_id == report_id))
    await session.execute(update(report).where(report.c.id == report_id).values(wrapped_key=None, claim_ref=None))


async def stale_groups(session: WriteSession, *, stale_before: datetime, limit: int) -> list[UUID]:
    """List groups whose count is of before an instant, the oldest count first."""
    as_of = group_reliability.c.as_of
    stale = (
        select(group.c.id)
        .join(group_reliability, group_reliability.c.group_id == group.c.id, isouter=True)
        .where(or_(as_of.is_(None), as_of <= stale_before))
        .order_by(as_of.nulls_first(), group.c.id)
        .limit(limit)
    )
    return list((await session.execute(stale)).scalars())


async def fates(
    session: WriteSession, groups: Sequence[UUID], *, heard_by: Mapping[str, datetime], since: datetime
) -> list[tuple[UUID, Fate, int]]:
    """Count, by group, reports filed since then that fared alike."""
    # An expired report carries what became of it as its reason (services/upkeep.py).
    ended = case((report.c.state_reason.in_(list(WithdrawReason)), ReportState.WITHDRAWN), else_=report.c.state_reason)
    became = case((report.c.state == ReportState.EXPIRED, func.coalesce(ended, report.c.state)), else_=report.c.state)
    closed = func.coalesce(_by_pack({pack: _served_at() <= at for pack, at in heard_by.items()}), false())
    admitted = select(appeal.c.id).where(appeal.c.report_id == report.c.id, appeal.c.admitted_at.is_not(None)).exists()
    # Withdrawn as unverified is withdrawn because an appeal was not answered.
    appealed = or_(admitted, func.coalesce(report.c.state_reason == WithdrawReason.UNVERIFIED, false()))
    told = (
        select(
            report.c.group_id,
            became.label("became"),
            closed.label("closed"),
            appealed.label("appealed"),
            readjudication.c.result,
        )
        .join(readjudication, readjudication.c.report_id == report.c.id, isouter=True)
        .where(report.c.group_id.in_(groups), report.c.filed_at > since)
        .subquery()
    )
    rows = await session.execute(select(told, func.count().label("alike")).group_by(*told.c))
    return [(row.group_id, _fate(row, since), row.alike) for row in rows]


def _served_at() -> ColumnElement[datetime | None]:
    """Say when a report was first served by a letter that did not come back; of one that has ended that is noted."""
    of_report = select(notice.c.id).where(notice.c.report_id == report.c.id).exists()
    first = select(func.min(notice.c.served_at)).where(notice.c.report_id == report.c.id, notice.c.bounced_at.is_(None))
    return case((of_report, first.scalar_subquery()), else_=report.c.served_at)


def _fate(row: Row[Any], since: datetime) -> Fate:
    again = None if row.result is None else row.result == Result.UPHELD
    # All of them were filed later; when exactly makes no difference.
    return Fate(since + timedelta(seconds=1), row.closed, ReportState(row.became), row.appealed, again)


async def save_reliability(session: WriteSession, fared: Mapping[UUID, Reliability], *, now: datetime) -> None:
    """Keep how the reports of some groups fared."""
    names = ("heard", "overturned", "sampled", "failed")
    rows = [
        {"group_id": group_id, "as_of": now} | {name: getattr(one, name) for name in names}
        for group_id, one in fared.items()
    ]
    fresh = upsert(group_reliability).values(rows)
    changed = {name: fresh.excluded[name] for name in (*names, "as_of")}
    await session.execute(fresh.on_conflict_do_update(index_elements=["group_id"], set_=changed))


async def forget_assertions(session: WriteSession) -> int:
    """Delete client assertions that have expired, by the database's own clock: sign-in lives in real time."""
    return await _delete(session, assertion_seen, assertion_seen.c.expires_at < func.now())


async def forget_sign_ins(session: WriteSession, *, after: timedelta) -> int:
    """Delete sessions of staff and attempts to open one, by the database's own clock likewise."""
    old = func.now() - after
    sessions = await _delete(session, session_, session_.c.created_at < old)
    return sessions + await _delete(session, sign_in_attempt, sign_in_attempt.c.at < old)


async def forget_subjects(session: WriteSession) -> int:
    """Delete subjects' sessions and drafts and members' links that have expired, by the database's own clock too."""
    tables = (subject_session, subject_draft, subject_link)
    return sum([await _delete(session, table, table.c.expires_at < func.now()) for table in tables])


async def forget_answers(session: WriteSession, *, before: datetime) -> int:
    """Delete answers kept for repeated requests."""
    return await _delete(session, idempotency, idempotency.c.created_at < before)


async def forget_use(session: WriteSession, *, before: date) -> int:
    """Delete what was used of quotas on days gone by."""
    return await _delete(session, quota_use, quota_use.c.day < before)


async def _delete(session: WriteSession, table: Table, old: ColumnElement[bool]) -> int:
    key = tuple_(*table.primary_key.columns)
    some = select(*table.primary_key.columns).where(old).limit(_FORGET_AT_ONCE)
    return _count(await session.execute(delete(table).where(key.in_(some))))


def _count(done: object) -> int:
    return done.rowcount if isinstance(done, CursorResult) else 0
