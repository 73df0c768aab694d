"""My file: every record that bears a proved contact, as much of each as may be shown, and who looked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from registry.domain.appeal_records import APPEALABLE
from registry.domain.events import Act, AuditEvent
from registry.domain.filings import Filing
from registry.domain.ids import IdentifierKind, ReportState
from registry.domain.lifecycle import deleted_on
from registry.domain.subjects import Sight, Subject, require_more_than_a_phone
from registry.services.subjects.desk import Desk
from registry.services.subjects.texts import open_text
from registry.services.subjects.warnings import Warned, protecting
from registry.services.subjects.weighing import Weighed, weigh
from registry.store import reports
from registry.store import subject_records as store
from registry.store.database import ReadSession, WriteSession
from registry.store.reports import Revision
from registry.store.subject_records import Statement, Touched
from registry_formats.leaf import JsonValue, LeafType


@dataclass(frozen=True, slots=True)
class Record:
    """One record.

    Args:
        found: the report, its member, the kinds of proved contacts it bears.
        sight: how much of it may be shown; below `details` nothing else here is set.
        filing: what the member filed; None once the record has ended.
        statement: what the person says beside it.
        points: what it adds to the person's score now.
        ends_on: the first day without it.
        appealable: it can be contested in its present state.
    """

    found: Touched
    sight: Sight
    filing: Filing | None
    statement: str | None
    points: int
    ends_on: date
    appealable: bool


@dataclass(frozen=True, slots=True)
class File:
    """All records that the proved contacts touch, newest first, the score of those one may read, and the warnings."""

    records: tuple[Record, ...]
    weighed: Weighed
    warnings: tuple[Warned, ...]


async def read(session: WriteSession, subject: Subject, *, act: Act, desk: Desk) -> File:
    """Show a person their file; the look leaves a trace."""
    found = await touched(session, subject, act=act)
    weighed = await weigh(session, subject, found, now=act.now, desk=desk)
    records = await _records(session, subject, found, weighed, desk)
    content = _shown(records) | {"score": weighed.explanation.score.score}
    also = tuple(await reports.identities(session, subject.linked)) if subject.linked else ()
    event = AuditEvent(LeafType.QUERY, "subject.file", "answered", subject=also, content=content)
    await desk.record(session, subject, event, act=act)
    return File(records, weighed, tuple(await protecting(session, subject)))


async def explain(session: WriteSession, subject: Subject, *, act: Act, desk: Desk) -> Weighed:
    """Explain a person's score. Errors: Denied `contact_needed`, `second_contact_needed`."""
    require_more_than_a_phone(subject)
    weighed = await weigh(session, subject, await touched(session, subject, act=act), now=act.now, desk=desk)
    content: dict[str, JsonValue] = {"score": weighed.explanation.score.score, "records": len(weighed.what_if)}
    event = AuditEvent(LeafType.QUERY, "subject.explain", "answered", content=content)
    await desk.record(session, subject, event, act=act)
    return weighed


@dataclass(frozen=True, slots=True)
class LooksAt:
    """Whose looks a person may see: the stored tokens; `withheld` says that those at a phone number are left out."""

    stored: tuple[bytes, ...]
    withheld: bool


async def looks_at(session: WriteSession, subject: Subject, *, act: Act, desk: Desk) -> LooksAt:
    """Say which looks a person may see. Errors: Denied `contact_needed`, `second_contact_needed`.

    Looks at a phone number are left out while a record that bears only the number is linked to it: it may have been
    somebody else's then.
    """
    require_more_than_a_phone(subject)
    found = await touched(session, subject, act=act)
    withheld = any(subject.sees(one.report.id, one.kinds) is Sight.LINKED for one in found)
    stored = tuple(token.stored for token in subject.tokens if not (withheld and token.kind is IdentifierKind.PHONE))
    event = AuditEvent(LeafType.QUERY, "subject.looks", "answered", content={"withheld": withheld})
    await desk.record(session, subject, event, act=act)
    return LooksAt(stored, withheld)


async def touched(session: ReadSession, subject: Subject, *, act: Act) -> list[Touched]:
    """List every report that bears a proved contact, and the one that a link has opened."""
    return await store.touched(session, subject.stored, also=subject.linked, today=act.now.date())


async def _records(
    session: WriteSession, subject: Subject, found: Sequence[Touched], weighed: Weighed, desk: Desk
) -> tuple[Record, ...]:
    ids = [one.report.id for one in found]
    filed, said = await store.last_filed(session, ids), await store.statements(session, ids)
    points = {one.report_id: one.points for one in weighed.what_if}
    return tuple(
        _record(
            one,
            subject.sees(one.report.id, one.kinds),
            filed.get(one.report.id),
            said.get(one.report.id),
            points.get(one.report.id, 0),
            desk,
        )
        for one in found
    )


def _record(
    one: Touched, sight: Sight, filed: Revision | None, said: Statement | None, points: int, desk: Desk
) -> Record:
    report, policy = one.report, desk.policies[one.report.policy]
    is_open = sight is Sight.DETAILS and report.wrapped_key is not None and report.state is not ReportState.SEALED
    return Record(
        found=one,
        sight=sight,
        filing=desk.filing(report, filed) if is_open and filed else None,
        statement=open_text(report, said, desk) if is_open and said else None,
        points=points,
        ends_on=deleted_on(report.standing(policy.today(report.state_at)), policy),
        appealable=report.state in APPEALABLE,
    )


def _shown(records: Sequence[Record]) -> dict[str, JsonValue]:
    def ids(sight: Sight) -> list[str]:
        return [str(one.found.report.id) for one in records if one.sight is sight]

    return {"details": ids(Sight.DETAILS), "linked": ids(Sight.LINKED)}
