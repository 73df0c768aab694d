"""Conduct of members: what was found, what follows by rule, and how their reports fared."""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from registry.domain.ids import MemberIntegrity
from registry.store.database import WriteSession
from registry.store.schema import integrity_finding


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


async def add_finding(session: WriteSession, found: Found) -> bool:
    """Add a finding; false if the same source has said the same of this member before."""
    values = {one.name: getattr(found, one.name) for one in fields(Found)}
    added = insert(integrity_finding).values(values).on_conflict_do_nothing()
    return (await session.execute(added.returning(integrity_finding.c.id))).one_or_none() is not None
