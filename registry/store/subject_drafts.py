"""Drafts of appeals: rows that live for days, and are deleted."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.store.database import ReadSession, WriteSession
from registry.store.schema import subject_draft


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft as stored."""

    id: UUID
    report_id: UUID
    sealed_draft: bytes = field(repr=False)
    expires_at: datetime


async def of_report(session: ReadSession, report_id: UUID, *, now: datetime) -> list[Kept]:
    """List the drafts against a record that have not expired, the latest first."""
    of = subject_draft.c
    wanted = (
        select(of.id, of.report_id, of.sealed_draft, of.expires_at)
        .where(of.report_id == report_id, of.expires_at > now)
        .order_by(of.expires_at.desc())
    )
    return [Kept(*row) for row in await session.execute(wanted)]


async def put(session: WriteSession, draft: Kept) -> None:
    """Keep a draft, in the place of an older one with its id."""
    changed = {"sealed_draft": draft.sealed_draft, "expires_at": draft.expires_at}
    values = {"id": draft.id, "report_id": draft.report_id, **changed}
    await session.execute(
        upsert(subject_draft).values(values).on_conflict_do_update(index_elements=["id"], set_=changed)
    )


async def drop(session: WriteSession, draft_id: UUID) -> None:
    """Delete a draft."""
    await session.execute(delete(subject_draft).where(subject_draft.c.id == draft_id))
