"""Sealed files of appeals: beside which entry of the manifest they lie, their chunks, and when they are destroyed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, false, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.elements import ColumnElement

from registry.domain.appeal_case import AppealState
from registry.domain.appeal_files import Side
from registry.domain.ids import ReportState
from registry.domain.uploads import OVER, Expected, Fate, Work
from registry.store.database import WriteSession
from registry.store.schema import appeal, appeal_evidence, appeal_upload, appeal_upload_chunk, report


@dataclass(frozen=True, slots=True)
class File:
    """The sealed bytes of one entry; `wrapped_key` is gone once they are destroyed."""

    evidence_id: UUID
    visible_to: tuple[Side, ...]
    chunks: int
    stored_at: datetime
    wrapped_key: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an appeal's manifest: whose it is, what its file must be, and the file if it has arrived."""

    evidence_id: UUID
    appeal_id: UUID
    member_id: UUID
    report_id: UUID
    side: Side
    expected: Expected
    work: Work
    file: File | None


async def find(session: WriteSession, *, appeal_id: UUID, evidence_id: UUID) -> Entry | None:
    """Find an entry of this appeal."""
    wanted = (
        select(
            *(appeal_evidence.c[name] for name in ("id", "appeal_id", "side", "media_type", "size", "sha256")),
            *(appeal.c[name] for name in ("member_id", "report_id", "state", "holder", "turns")),
            *(appeal_upload.c[name] for name in ("visible_to", "chunks", "stored_at", "wrapped_key")),
        )
        .join_from(appeal_evidence, appeal, appeal.c.id == appeal_evidence.c.appeal_id)
        .join(appeal_upload, appeal_upload.c.evidence_id == appeal_evidence.c.id, isouter=True)
        .where(appeal_evidence.c.id == evidence_id, appeal_evidence.c.appeal_id == appeal_id)
    )
    row = (await session.execute(wanted)).one_or_none()
    if row is None:
        return None
    return Entry(
        evidence_id=row.id,
        appeal_id=row.appeal_id,
        member_id=row.member_id,
        report_id=row.report_id,
        side=Side(row.side),
        expected=Expected(row.media_type, row.size, row.sha256),
        work=Work(AppealState(row.state), row.holder, _seated(row.turns)),
        file=_file(row) if row.stored_at is not None else None,
    )


def _file(row: Any) -> File:  # noqa: ANN401 - a row of a join
    return File(row.id, tuple(map(Side, row.visible_to)), row.chunks, row.stored_at, row.wrapped_key)


def _seated(turns: Mapping[str, Any]) -> frozenset[UUID]:
    second = turns.get("second") or {"seats": ()}
    return frozenset(UUID(seating["staff_id"]) for seating in second["seats"])


async def openable(session: WriteSession, appeal_id: UUID) -> frozenset[UUID]:
    """Return the entries of an appeal whose file is here and not destroyed."""
    entries = select(appeal_evidence.c.id).where(appeal_evidence.c.appeal_id == appeal_id)
    wanted = select(appeal_upload.c.evidence_id).where(
        appeal_upload.c.evidence_id.in_(entries), appeal_upload.c.deleted_at.is_(None)
    )
    return frozenset((await session.execute(wanted)).scalars())


async def fates(session: WriteSession, appeal_id: UUID, side: Side) -> dict[UUID, Fate]:
    """Return what a side finds of the files of an appeal, by entry; none for what was never sent."""
    wanted = (
        select(appeal_upload.c.evidence_id, appeal_upload.c.visible_to, appeal_upload.c.deleted_at)
        .join(appeal_evidence, appeal_evidence.c.id == appeal_upload.c.evidence_id)
        .where(appeal_evidence.c.appeal_id == appeal_id)
    )
    rows = await session.execute(wanted)
    return {row.evidence_id: _fate(side in row.visible_to, gone=row.deleted_at is not None) for row in rows}


def _fate(shown: bool, *, gone: bool) -> Fate:  # noqa: FBT001 - one of two
    if not shown:
        return Fate.WITHHELD
    return Fate.DESTROYED if gone else Fate.HERE


async def count(session: WriteSession, *, appeal_id: UUID, side: Side) -> int:
    """Count the files that one side has sent for an appeal."""
    theirs = (appeal_evidence.c.appeal_id == appeal_id) & (appeal_evidence.c.side == side)
    entries = select(appeal_evidence.c.id).where(theirs)
    wanted = select(func.count()).select_from(appeal_upload).where(appeal_upload.c.evidence_id.in_(entries))
    return int((await session.execute(wanted)).scalar_one())


async def add(session: WriteSession, new: File, chunks: Sequence[bytes]) -> bool:
    """Keep a file whole; False if its entry has one."""
    row = {
        "evidence_id": new.evidence_id,
        "visible_to": list(new.visible_to),
        "chunks": new.chunks,
        "stored_at": new.stored_at,
        "wrapped_key": new.wrapped_key,
    }
    first = upsert(appeal_upload).values(row).on_conflict_do_nothing().returning(appeal_upload.c.evidence_id)
    if (await session.execute(first)).one_or_none() is None:
        return False
    rows = [
        {"evidence_id": new.evidence_id, "position": position, "sealed_bytes": sealed}
        for position, sealed in enumerate(chunks)
    ]
    await session.execute(insert(appeal_upload_chunk), rows)
    return True


async def chunks(session: WriteSession, evidence_id: UUID) -> list[bytes]:
    """Return the sealed chunks of a file in their order."""
    wanted = select(appeal_upload_chunk.c.sealed_bytes).where(appeal_upload_chunk.c.evidence_id == evidence_id)
    return list((await session.execute(wanted.order_by(appeal_upload_chunk.c.position))).scalars())


async def due(
    session: WriteSession, *, over_by: Mapping[str, datetime], decided_by: Mapping[str, datetime], limit: int
) -> list[tuple[UUID, UUID]]:
    """List files whose time is over, each with its appeal; no row is waited for.

    Args:
        session: that will destroy them.
        over_by: by policy pack, appeals that ended without a decision by then.
        decided_by: likewise, those decided by then, in whichever instance.
        limit: at most so many.
    """
    over = and_(appeal.c.state.in_(OVER), _by_pack(appeal.c.changed_at, over_by))
    decided = and_(appeal.c.state == AppealState.DECIDED, _by_pack(appeal.c.changed_at, decided_by))
    gone = report.c.state == ReportState.EXPIRED
    wanted = (
        select(appeal_upload.c.evidence_id, appeal.c.id)
        .join_from(appeal_upload, appeal_evidence, appeal_evidence.c.id == appeal_upload.c.evidence_id)
        .join(appeal, appeal.c.id == appeal_evidence.c.appeal_id)
        .join(report, report.c.id == appeal.c.report_id)
        .where(appeal_upload.c.deleted_at.is_(None), or_(over, decided, gone))
        .order_by(appeal_upload.c.stored_at)
        .limit(limit)
        .with_for_update(of=appeal_upload, skip_locked=True)
    )
    return [(row.evidence_id, row.id) for row in await session.execute(wanted)]


async def destroy(session: WriteSession, evidence_ids: Sequence[UUID], *, now: datetime) -> None:
    """Delete the bytes of files and the keys that opened them; that they were there stays."""
    of = list(evidence_ids)
    await session.execute(delete(appeal_upload_chunk).where(appeal_upload_chunk.c.evidence_id.in_(of)))
    gone = update(appeal_upload).where(appeal_upload.c.evidence_id.in_(of))
    await session.execute(gone.values(wrapped_key=None, deleted_at=now))


def _by_pack(at: ColumnElement[datetime], moments: Mapping[str, datetime]) -> ColumnElement[bool]:
    return or_(false(), *(and_(report.c.policy == pack, at <= moment) for pack, moment in moments.items()))
