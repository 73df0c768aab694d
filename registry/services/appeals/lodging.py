"""The way in: an appeal is lodged, and admitted as soon as the subject has proved control of a token of the record."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from registry.domain import appeals
from registry.domain.appeal_case import REGISTRY, SUBJECT, AppealStep, Case, Ground, Party, Result
from registry.domain.appeal_digests import evidence_digest
from registry.domain.appeal_files import MessageKind
from registry.domain.appeals import Record
from registry.domain.events import Act, AuditEvent
from registry.domain.ids import IdentifierKind
from registry.domain.subjects import mark_of
from registry.errors import Conflict, Denied, NotFound
from registry.services import audit
from registry.services.appeals import letters
from registry.services.appeals.desk import Desk
from registry.services.appeals.letters import Post
from registry.services.appeals.steps import Exhibit, Standing, Words, look, put_forward, say, step
from registry.store import appeals as store
from registry.store import reports, scores, second_looks
from registry.store.appeal_cases import gravity_of
from registry.store.appeals import Appeal, Step
from registry.store.database import WriteSession
from registry.store.reports import Report
from registry_formats.leaf import JsonValue, LeafType

_PHONE = frozenset({IdentifierKind.PHONE})
# A decision that left the record standing.
_STOOD = frozenset({Result.UPHELD, Result.AMENDED})


@dataclass(frozen=True, slots=True)
class Lodging:
    """What a person says against a record.

    Args:
        grounds: one or more.
        text: in their own words, any language; may be empty.
        language: of the letters to them, `en` or `zh`.
        proved: by kind, the stored tokens of which they have just proved control; empty while a member's link is all.
        exhibits: what they put forward.
    """

    grounds: Collection[Ground]
    text: str = field(repr=False)
    language: str
    proved: Mapping[IdentifierKind, Collection[bytes]] = field(default_factory=dict, repr=False)
    exhibits: Sequence[Exhibit] = ()


async def lodge(session: WriteSession, report_id: UUID, said: Lodging, *, act: Act, desk: Desk) -> Standing:
    """Lodge an appeal; with a proved token of the record it is admitted at once.

    Raises:
        NotFound: `report_unknown`.
        Conflict: `appeal_open`, `appeal_record_refused`, `appeal_grounds_missing`, `appeal_text_too_long`.
        Denied: `appeal_ground_unproved`.
    """
    if said.proved:
        # Before the record's row: it may lose its weight in this transaction.
        await scores.stop_disclosure(session)
    report = await store.lock_report(session, report_id)
    if report is None:
        raise NotFound("report_unknown")
    subject = await reports.identities(session, report_id)
    kinds = _kinds(said.proved, subject)
    record = await _record(session, report, kinds, desk)
    case = appeals.lodge(record, said.grounds, said.text, phone_alone=kinds == _PHONE, now=act.now)
    case = replace(case, evidence=evidence_digest(one.sha256 for one in said.exhibits) if said.exhibits else "")
    standing = Standing(_row(report, said, case, subject, act, desk), case, report)
    await store.add(session, standing.appeal)
    await say(session, standing.appeal, Words(MessageKind.APPEAL, said.text), by=SUBJECT, act=act, desk=desk)
    await put_forward(session, standing.appeal, said.exhibits, by=SUBJECT, act=act, desk=desk)
    await letters.arrived(Post(session, standing.appeal, report, subject, act, desk), case)
    await _write_down(session, standing, said, subject, act, desk)
    if not kinds:
        return standing
    return await step(session, standing.appeal.id, AppealStep.PROVE, by=REGISTRY, act=act, desk=desk)


async def prove(
    session: WriteSession,
    appeal_id: UUID,
    proved: Mapping[IdentifierKind, Collection[bytes]],
    *,
    act: Act,
    desk: Desk,
) -> Standing:
    """Take the proof that an appeal waits for, and admit it.

    Raises:
        NotFound: `appeal_unknown`.
        Conflict: `appeal_identity_unproved` if none of these tokens is on the record; else as `step`.
        Denied: `appeal_ground_unproved`.
    """
    before = await look(session, appeal_id, desk)
    subject = await reports.identities(session, before.report.id)
    kinds = _kinds(proved, subject)
    if not kinds:
        raise Conflict("appeal_identity_unproved")
    if kinds == _PHONE and set(before.appeal.grounds) != {Ground.SOMEONE_ELSE}:
        raise Denied("appeal_ground_unproved")
    await store.note_proof(session, appeal_id, kinds, _marks(appeal_id, proved, subject))
    return await step(session, appeal_id, AppealStep.PROVE, by=REGISTRY, act=act, desk=desk)


def _kinds(proved: Mapping[IdentifierKind, Collection[bytes]], subject: Sequence[bytes]) -> frozenset[IdentifierKind]:
    """Return the kinds of which a proved token is on the record: no other says anything about it."""
    return frozenset(kind for kind, tokens in proved.items() if not set(tokens).isdisjoint(subject))


def _marks(
    appeal_id: UUID, proved: Mapping[IdentifierKind, Collection[bytes]], subject: Sequence[bytes]
) -> list[bytes]:
    on_record = set(subject)
    return sorted(mark_of(appeal_id, one) for tokens in proved.values() for one in tokens if one in on_record)


async def _record(session: WriteSession, report: Report, kinds: frozenset[IdentifierKind], desk: Desk) -> Record:
    earlier = await store.of_report(session, report.id)
    involved = (_involved(desk.case(one, report)) for one in earlier)
    return Record(
        state=report.state,
        severity=report.severity,
        stated=gravity_of(report),
        group_id=report.group_id,
        open_appeal=await store.is_contested(session, report.id),
        upheld_before=any(one.result in _STOOD and _bears_on(one, kinds) for one in earlier),
        involved=(await second_looks.looked(session, report.id)).union(*involved),
    )


def _bears_on(earlier: Appeal, kinds: frozenset[IdentifierKind]) -> bool:
    """Say whether an earlier appeal speaks against one with these contacts: one by a number alone, of that alone."""
    return set(earlier.proved_kinds) != _PHONE or kinds == _PHONE


def _involved(case: Case) -> frozenset[UUID]:
    seated = {one.staff_id for one in case.second.seats} if case.second is not None else set()
    entered = {case.external.recorded_by} if case.external is not None else set()
    return case.involved | case.reviewers | case.approvers | seated | entered


def _row(report: Report, said: Lodging, case: Case, subject: Sequence[bytes], act: Act, desk: Desk) -> Appeal:
    appeal_id = desk.new_id(act.now)
    empty = Appeal(
        id=appeal_id,
        report_id=report.id,
        member_id=report.member_id,
        state=case.state,
        grounds=tuple(sorted(said.grounds)),
        proved_kinds=tuple(sorted(_kinds(said.proved, subject))),
        proved_marks=tuple(_marks(appeal_id, said.proved, subject)),
        language=said.language,
        received_at=act.now,
        turns={},
        wrapped_key=desk.new_key(appeal_id),
        changed_at=act.now,
    )
    return desk.kept(empty, case, report, now=act.now)


async def _write_down(
    session: WriteSession, standing: Standing, said: Lodging, subject: Sequence[bytes], act: Act, desk: Desk
) -> None:
    appeal = standing.appeal
    content: dict[str, JsonValue] = {
        "appeal": str(appeal.id),
        "evidence": standing.case.evidence,
        "grounds": sorted(said.grounds),
        "proved": list(appeal.proved_kinds),
        "report": str(appeal.report_id),
        "state": standing.case.state,
    }
    event = AuditEvent(
        LeafType.APPEAL,
        "appeal.lodged",
        standing.case.state,
        legal_basis=letters.BASIS,
        subject=tuple(subject),
        content=content,
    )
    entry = await audit.record(session, event, act=act, trail=desk.trail)
    lodged = Step(
        id=desk.new_id(act.now),
        appeal_id=appeal.id,
        step=None,
        party=Party.SUBJECT,
        staff_id=None,
        state=standing.case.state,
        at=act.now,
        due_at=None,
        entry_id=entry.id,
    )
    await store.add_step(session, lodged)
