"""What a score is read from. Each function serves a whole batch of queries with one statement."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    LargeBinary,
    SmallInteger,
    Uuid,
    any_,
    bindparam,
    select,
    text,
)

from registry.domain.ids import IdentifierKind
from registry.domain.incidents import QueryToken, Reliability
from registry.store.columns import columns_of
from registry.store.database import WriteSession
from registry.store.quick import Executes
from registry.store.schema import (
    group_reliability,
    report_identity,
)

# Both sides of this lock stand in audit-log order: a disclosure holds it shared until its commit, a transition out of
# `active` takes it alone before it lists recipients, so that no recall misses a reader.
DISCLOSE = 0x5245_4749

_LOCK_ALONE = text("SELECT pg_advisory_xact_lock(:lock)").bindparams(lock=DISCLOSE)
_LOCK_SHARED = text("SELECT pg_advisory_xact_lock_shared(:lock)").bindparams(lock=DISCLOSE)


class ClaimRow(NamedTuple):
    """A claim reference and the identifiers, in one epoch, that it is bound to by its first query."""

    member_id: UUID
    claim_ref: bytes
    epoch: int
    identifiers: bytes
    first_at: datetime


async def stop_disclosure(session: WriteSession) -> None:
    """Wait until every disclosure under way has ended, and keep new ones waiting until this transaction ends."""
    await session.execute(_LOCK_ALONE)


async def stop_recalls(session: WriteSession) -> None:
    """Keep every recall waiting until this transaction ends: it will see what this one writes."""
    await session.execute(_LOCK_SHARED)


_BIND = text("""
    WITH held AS MATERIALIZED (
        SELECT pg_advisory_xact_lock_shared(:lock) AS lock
    ), asked AS MATERIALIZED (
        SELECT * FROM unnest(:member_id, :claim_ref, :epoch, :identifiers, :first_at)
            AS row (member_id, claim_ref, epoch, identifiers, first_at)
    ), bound AS (
        INSERT INTO claim SELECT asked.* FROM held CROSS JOIN asked ORDER BY member_id, claim_ref, epoch
        ON CONFLICT DO NOTHING RETURNING member_id, claim_ref, epoch
    )
    SELECT asked.member_id, asked.claim_ref, asked.epoch FROM asked
    LEFT JOIN bound USING (member_id, claim_ref, epoch) WHERE bound.claim_ref IS NULL
""").bindparams(
    bindparam("member_id", type_=ARRAY(Uuid)),
    bindparam("claim_ref", type_=ARRAY(LargeBinary)),
    bindparam("epoch", type_=ARRAY(SmallInteger)),
    bindparam("identifiers", type_=ARRAY(LargeBinary)),
    bindparam("first_at", type_=ARRAY(DateTime(timezone=True))),
    lock=DISCLOSE,
)

_BOUND = text("""
    SELECT claim.member_id, claim.claim_ref, claim.epoch, claim.identifiers FROM claim
    JOIN unnest(:member_id, :claim_ref, :epoch) AS asked (member_id, claim_ref, epoch)
        USING (member_id, claim_ref, epoch)
""").bindparams(
    bindparam("member_id", type_=ARRAY(Uuid)),
    bindparam("claim_ref", type_=ARRAY(LargeBinary)),
    bindparam("epoch", type_=ARRAY(SmallInteger)),
)


async def bind(session: Executes, claims: Sequence[ClaimRow]) -> dict[tuple[UUID, bytes, int], bytes]:
    """Keep every recall waiting until this transaction ends, and bind each claim to its identifiers for ever.

    Returns the identifiers that claims were bound to before, by member, claim reference and epoch. `claims` must name
    each of these once.
    """
    known = (await session.execute(_BIND, dict(columns_of(ClaimRow, claims)))).all()
    if not known:
        return {}
    # A second statement sees what a concurrent transaction bound after the first one began.
    asked = zip(("member_id", "claim_ref", "epoch"), map(list, zip(*known, strict=True)), strict=True)
    return {tuple(key): identifiers for *key, identifiers in await session.execute(_BOUND, dict(asked))}


async def tokens_of(session: WriteSession, report_id: UUID) -> list[QueryToken]:
    """Return the tokens of a report's subject, as a query about them would carry them."""
    of = report_identity.c
    wanted = select(of.kind, of.epoch, of.stored).where(of.report_id == report_id).order_by(of.stored)
    return [QueryToken(IdentifierKind(row.kind), row.epoch, row.stored) for row in await session.execute(wanted)]


_RELIABILITY = select(
    group_reliability.c.group_id,
    group_reliability.c.heard,
    group_reliability.c.overturned,
    group_reliability.c.sampled,
    group_reliability.c.failed,
).where(group_reliability.c.group_id == any_(bindparam("groups", type_=ARRAY(Uuid))))


async def reliability(session: Executes, groups: Iterable[UUID]) -> dict[UUID, Reliability]:
    """Read how each group's reports fared; a group without a row has no history yet."""
    rows = await session.execute(_RELIABILITY, {"groups": list(groups)})
    return {row.group_id: Reliability(row.heard, row.overturned, row.sampled, row.failed) for row in rows}


class DisclosureRow(NamedTuple):
    """One incident told to one member, by one audit entry; how many of the actions A1 to A5 the answer permitted."""

    query_id: UUID
    report_id: UUID
    revision: int
    member_id: UUID
    entry_id: UUID
    at: datetime
    claim_ref: bytes
    permitted: int


_DISCLOSE_ROWS = text("""
    INSERT INTO disclosure (query_id, report_id, revision, member_id, entry_id, at, claim_ref, permitted)
    SELECT * FROM unnest(:query_id, :report_id, :revision, :member_id, :entry_id, :at, :claim_ref, :permitted)
""").bindparams(
    *(bindparam(name, type_=ARRAY(Uuid)) for name in ("query_id", "report_id", "member_id", "entry_id")),
    bindparam("revision", type_=ARRAY(Integer)),
    bindparam("at", type_=ARRAY(DateTime(timezone=True))),
    bindparam("claim_ref", type_=ARRAY(LargeBinary)),
    bindparam("permitted", type_=ARRAY(SmallInteger)),
)


async def disclose(session: Executes, rows: Sequence[DisclosureRow]) -> None:
    """Remember who was told what, so that a recall reaches each of them."""
    if rows:
        await session.execute(_DISCLOSE_ROWS, dict(columns_of(DisclosureRow, rows)))
