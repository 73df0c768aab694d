"""Reports with all that belongs to them: revisions, identities, events, artefacts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, LargeBinary, Row, any_, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.domain.ids import Category, Confidence, IdentifierKind, ReportState, Severity
from registry.domain.lifecycle import Standing
from registry.store.database import WriteSession
from registry.store.schema import evidence_artefact, report, report_event, report_identity, report_revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report as stored. `wrapped_key` opens its statements and is gone once it has expired."""

    id: UUID
    member_id: UUID
    group_id: UUID
    reference: str
    claim_ref: bytes | None
    event_id: UUID
    category: Category
    aggravations: tuple[str, ...]
    severity: Severity
    confidence: Confidence
    amount_minor: int
    currency: str
    act_ended_on: date
    confirmed_on: date
    expires_on: date
    taxonomy_version: str
    policy: str
    policy_digest: bytes
    own_only: bool
    retention_halved: bool
    revision: int = 1
    state: ReportState = ReportState.SUBMITTED
    state_reason: str | None = None
    state_at: datetime
    filed_at: datetime
    served_at: datetime | None = None
    activated_at: datetime | None = None
    repaid_on: date | None = None
    held: bool = False
    revised_at: datetime | None = None
    wrapped_key: bytes | None = field(repr=False)

    def standing(self, concluded_on: date | None = None) -> Standing:
        """Return what decides its next step."""
        return Standing(
            self.state,
            self.filed_at,
            self.served_at,
            self.expires_on,
            concluded_on=concluded_on,
            held=self.held,
            counted=self.activated_at is not None,
        )


@dataclass(frozen=True, slots=True)
class Revision:
    """One telling of a report; `sealed_jws` is None where the member's statement did not change."""

    report_id: UUID
    revision: int
    change: str
    reason: str | None
    created_at: datetime
    sealed_jws: bytes | None = field(default=None, repr=False)
    jws_sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class KnownAs:
    """One stored token of the subject: the last day it was known to be theirs, and its first day gone."""

    kind: IdentifierKind
    epoch: int
    stored: bytes
    known_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Proof:
    """One artefact in one evidence class."""

    artefact_id: str
    class_: str
    sha256: bytes
    retain_until: date


@dataclass(frozen=True, slots=True)
class SamePerson:
    """Another active report of the member that shares stored tokens of these kinds."""

    event_id: UUID
    amount_minor: int
    currency: str
    kinds: frozenset[IdentifierKind]


@dataclass(frozen=True, slots=True)
class Fallen:
    """An overturned report of the member: when, and what it stood on."""

    overturned_at: datetime
    sha256s: frozenset[str]


# What a later revision or state may change; the database grants no more.
_CHANGING = (
    *("state", "state_reason", "state_at", "activated_at", "revision", "revised_at", "repaid_on"),
    *("held", "confidence", "amount_minor", "confirmed_on", "aggravations"),
)
COLUMNS = [report.c[one.name] for one in fields(Report)]


async def add(session: WriteSession, new: Report) -> bool:
    """Add a report; False if the member has one of this reference, also when both arrive at once."""
    row = upsert(report).values({one.name: getattr(new, one.name) for one in fields(Report)})
    statement = row.on_conflict_do_nothing(index_elements=[report.c.member_id, report.c.reference])
    return (await session.execute(statement.returning(report.c.id))).one_or_none() is not None


async def named(session: WriteSession, *, member_id: UUID, reference: str) -> UUID:
    """Return the id of the report a member filed under this reference; it must exist."""
    wanted = select(report.c.id).where(report.c.member_id == member_id, report.c.reference == reference)
    found: UUID = (await session.execute(wanted)).scalar_one()
    return found


async def add_revision(session: WriteSession, new: Revision, proof: Sequence[Proof] = ()) -> None:
    """Add a revision with the artefacts its statement rests on."""
    await session.execute(
        insert(report_revision).values({one.name: getattr(new, one.name) for one in fields(Revision)})
    )
    if proof:
        of = {"report_id": new.report_id, "revision": new.revision}
        rows = [of | {part.name: getattr(one, part.name) for part in fields(Proof)} for one in proof]
        await session.execute(insert(evidence_artefact).values(rows))


async def add_identities(session: WriteSession, report_id: UUID, known_as: Sequence[KnownAs]) -> None:
    """Add the stored tokens of the subject."""
    rows = [{"report_id": report_id} | {part.name: getattr(one, part.name) for part in fields(one)} for one in known_as]
    await session.execute(upsert(report_identity).values(rows).on_conflict_do_nothing())


async def keep_identities(session: WriteSession, report_id: UUID, stored: Sequence[bytes]) -> None:
    """Delete every identity of a report but these."""
    kept = report_identity.c.stored == any_(bindparam("stored", list(stored), type_=ARRAY(LargeBinary)))
    await session.execute(delete(report_identity).where(report_identity.c.report_id == report_id, ~kept))


async def identities(session: WriteSession, report_id: UUID) -> list[bytes]:
    """Return the stored tokens of a report's subject."""
    wanted = select(report_identity.c.stored).where(report_identity.c.report_id == report_id)
    return list((await session.execute(wanted.order_by(report_identity.c.stored))).scalars())


_LOCK_EVENTS = text("""
    SELECT pg_advisory_xact_lock(name) FROM (
        SELECT DISTINCT name FROM unnest(:names) AS one (name) ORDER BY name
    ) AS two
""").bindparams(bindparam("names", type_=ARRAY(BigInteger)))


async def lock_events(session: WriteSession, stored: Sequence[bytes]) -> None:
    """Let no other filing about the same order run beside this one: each would think itself the first."""
    names = [int.from_bytes(one[:8], signed=True) for one in stored]
    await session.execute(_LOCK_EVENTS, {"names": names})


async def find_event(session: WriteSession, stored: Sequence[bytes]) -> UUID | None:
    """Find the event that a report with one of these stored event tokens already has; the first filed decides."""
    wanted = (
        select(report.c.event_id)
        .join(report_event, report_event.c.report_id == report.c.id)
        .where(report_event.c.stored == any_(bindparam("stored", list(stored), type_=ARRAY(LargeBinary))))
        .order_by(report.c.filed_at, report.c.id)
        .limit(1)
    )
    return (await session.execute(wanted)).scalar_one_or_none()


async def add_events(session: WriteSession, report_id: UUID, stored: Sequence[bytes]) -> None:
    """Add the stored event tokens of a report."""
    rows = [{"report_id": report_id, "stored": one} for one in dict.fromkeys(stored)]
    await session.execute(insert(report_event).values(rows))


async def same_person(
    session: WriteSession, *, member_id: UUID, stored: Sequence[bytes], today: date
) -> list[SamePerson]:
    """List the member's active reports that share any of these stored tokens."""
    kinds = func.array_agg(report_identity.c.kind.distinct()).label("kinds")
    rows = await session.execute(
        select(report.c.event_id, report.c.amount_minor, report.c.currency, kinds)
        .join(report_identity, report_identity.c.report_id == report.c.id)
        .where(
            report.c.member_id == member_id,
            report.c.state == ReportState.ACTIVE,
            report.c.expires_on > today,
            report_identity.c.stored == any_(bindparam("stored", list(stored), type_=ARRAY(LargeBinary))),
            report_identity.c.ends_on.is_(None) | (report_identity.c.ends_on > today),
        )
        .group_by(report.c.id)
    )
    return [
        SamePerson(row.event_id, row.amount_minor, row.currency, frozenset(map(IdentifierKind, row.kinds)))
        for row in rows
    ]


async def overturned(session: WriteSession, *, member_id: UUID, event_id: UUID) -> list[Fallen]:
    """List the member's reports on this event that were overturned."""
    rows = await session.execute(
        select(report.c.state_at, func.array_agg(evidence_artefact.c.sha256).label("sha256s"))
        .join(evidence_artefact, evidence_artefact.c.report_id == report.c.id, isouter=True)
        .where(
            report.c.member_id == member_id,
            report.c.event_id == event_id,
            report.c.state == ReportState.OVERTURNED,
        )
        .group_by(report.c.id)
    )
    return [Fallen(row.state_at, frozenset(one.hex() for one in row.sha256s if one is not None)) for row in rows]


async def find(session: WriteSession, *, report_id: UUID, member_id: UUID) -> Report | None:
    """Find a report of this member."""
    wanted = select(*COLUMNS).where(report.c.id == report_id, report.c.member_id == member_id)
    row = (await session.execute(wanted)).one_or_none()
    return row_to_report(row) if row is not None else None


async def lock(session: WriteSession, *, report_id: UUID, member_id: UUID) -> Report | None:
    """Find a report of this member and keep it from changing until this transaction ends.

    Take `scores.stop_disclosure` first: whoever waits for it while holding this lock could wait for ever.
    """
    wanted = select(*COLUMNS).where(report.c.id == report_id, report.c.member_id == member_id)
    row = (await session.execute(wanted.with_for_update(key_share=True))).one_or_none()
    return row_to_report(row) if row is not None else None


async def save(session: WriteSession, changed: Report) -> None:
    """Write what a step changed."""
    values = {name: getattr(changed, name) for name in _CHANGING}
    await session.execute(update(report).where(report.c.id == changed.id).values(values))


async def revisions(session: WriteSession, report_id: UUID) -> list[Revision]:
    """List the revisions of a report, oldest first."""
    columns = [report_revision.c[one.name] for one in fields(Revision)]
    rows = await session.execute(
        select(*columns).where(report_revision.c.report_id == report_id).order_by(report_revision.c.revision)
    )
    return [Revision(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name


def row_to_report(row: Row[Any]) -> Report:
    """Read a row that has all columns, and maybe others."""
    values = {one.name: getattr(row, one.name) for one in fields(Report)}
    return Report(
        **values
        | {
            "category": Category(row.category),
            "aggravations": tuple(row.aggravations),
            "severity": Severity(row.severity),
            "confidence": Confidence(row.confidence),
            "state": ReportState(row.state),
        }
    )
