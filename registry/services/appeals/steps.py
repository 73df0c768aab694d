"""The one way in which an appeal moves: rows locked, missed clocks first, then the step, then all that follows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from registry.domain.appeal_case import (
    Actor,
    AppealState,
    AppealStep,
    Assignee,
    Case,
    Evidence,
    Party,
    Said,
    Seating,
)
from registry.domain.appeal_digests import evidence_digest
from registry.domain.appeal_files import EvidenceKind, MessageKind, Side
from registry.domain.appeals import OPEN, check_withdrawal
from registry.domain.events import Act, AuditEvent
from registry.domain.staff import Role
from registry.domain.uploads import check_manifest
from registry.errors import Conflict, NotFound
from registry.services import audit
from registry.services.appeals import consequences
from registry.services.appeals.desk import MESSAGE, STATEMENT, Desk
from registry.services.appeals.people import AT_WORK, check_fit
from registry.services.appeals.plans import Turn, Wish, moves, plan
from registry.store import appeal_threads, reports, scores
from registry.store import appeals as store
from registry.store.appeal_threads import Artefact, Message
from registry.store.appeals import Appeal
from registry.store.database import WriteSession
from registry.store.reports import Report
from registry_formats.leaf import JsonValue, LeafType

EVERYBODY = (Side.MEMBER, Side.REGISTRY, Side.SUBJECT)
_SIDES = {Party.MEMBER: Side.MEMBER, Party.SUBJECT: Side.SUBJECT}


@dataclass(frozen=True, slots=True)
class Words:
    """What is said with a step: a message, who may read it, and the member's signature over it where there is one."""

    kind: MessageKind
    text: str = field(repr=False)
    visible_to: tuple[Side, ...] = EVERYBODY
    jws: str | None = field(default=None, repr=False)
    jws_sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One thing put forward; `sha256` names its bytes, in hex."""

    sha256: str
    kind: EvidenceKind
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Standing:
    """An appeal with its case and the record, as they stand now."""

    appeal: Appeal
    case: Case
    report: Report

    @property
    def state(self) -> AppealState:
        """Where the appeal stands."""
        return self.case.state


async def step(  # noqa: PLR0913 - what is done, by whom, with which words
    session: WriteSession,
    appeal_id: UUID,
    step: AppealStep,
    said: Said = None,
    *,
    by: Actor,
    act: Act,
    desk: Desk,
    words: Words | None = None,
) -> Standing:
    """Take one step of an appeal, after everything that time has to do before it.

    Raises:
        NotFound: `appeal_unknown`, `appeal_forgotten`, `staff_unknown`.
        Conflict: `appeal_changed` if somebody else has just moved it, `appeal_unfit` if whoever is to be given a task
            lacks its role; else as `domain.appeals.decide`.
        Denied: likewise.
    """
    if isinstance(said, Assignee):
        await check_fit(session, said.staff_id, AT_WORK)
    elif isinstance(said, Seating):
        await check_fit(session, said.staff_id, (Role.PANEL,))
    if step is AppealStep.WITHDRAW:
        await _check_withdrawal(session, appeal_id, desk)
    wish = Wish(step, by, said, text=words.text if words is not None else "")
    standing, turns = await _locked(session, appeal_id, wish, act, desk)
    # Said before the decision is written, so that letters and log follow in the order of things.
    if words is not None:
        await say(session, standing.appeal, words, by=by, act=act, desk=desk)
    return await take(session, standing, turns, act, desk)


async def add_evidence(
    session: WriteSession, appeal_id: UUID, exhibits: Sequence[Exhibit], *, by: Actor, act: Act, desk: Desk
) -> Standing:
    """Put something forward; whatever was decided on less is void. What a side has put forward already changes nothing.

    Errors: Conflict `files_too_many`, or nothing could be decided against a side that goes on and on; else as `step`.
    """
    before = await appeal_threads.artefacts(session, appeal_id)
    known, new = {one.sha256.hex() for one in before}, {one.sha256 for one in exhibits}
    mine = {one.sha256.hex() for one in before if one.side is side_of(by)}
    said = Evidence(evidence_digest(known | new))
    standing, turns = await _locked(session, appeal_id, Wish(AppealStep.ADD_EVIDENCE, by, said), act, desk)
    if {one.sha256.hex() for one in await appeal_threads.artefacts(session, appeal_id)} != known:
        raise Conflict("appeal_changed")
    if new <= mine:
        return standing
    check_manifest(len(mine | new))
    await put_forward(session, standing.appeal, exhibits, by=by, act=act, desk=desk)
    return await take(session, standing, turns, act, desk)


async def remark(session: WriteSession, appeal_id: UUID, words: Words, *, by: Actor, act: Act, desk: Desk) -> Standing:
    """Add to the thread of an appeal that is not over. NotFound `appeal_unknown`; Conflict `appeal_step_refused`."""
    standing = await look(session, appeal_id, desk)
    if standing.state not in OPEN:
        raise Conflict("appeal_step_refused", facts={"state": standing.state, "step": words.kind})
    await say(session, standing.appeal, words, by=by, act=act, desk=desk)
    content: dict[str, JsonValue] = {
        "appeal": str(appeal_id),
        "side": side_of(by),
        "visible_to": sorted(words.visible_to),
    }
    subject = await reports.identities(session, standing.report.id)
    event = AuditEvent(LeafType.APPEAL, "appeal.remark", standing.state, subject=tuple(subject), content=content)
    await audit.record(session, event, act=act, trail=desk.trail)
    return standing


async def say(session: WriteSession, appeal: Appeal, words: Words, *, by: Actor, act: Act, desk: Desk) -> None:
    """Add a message to the thread."""
    message_id = desk.new_id(act.now)
    signed = None if words.jws is None else desk.seal(appeal, STATEMENT, message_id, words.jws)
    message = Message(
        id=message_id,
        appeal_id=appeal.id,
        side=side_of(by),
        staff_id=by.staff_id,
        kind=words.kind,
        visible_to=words.visible_to,
        sealed_text=desk.seal(appeal, MESSAGE, message_id, words.text),
        sealed_jws=signed,
        jws_sha256=words.jws_sha256,
        at=act.now,
    )
    await appeal_threads.add_message(session, message)


async def put_forward(
    session: WriteSession, appeal: Appeal, exhibits: Sequence[Exhibit], *, by: Actor, act: Act, desk: Desk
) -> None:
    """Add to the manifest."""
    rows = [
        Artefact(
            id=desk.new_id(act.now),
            appeal_id=appeal.id,
            sha256=bytes.fromhex(one.sha256),
            kind=one.kind,
            size=one.size,
            media_type=one.media_type,
            side=side_of(by),
            staff_id=by.staff_id,
            at=act.now,
        )
        for one in exhibits
    ]
    await appeal_threads.add_artefacts(session, rows)


def side_of(by: Actor) -> Side:
    """Return on which side somebody stands."""
    return next((side for party, side in _SIDES.items() if party in by.parties), Side.REGISTRY)


async def _check_withdrawal(session: WriteSession, appeal_id: UUID, desk: Desk) -> None:
    earlier = await store.of_report(session, (await look(session, appeal_id, desk)).report.id)
    gone = [one for one in earlier if one.state is AppealState.WITHDRAWN_BY_SUBJECT and one.admitted_at is not None]
    check_withdrawal(len(gone))


async def _locked(
    session: WriteSession, appeal_id: UUID, wish: Wish, act: Act, desk: Desk
) -> tuple[Standing, list[Turn]]:
    """Work out what a step comes to, lock what it changes, and work it out again."""
    # Nobody's question has to wait for a step that comes to nothing, or that leaves the record as it is.
    stops = moves(planned(await look(session, appeal_id, desk), wish, act, desk))
    if stops:
        await scores.stop_disclosure(session)
    found = await lock(session, appeal_id, desk, wait=True)
    if found is None:
        raise NotFound("appeal_unknown")
    turns = planned(found, wish, act, desk)
    if moves(turns) and not stops:
        raise Conflict("appeal_changed")
    return found, turns


async def look(session: WriteSession, appeal_id: UUID, desk: Desk) -> Standing:
    """Read an appeal with its case and record. NotFound `appeal_unknown`."""
    appeal = await store.find(session, appeal_id)
    if appeal is None:
        raise NotFound("appeal_unknown")
    report = await reports.find(session, report_id=appeal.report_id, member_id=appeal.member_id)
    return await _standing(session, appeal, report, desk)


async def lock(session: WriteSession, appeal_id: UUID, desk: Desk, *, wait: bool) -> Standing | None:
    """Read an appeal with its record, and keep both from changing; without `wait` None if somebody holds it."""
    seen = await store.find(session, appeal_id)
    if seen is None:
        return None
    # The record first, as everywhere.
    report = await reports.lock(session, report_id=seen.report_id, member_id=seen.member_id)
    appeal = await store.lock(session, appeal_id, wait=wait)
    return None if appeal is None else await _standing(session, appeal, report, desk)


async def _standing(session: WriteSession, appeal: Appeal, report: Report | None, desk: Desk) -> Standing:
    if report is None:
        raise NotFound("appeal_unknown")
    contested = await store.is_contested(session, report.id, beside=appeal.id)
    return Standing(appeal, desk.case(appeal, report, other_open=contested), report)


def planned(standing: Standing, wish: Wish | None, act: Act, desk: Desk) -> list[Turn]:
    """Work out what a step comes to; without a wish, the first thing that time has to do."""
    policy = desk.policies[standing.report.policy]
    return plan(standing.case, standing.report, wish, policy=policy, now=act.now)


async def take(session: WriteSession, standing: Standing, turns: Sequence[Turn], act: Act, desk: Desk) -> Standing:
    """Write turns that were worked out under lock, and all that follows from each."""
    appeal, case, report = standing.appeal, standing.case, standing.report
    for turn in turns:
        case, report = turn.after, turn.moved.report if turn.moved is not None else report
        appeal = desk.kept(appeal, case, report, now=act.now)
        await store.save(session, appeal)
        await consequences.follow(session, appeal, report, turn, act=act, desk=desk)
    return Standing(appeal, case, report)
