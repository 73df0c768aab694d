"""Referrals: proposed by one person, decided by another."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from registry.domain.referrals import Proposed, Recipient
from registry.store.database import WriteSession
from registry.store.schema import referral


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral as stored; `approved` is None until it is decided."""

    id: UUID
    report_id: UUID
    recipient: Recipient
    reference: str
    proposed_by: UUID
    proposed_at: datetime
    approved: bool | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None

    @property
    def standing(self) -> Proposed:
        """Return what decides its next step."""
        return Proposed(self.proposed_by, self.approved)


async def add(session: WriteSession, new: Referral) -> None:
    """Add a proposal."""
    row = {name: getattr(new, name) for name in Referral.__slots__}
    await session.execute(insert(referral).values(row))


async def save(session: WriteSession, changed: Referral) -> None:
    """Write a decision."""
    decided = {name: getattr(changed, name) for name in ("approved", "decided_by", "decided_at")}
    await session.execute(update(referral).where(referral.c.id == changed.id).values(decided))


async def lock(session: WriteSession, referral_id: UUID) -> Referral | None:
    """Find a referral and keep it from changing until this transaction ends."""
    row = (await session.execute(select(referral).where(referral.c.id == referral_id).with_for_update())).one_or_none()
    return _read(row) if row is not None else None


def _read(row: Row[Any]) -> Referral:
    values = {name: getattr(row, name) for name in Referral.__slots__}
    return Referral(**values | {"recipient": Recipient(row.recipient)})
