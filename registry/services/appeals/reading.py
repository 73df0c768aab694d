"""Show appeals to the member, the subject and the registry, to each what it may see; every look leaves a trace."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from registry.domain.appeal_case import AppealStep, ReporterAnswer
from registry.domain.appeal_files import Side
from registry.domain.deadlines import Timer, timers
from registry.domain.events import Act, AuditEvent
from registry.errors import NotFound
from registry.letters.compose import Letter
from registry.services import audit
from registry.services.appeals.desk import MESSAGE, STATEMENT, Desk
from registry.services.appeals.steps import Standing, look
from registry.store import appeal_lists, appeal_threads, reports
from registry.store import appeals as store
from registry.store.appeal_lists import MemberTab, Wanted
from registry.store.appeal_threads import Artefact, KeptLetter, Message
from registry.store.appeals import Appeal, Step
from registry.store.database import WriteSession
from registry.store.reports import Report
from registry_formats import jws
from registry_formats.leaf import JsonValue, LeafType

_BASES = {Side.MEMBER: "own_report", Side.REGISTRY: "appeal", Side.SUBJECT: "subject"}


@dataclass(frozen=True, slots=True)
class Summary:
    """An appeal in a list: its record, and the clocks that run."""

    appeal: Appeal
    report: Report
    timers: tuple[Timer, ...]

    def due(self, step: AppealStep) -> datetime | None:
        """Return when this clock runs out, if it runs."""
        return next((timer.due for timer in self.timers if timer.step is step), None)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that this side may read; `answer` is what a member signed."""

    message: Message
    text: str = field(repr=False)
    answer: ReporterAnswer | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """All of an appeal that one side may see."""

    standing: Standing
    timers: tuple[Timer, ...]
    thread: tuple[Heard, ...]
    evidence: tuple[Artefact, ...]
    letters: tuple[KeptLetter, ...]
    steps: tuple[Step, ...]


async def queue(session: WriteSession, wanted: Wanted, *, act: Act, desk: Desk) -> list[Summary]:
    """List a part of the registry's queue, by what is due first."""
    found = await appeal_lists.queue(session, wanted)
    await _record(session, "appeal.queue", Side.REGISTRY, (), act, desk, appeals=_ids(found), tab=wanted.tab)
    return [_summary(appeal, report, desk) for appeal, report in found]


async def of_member(
    session: WriteSession,
    *,
    member_id: UUID,
    limit: int,
    after: tuple[datetime, UUID] | None,
    act: Act,
    desk: Desk,
) -> list[Summary]:
    """List admitted appeals against a member's reports, in the order they came."""
    found = await appeal_lists.of_member(session, member_id=member_id, limit=limit, after=after)
    await _record(session, "appeal.list", Side.MEMBER, (), act, desk, appeals=_ids(found))
    return [_summary(appeal, report, desk) for appeal, report in found]


async def due_of_member(
    session: WriteSession,
    tab: MemberTab,
    *,
    member_id: UUID,
    limit: int,
    after: tuple[datetime, UUID] | None,
    act: Act,
    desk: Desk,
) -> list[Summary]:
    """List a part of the appeals against a member's reports, by what is due first."""
    found = await appeal_lists.due_of_member(session, tab, member_id=member_id, limit=limit, after=after)
    await _record(session, "appeal.list", Side.MEMBER, (), act, desk, appeals=_ids(found))
    return [_summary(appeal, report, desk) for appeal, report in found]


async def of_reports(session: WriteSession, report_ids: Sequence[UUID], *, desk: Desk) -> list[Summary]:
    """List all appeals against these records; whoever shows them records the look."""
    return [_summary(appeal, report, desk) for appeal, report in await appeal_lists.of_reports(session, report_ids)]


async def show(
    session: WriteSession, appeal_id: UUID, *, side: Side, act: Act, desk: Desk, member_id: UUID | None = None
) -> Page:
    """Show an appeal to one side; to a member an admitted one against its own report. NotFound `appeal_unknown`."""
    standing = await look(session, appeal_id, desk)
    if side is Side.MEMBER:
        check_member(standing, member_id)
    subject = await reports.identities(session, standing.report.id)
    content: dict[str, JsonValue] = {"appeal": str(appeal_id), "report": str(standing.report.id)}
    await _record(session, "appeal.read", side, subject, act, desk, **content)
    letters = await appeal_threads.letters(session, appeal_id)
    messages = await appeal_threads.messages(session, appeal_id)
    return Page(
        standing=standing,
        timers=timers(standing.case, desk.policies[standing.report.policy]),
        thread=tuple(_heard(standing.appeal, one, desk) for one in messages if side in one.visible_to),
        evidence=tuple(await appeal_threads.artefacts(session, appeal_id)),
        letters=tuple(one for one in letters if side in {Side.REGISTRY, one.side}),
        steps=tuple(await store.steps(session, appeal_id)),
    )


async def letter(
    session: WriteSession, appeal_id: UUID, letter_id: UUID, *, side: Side, act: Act, desk: Desk
) -> tuple[KeptLetter, Letter]:
    """Show a letter to the side it was written to, or to the registry. NotFound `appeal_unknown`, `letter_unknown`."""
    standing = await look(session, appeal_id, desk)
    for kept in await appeal_threads.letters(session, appeal_id):
        if kept.id == letter_id and side in {Side.REGISTRY, kept.side}:
            subject = await reports.identities(session, standing.report.id)
            named = {"appeal": str(appeal_id), "letter_id": str(letter_id)}
            await _record(session, "appeal.letter_read", side, subject, act, desk, **named)
            return kept, desk.letter(standing.appeal, letter_id, kept.sealed_letter)
    raise NotFound("letter_unknown")


def opened_letters(page: Page, *, desk: Desk) -> list[tuple[KeptLetter, Letter]]:
    """Open the letters of a page, none once they are forgotten; whoever shows them records the look."""
    appeal = page.standing.appeal
    if appeal.wrapped_key is None:
        return []
    return [(kept, desk.letter(appeal, kept.id, kept.sealed_letter)) for kept in page.letters]


def summary(standing: Standing, desk: Desk) -> Summary:
    """Sum up an appeal as it stands."""
    policy = desk.policies[standing.report.policy]
    return Summary(standing.appeal, standing.report, timers(standing.case, policy))


def check_member(standing: Standing, member_id: UUID | None) -> None:
    """Refuse whose report it is not, and an appeal that is not admitted yet. NotFound `appeal_unknown`."""
    if standing.appeal.member_id != member_id or standing.case.admitted_at is None:
        raise NotFound("appeal_unknown")


def _heard(appeal: Appeal, message: Message, desk: Desk) -> Heard:
    if appeal.wrapped_key is None:
        return Heard(message, "")
    text, answer = desk.open(appeal, MESSAGE, message.id, message.sealed_text), None
    if message.sealed_jws is not None:
        signed = jws.payload(desk.open(appeal, STATEMENT, message.id, message.sealed_jws))
        answer = ReporterAnswer(signed["answer"])
    return Heard(message, text, answer)


def _summary(appeal: Appeal, report: Report, desk: Desk) -> Summary:
    return Summary(appeal, report, timers(desk.case(appeal, report), desk.policies[report.policy]))


def _ids(found: Sequence[tuple[Appeal, Report]]) -> list[JsonValue]:
    return [str(appeal.id) for appeal, _ in found]


async def _record(
    session: WriteSession,
    action: str,
    side: Side,
    subject: Sequence[bytes],
    act: Act,
    desk: Desk,
    **content: JsonValue,
) -> None:
    event = AuditEvent(
        LeafType.QUERY, action, "answered", legal_basis=_BASES[side], subject=tuple(subject), content=content
    )
    await audit.record(session, event, act=act, trail=desk.trail)
