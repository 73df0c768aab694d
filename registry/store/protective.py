"""Warnings in favour of a person: whom each protects while it is in force, who verified the identity since."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    LargeBinary,
    any_,
    bindparam,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.elements import ColumnElement

from registry.domain.appeal_case import Actor, Party
from registry.domain.ids import Protective
from registry.domain.incidents import QueryToken
from registry.domain.protective import ProtectiveRecord
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import claim, protective_check, protective_lift, protective_record, protective_token


async def add(session: WriteSession, new: ProtectiveRecord, tokens: Collection[QueryToken]) -> None:
    """Place a warning that protects whoever these tokens name."""
    names = ("id", "kind", "placed_by", "placed_at", "staff_id", "reason")
    await session.execute(insert(protective_record).values({name: getattr(new, name) for name in names}))
    await protect(session, new.id, tokens)


async def protect(session: WriteSession, record_id: UUID, tokens: Collection[QueryToken]) -> None:
    """Let a warning protect these tokens too."""
    epochs = {one.stored: one.epoch for one in tokens}
    rows = [{"stored": stored, "record_id": record_id, "epoch": epoch} for stored, epoch in epochs.items()]
    if rows:
        await session.execute(upsert(protective_token).values(rows).on_conflict_do_nothing())


async def in_force(session: ReadSession, stored: Collection[bytes]) -> list[ProtectiveRecord]:
    """List the warnings in force that protect any of these tokens, oldest first."""
    wanted = select(protective_token.c.record_id).where(_is_one_of(stored))
    return await _read(session, protective_record.c.id.in_(wanted))


async def lock(session: WriteSession, record_id: UUID) -> ProtectiveRecord | None:
    """Return a warning and keep it from being lifted or verified by anybody else until this transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(record_id.int >> 65)))
    found = await _read(session, protective_record.c.id == record_id)
    return found[0] if found else None


async def protected(session: ReadSession, record_id: UUID) -> dict[bytes, int]:
    """Return the tokens that a warning protects, each with its epoch; none once it was lifted."""
    of = protective_token.c
    rows = await session.execute(select(of.stored, of.epoch).where(of.record_id == record_id))
    return {row.stored: row.epoch for row in rows}


async def until_epochs(session: ReadSession, stored: Collection[bytes]) -> dict[UUID, int]:
    """Return of each warning that protects any of these tokens the last epoch in which it does."""
    of = protective_token.c
    wanted = select(of.record_id, func.max(of.epoch).label("epoch")).where(_is_one_of(stored)).group_by(of.record_id)
    return {row.record_id: row.epoch for row in await session.execute(wanted)}


async def is_claim(session: ReadSession, member_id: UUID, claim_ref: bytes, identifiers: Mapping[int, bytes]) -> bool:
    """Say whether a member has asked about exactly these identifiers (a digest for each epoch) for this claim."""
    wanted = select(claim.c.epoch, claim.c.identifiers).where(
        claim.c.member_id == member_id, claim.c.claim_ref == claim_ref
    )
    bound = {row.epoch: row.identifiers for row in await session.execute(wanted)}
    return bool(identifiers) and all(bound.get(epoch) == digest for epoch, digest in identifiers.items())


async def lift(session: WriteSession, record_id: UUID, *, by: Actor, now: datetime, reason: str | None = None) -> None:
    """Lift a warning: it stays in history and protects nobody any more."""
    side = Party.OFFICER if Party.OFFICER in by.parties else Party.SUBJECT
    row = {"record_id": record_id, "lifted_by": side.value, "at": now, "staff_id": by.staff_id, "reason": reason}
    await session.execute(insert(protective_lift).values(row))
    await session.execute(delete(protective_token).where(protective_token.c.record_id == record_id))


async def verified(session: WriteSession, record_id: UUID, *, member_id: UUID, now: datetime) -> None:
    """Note that a member verified the identity afresh; the first time counts."""
    values = {"record_id": record_id, "member_id": member_id, "at": now}
    await session.execute(upsert(protective_check).values(values).on_conflict_do_nothing())


async def _read(session: ReadSession, which: ColumnElement[bool]) -> list[ProtectiveRecord]:
    of, check = protective_record.c, protective_check.c
    rows = await session.execute(
        select(
            *(
                of.id,
                of.kind,
                of.placed_at,
                of.placed_by,
                of.staff_id,
                of.reason,
                protective_lift.c.at.label("lifted_at"),
            ),
            func.array_agg(check.member_id).filter(check.member_id.is_not(None)).label("members"),
            func.array_agg(check.at).filter(check.member_id.is_not(None)).label("times"),
        )
        .join(protective_lift, protective_lift.c.record_id == of.id, isouter=True)
        .join(protective_check, check.record_id == of.id, isouter=True)
        .where(which)
        .group_by(of.id, protective_lift.c.at)
        .order_by(of.placed_at, of.id)
    )
    return [
        ProtectiveRecord(
            row.id,
            Protective(row.kind),
            row.placed_at,
            row.lifted_at,
            dict(zip(row.members or (), row.times or (), strict=True)),
            Party(row.placed_by),
            row.staff_id,
            row.reason,
        )
        for row in rows
    ]


def _is_one_of(stored: Collection[bytes]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = protective_token.c.stored == any_(
        bindparam(None, list(stored), type_=ARRAY(LargeBinary))
    )
    return found
