"""Warnings in favour of a person: whom each protects while it is in force, who verified the identity since."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, Uuid, any_, bindparam, delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.elements import ColumnElement

from registry.domain.appeal_case import Party
from registry.domain.ids import Protective
from registry.domain.protective import ProtectiveRecord
from registry.store.database import ReadSession, WriteSession
from registry.store.quick import Executes
from registry.store.schema import claim, protective_check, protective_lift, protective_record, protective_token


class Warned(NamedTuple):
    """A warning in favour of whoever a token names; it binds every member but those that verified the identity."""

    kind: Protective
    verified: frozenset[UUID]


_WARNINGS = text("""
    SELECT id, kind, ARRAY(SELECT member_id FROM protective_check WHERE record_id = placed.id) AS verified
    FROM protective_record AS placed WHERE id = ANY(:records)
""").bindparams(bindparam("records", type_=ARRAY(Uuid)))


async def warnings(session: Executes, record_ids: Collection[UUID]) -> dict[UUID, Warned]:
    """Read warnings for answers to members."""
    rows = await session.execute(_WARNINGS, {"records": list(record_ids)})
    return {row.id: Warned(Protective(row.kind), frozenset(row.verified)) for row in rows}


async def add(session: WriteSession, new: ProtectiveRecord, stored: Collection[bytes], *, by: Party) -> None:
    """Place a warning that protects whoever these stored tokens name."""
    values = {"id": new.id, "kind": new.kind.value, "placed_by": by.value, "placed_at": new.placed_at}
    await session.execute(insert(protective_record).values(values))
    await protect(session, new.id, stored)


async def protect(session: WriteSession, record_id: UUID, stored: Collection[bytes]) -> None:
    """Let a warning protect these tokens too."""
    rows = [{"stored": one, "record_id": record_id} for one in dict.fromkeys(stored)]
    if rows:
        await session.execute(upsert(protective_token).values(rows).on_conflict_do_nothing())


async def in_force(session: ReadSession, stored: Collection[bytes]) -> list[ProtectiveRecord]:
    """List the warnings in force that protect any of these tokens, oldest first."""
    tokens = protective_token.c.stored == any_(bindparam("stored", list(stored), type_=ARRAY(LargeBinary)))
    wanted = select(protective_token.c.record_id).where(tokens)
    return await _read(session, protective_record.c.id.in_(wanted))


async def lock(session: WriteSession, record_id: UUID) -> ProtectiveRecord | None:
    """Return a warning and keep it from being lifted or verified by anybody else until this transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(record_id.int >> 65)))
    found = await _read(session, protective_record.c.id == record_id)
    return found[0] if found else None


async def protected(session: ReadSession, record_id: UUID) -> set[bytes]:
    """Return the tokens that a warning protects; none once it was lifted."""
    wanted = select(protective_token.c.stored).where(protective_token.c.record_id == record_id)
    return set((await session.execute(wanted)).scalars())


async def is_claim(session: ReadSession, member_id: UUID, claim_ref: bytes, identifiers: Mapping[int, bytes]) -> bool:
    """Say whether a member has asked about exactly these identifiers (a digest for each epoch) for this claim."""
    wanted = select(claim.c.epoch, claim.c.identifiers).where(
        claim.c.member_id == member_id, claim.c.claim_ref == claim_ref
    )
    bound = {row.epoch: row.identifiers for row in await session.execute(wanted)}
    return bool(identifiers) and all(bound.get(epoch) == digest for epoch, digest in identifiers.items())


async def lift(session: WriteSession, record_id: UUID, *, by: Party, now: datetime) -> None:
    """Lift a warning: it stays in history and protects nobody any more."""
    await session.execute(insert(protective_lift).values(record_id=record_id, lifted_by=by.value, at=now))
    await session.execute(delete(protective_token).where(protective_token.c.record_id == record_id))


async def verified(session: WriteSession, record_id: UUID, *, member_id: UUID, now: datetime) -> None:
    """Note that a member verified the identity afresh; the first time counts."""
    values = {"record_id": record_id, "member_id": member_id, "at": now}
    await session.execute(upsert(protective_check).values(values).on_conflict_do_nothing())


async def _read(session: ReadSession, which: ColumnElement[bool]) -> list[ProtectiveRecord]:
    of, check = protective_record.c, protective_check.c
    rows = await session.execute(
        select(
            *(of.id, of.kind, of.placed_at, protective_lift.c.at.label("lifted_at")),
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
        )
        for row in rows
    ]
