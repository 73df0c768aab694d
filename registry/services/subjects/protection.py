"""Warnings in favour of whoever a record is about, as officers place and lift them, with reasons.

An officer knows no contact: the warning protects the identifiers that the record bears.
"""

from uuid import UUID

from registry.domain import protective as rules
from registry.domain.appeal_case import Actor
from registry.domain.events import Act, AuditEvent
from registry.domain.ids import Protective
from registry.domain.incidents import QueryToken
from registry.domain.protective import ProtectiveRecord
from registry.domain.staff import Staff
from registry.errors import NotFound
from registry.services import audit
from registry.services.subjects.desk import Desk
from registry.store import protective as store
from registry.store import subject_records
from registry.store.database import WriteSession
from registry_formats.leaf import JsonValue, LeafType

LEGAL_BASIS = "protection"


async def of_report(session: WriteSession, report_id: UUID, *, act: Act, desk: Desk) -> list[ProtectiveRecord]:
    """List the warnings in force for whoever a record is about. NotFound `report_unknown`, also once it has ended."""
    stored = [one.stored for one in await _named(session, report_id)]
    found = await store.in_force(session, stored)
    content: dict[str, JsonValue] = {"report": str(report_id), "warnings": [str(one.id) for one in found]}
    event = AuditEvent(
        LeafType.QUERY,
        "protective.list",
        "answered",
        legal_basis=LEGAL_BASIS,
        subject=tuple(stored),
        content=content,
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    return found


async def place(
    session: WriteSession, report_id: UUID, kind: Protective, reason: str, *, staff: Staff, act: Act, desk: Desk
) -> ProtectiveRecord:
    """Place a warning; one of the same kind that protects some of the record's identifiers is extended to all.

    Errors: NotFound `report_unknown`; Denied `protective_role_refused` for the person's own freeze.
    """
    tokens = await _named(session, report_id)
    stored = tuple(one.stored for one in tokens)
    placed = rules.place(desk.new_id(act.now), kind, by=Actor.of(staff), now=act.now, reason=reason)
    alike = [one for one in await store.in_force(session, stored) if one.kind is kind]
    if alike:
        placed = alike[0]
        await store.protect(session, placed.id, tokens)
    else:
        await store.add(session, placed, tokens)
    content = {"kind": kind.value, "reason": reason, "report": str(report_id), "warning": str(placed.id)}
    outcome = "extended" if alike else "placed"
    event = AuditEvent(
        LeafType.ADMIN, "protective.place", outcome, legal_basis=LEGAL_BASIS, subject=stored, content=content
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    return placed


async def lift(
    session: WriteSession, record_id: UUID, reason: str, *, staff: Staff, act: Act, desk: Desk
) -> ProtectiveRecord:
    """Lift a warning that only an officer may lift, and not the one who placed it.

    Errors: NotFound `protective_unknown`; Conflict `protective_lifted`; Denied `protective_role_refused`,
    `protective_same_person`.
    """
    record = await store.lock(session, record_id)
    if record is None:
        raise NotFound("protective_unknown")
    by = Actor.of(staff)
    lifted = rules.lift(record, by=by, now=act.now)
    subject = tuple(sorted(await store.protected(session, record_id)))
    await store.lift(session, record_id, by=by, now=act.now, reason=reason)
    content = {"kind": record.kind.value, "reason": reason, "warning": str(record_id)}
    event = AuditEvent(
        LeafType.ADMIN, "protective.lift", "lifted", legal_basis=LEGAL_BASIS, subject=subject, content=content
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    return lifted


async def _named(session: WriteSession, report_id: UUID) -> list[QueryToken]:
    """Return the tokens of whoever a record is about."""
    tokens = await subject_records.personal(session, report_id)
    if not tokens:
        raise NotFound("report_unknown")
    return tokens
