"""The subject's own statement: it stands beside a record, and whoever received the record can read it.

It is no answer to the accusation: it neither makes a report count as heard nor changes a score.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from registry.domain.access import Caller
from registry.domain.events import Act, AuditEvent
from registry.domain.subjects import Sight, Subject, require, require_contact
from registry.errors import NotFound
from registry.services import audit
from registry.services.subjects.desk import Desk
from registry.services.subjects.file import touched
from registry.services.subjects.texts import open_text, seal_text
from registry.store import reports
from registry.store import subject_records as store
from registry.store.database import WriteSession
from registry.store.reports import Report
from registry.store.subject_records import Statement
from registry_formats.leaf import LeafType

BASIS = "open_claim"


@dataclass(frozen=True, slots=True)
class Said:
    """A statement beside a record, in words; `text` is None where it was taken back."""

    report_id: UUID
    text: str | None
    created_at: datetime


async def read(session: WriteSession, subject: Subject, *, act: Act, desk: Desk) -> list[Said]:
    """Show a person what stands beside their records. Denied `contact_needed`."""
    require_contact(subject)
    own = await _own(session, subject, act)
    said = await _said(session, own, desk)
    content = {"records": [str(one.report_id) for one in said]}
    event = AuditEvent(LeafType.QUERY, "subject.statement", "answered", content=content)
    await desk.record(session, subject, event, act=act)
    return said


async def put(
    session: WriteSession, subject: Subject, text: str | None, report_id: UUID | None, *, act: Act, desk: Desk
) -> list[Said]:
    """Set, replace or take back (None) the statement beside one record, or beside every record one may read.

    Errors: Denied `contact_needed`, `second_contact_needed`; NotFound `record_unknown`.
    """
    require_contact(subject)
    own = await _own(session, subject, act)
    if report_id is not None:
        own = [one for one in own if one.id == report_id]
        if not own:
            found = {one.report.id: one for one in await touched(session, subject, act=act)}
            seen = found.get(report_id)
            require(Sight.NOTHING if seen is None or not seen.kinds else Sight.LINKED, Sight.DETAILS)
    for report in own:
        await _put(session, report, text, now=act.now, desk=desk)
    outcome = "set" if text is not None else "taken_back"
    content = {"records": [str(one.id) for one in own]}
    event = AuditEvent(LeafType.REPORT, "subject.statement", outcome, content=content)
    await desk.record(session, subject, event, act=act)
    return await _said(session, own, desk)


async def beside(session: WriteSession, query_id: UUID, *, caller: Caller, act: Act, desk: Desk) -> list[Said]:
    """Show a member the statements beside the records that an answer to it rested on; each look leaves a trace."""
    told = await store.told_to(session, query_id=query_id, member_id=caller.member_id)
    if not told:
        raise NotFound("answer_unknown")
    said = [one for one in await _said(session, told, desk) if one.text is not None]
    subject = {stored for report in told for stored in await reports.identities(session, report.id)}
    event = AuditEvent(
        LeafType.QUERY,
        "statement.read",
        "answered",
        legal_basis=BASIS,
        subject=tuple(sorted(subject)),
        content={"query": str(query_id), "records": [str(one.report_id) for one in said]},
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    return said


async def _own(session: WriteSession, subject: Subject, act: Act) -> list[Report]:
    """List the records whose details a proved contact shows, as far as they have a key, in the order of ids."""
    found = await touched(session, subject, act=act)
    own = [one.report for one in found if one.kinds and subject.sees(one.report.id, one.kinds) is Sight.DETAILS]
    return sorted((one for one in own if one.wrapped_key is not None), key=lambda one: one.id)


async def _put(session: WriteSession, report: Report, text: str | None, *, now: datetime, desk: Desk) -> None:
    # One after the other: two statements at once would take the same number.
    await reports.lock(session, report_id=report.id, member_id=report.member_id)
    before = (await store.statements(session, [report.id])).get(report.id)
    number = before.number + 1 if before else 1
    sealed = seal_text(report, number, text, desk) if text is not None else None
    await store.add_statement(session, Statement(report.id, number, sealed, now))


async def _said(session: WriteSession, told: list[Report], desk: Desk) -> list[Said]:
    latest = await store.statements(session, [one.id for one in told])
    return [
        Said(one.id, open_text(one, latest[one.id], desk), latest[one.id].created_at)
        for one in told
        if one.id in latest
    ]
