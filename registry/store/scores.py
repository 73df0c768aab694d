"""What a score is read from. Each function serves a whole batch of queries with one statement."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    LargeBinary,
    SmallInteger,
    Uuid,
    and_,
    any_,
    bindparam,
    or_,
    select,
    text,
)

from registry.domain.ids import Category, Confidence, IdentifierKind, ReportState, Severity
from registry.domain.incidents import Identity, Incident, QueryToken, Reliability, Served
from registry.store import protective
from registry.store.columns import columns_of
from registry.store.database import WriteSession
from registry.store.protective import Warned
from registry.store.quick import Executes
from registry.store.schema import (
    group_reliability,
    report,
    report_identity,
    subject_statement,
)

# Both sides of this lock stand in audit-log order: a disclosure holds it shared until its commit, a transition out of
# `active` takes it alone before it lists recipients, so that no recall misses a reader.
DISCLOSE = 0x5245_4749
TELLING_STATES = (ReportState.ACTIVE, ReportState.DISPUTED, ReportState.SUSPENDED)

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


# Also the warnings that protect a token: most questions touch neither, and so they cost no statement of their own.
_MATCHES = text("""
    SELECT stored, report_id, false AS warns FROM report_identity WHERE stored = ANY(:tokens)
    UNION ALL
    SELECT stored, record_id, true FROM protective_token WHERE stored = ANY(:tokens)
""").bindparams(bindparam("tokens", type_=ARRAY(LargeBinary)))


class Matches(NamedTuple):
    """What tokens touch: the reports that hold them, the warnings that protect them; a token without any is absent."""

    reports: dict[bytes, list[UUID]]
    warned: dict[bytes, list[Warned]]


async def matches(session: Executes, tokens: Sequence[bytes]) -> Matches:
    """Find what these stored tokens touch."""
    reports: dict[bytes, list[UUID]] = defaultdict(list)
    warned: dict[bytes, list[UUID]] = defaultdict(list)
    for stored, id_, warns in await session.execute(_MATCHES, {"tokens": tokens}):
        (warned if warns else reports)[stored].append(id_)
    if not warned:
        return Matches(reports, {})
    warnings = await protective.warnings(session, {id_ for ids in warned.values() for id_ in ids})
    return Matches(reports, {stored: [warnings[id_] for id_ in ids] for stored, ids in warned.items()})


async def tokens_of(session: WriteSession, report_id: UUID) -> list[QueryToken]:
    """Return the tokens of a report's subject, as a query about them would carry them."""
    of = report_identity.c
    wanted = select(of.kind, of.epoch, of.stored).where(of.report_id == report_id).order_by(of.stored)
    return [QueryToken(IdentifierKind(row.kind), row.epoch, row.stored) for row in await session.execute(wanted)]


# Not required, because `quick` compiles a list of states in place, and must then have a value for everything.
_TOUCHED = select(report.c.event_id).where(report.c.id == any_(bindparam("reports", type_=ARRAY(Uuid), required=False)))
# The latest one holds, and an empty one is none.
_STATEMENT = (
    select(subject_statement.c.sealed_text.is_not(None))
    .where(subject_statement.c.report_id == report.c.id)
    .order_by(subject_statement.c.number.desc())
    .limit(1)
    .scalar_subquery()
)
# Tells nothing, and silences others on the same event: an act that was denied, a contested record that is restricted.
_SILENCES = or_(report.c.act_denied, and_(report.c.state == ReportState.RESTRICTED, report.c.appeal_open))
_REPORTS = select(
    report.c.id,
    report.c.revision,
    report.c.event_id,
    report.c.member_id,
    report.c.group_id,
    report.c.category,
    report.c.severity,
    report.c.confidence,
    report.c.amount_minor,
    report.c.currency,
    report.c.act_ended_on,
    report.c.filed_at,
    report.c.state,
    report.c.activated_at,
    report.c.repaid_on,
    report.c.retention_halved,
    report.c.appeal_open,
    report.c.act_denied,
    _STATEMENT.label("statement"),
).where(report.c.event_id.in_(_TOUCHED), or_(report.c.state.in_(TELLING_STATES), _SILENCES))
# Who answered was heard, whether or not a notice reached them: a token without a time. One statement, because going to
# the database and back costs more than any of its parts.
_AROUND = text("""
    SELECT report_id, stored, kind, epoch, known_on, ends_on, NULL::timestamptz AS served_at
    FROM report_identity WHERE report_id = ANY(:reports)
    UNION ALL
    SELECT report_id, stored, NULL, NULL, NULL, NULL, served_at
    FROM notice WHERE report_id = ANY(:reports) AND bounced_at IS NULL
    UNION ALL
    SELECT report_id, stored, NULL, NULL, NULL, NULL, NULL FROM subject_answer WHERE report_id = ANY(:reports)
""").bindparams(bindparam("reports", type_=ARRAY(Uuid)))


async def incidents(session: Executes, report_ids: Iterable[UUID]) -> list[Incident]:
    """Read these reports, and all others on the same events, as far as they can tell something."""
    rows = (await session.execute(_REPORTS, {"reports": list(report_ids)})).all()
    if not rows:
        return []
    identities: dict[UUID, list[Identity]] = defaultdict(list)
    served: dict[UUID, list[Served]] = defaultdict(list)
    answered: dict[UUID, list[bytes]] = defaultdict(list)
    around = await session.execute(_AROUND, {"reports": [row.id for row in rows]})
    for report_id, stored, kind, epoch, known_on, ends_on, served_at in around:
        if kind is not None:
            identities[report_id].append(Identity(IdentifierKind(kind), epoch, stored, known_on, ends_on))
        elif served_at is not None:
            served[report_id].append(Served(stored, served_at))
        else:
            answered[report_id].append(stored)
    return [_incident(row, tuple(identities[row.id]), tuple(served[row.id]), tuple(answered[row.id])) for row in rows]


def _incident(row: Any, known_as: Iterable[Identity], served: Iterable[Served], answered: Iterable[bytes]) -> Incident:  # noqa: ANN401 - of either kind of transaction
    return Incident(
        report_id=row.id,
        revision=row.revision,
        event=row.event_id.bytes,
        member_id=row.member_id,
        group_id=row.group_id,
        category=Category(row.category),
        severity=Severity(row.severity),
        confidence=Confidence(row.confidence),
        amount_minor=row.amount_minor,
        currency=row.currency,
        act_ended_on=row.act_ended_on,
        filed_at=row.filed_at,
        state=ReportState(row.state),
        identities=tuple(known_as),
        served=tuple(served),
        answered=tuple(answered),
        statement=bool(row.statement),
        activated=row.activated_at is not None,
        repaid=row.repaid_on is not None,
        retention_halved=row.retention_halved,
        appeal_open=row.appeal_open,
        act_denied=row.act_denied,
    )


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
