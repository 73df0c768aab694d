"""What a member says to an appeal against its report: signed by it, as the report was."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from registry.domain import protective as rules
from registry.domain.access import Caller
from registry.domain.appeal_case import MEMBER, REGISTRY, AppealStep, ReporterAnswer
from registry.domain.appeal_files import MessageKind
from registry.domain.events import Act, AuditEvent
from registry.domain.ids import Protective
from registry.errors import Fault, Malformed
from registry.services import audit
from registry.services.appeals.desk import Desk
from registry.services.appeals.reading import check_member
from registry.services.appeals.steps import Exhibit, Standing, Words, add_evidence, look, step
from registry.store import members, protective, subject_records
from registry.store.database import WriteSession
from registry_formats import jws
from registry_formats.leaf import LeafType

STATEMENT = "registry-appeal-answer"


@dataclass(frozen=True, slots=True)
class Answered:
    """What a member signed: to which appeal, what it says, and what it puts forward."""

    appeal_id: UUID
    answer: ReporterAnswer
    text: str = field(repr=False)
    exhibits: tuple[Exhibit, ...] = ()


async def answer(
    session: WriteSession,
    appeal_id: UUID,
    compact: str,
    read: Callable[[Mapping[str, Any]], Answered],
    *,
    caller: Caller,
    act: Act,
    desk: Desk,
) -> Standing:
    """Take a member's signed answer; withdrawing ends the record at once, and a victim is warned about.

    Raises:
        FormatError: `jws_…`.
        Malformed: `request_invalid` with places, also for an answer to another appeal.
        NotFound, Conflict, Denied: as `step`.
    """
    keys = await members.live_keys(session, member_id=caller.member_id, now=desk.signing_time())
    _, payload = jws.verify(compact, keys, typ=STATEMENT)
    told = read(payload)
    if told.appeal_id != appeal_id:
        raise Malformed("request_invalid", faults=[Fault("/appeal_id", "other_appeal")])
    check_member(await look(session, appeal_id, desk), caller.member_id)
    if told.exhibits:
        await add_evidence(session, appeal_id, told.exhibits, by=MEMBER, act=act, desk=desk)
    digest = sha256(compact.encode("ascii")).digest()
    words = Words(MessageKind.ANSWER, told.text, jws=compact, jws_sha256=digest)
    done = await step(session, appeal_id, AppealStep.ANSWER, told.answer, by=MEMBER, act=act, desk=desk, words=words)
    if told.answer is ReporterAnswer.SUBJECT_IS_VICTIM:
        await _warn(session, done.report.id, act=act, desk=desk)
    return done


async def _warn(session: WriteSession, report_id: UUID, *, act: Act, desk: Desk) -> None:
    """Warn whoever asks that somebody uses the identity of the person whom this report was about."""
    placed = rules.place(desk.new_id(act.now), Protective.IDENTITY_MISUSED, by=REGISTRY, now=act.now)
    tokens = await subject_records.personal(session, report_id)
    await protective.add(session, placed, tokens)
    content = {"kind": placed.kind.value, "report": str(report_id), "warning": str(placed.id)}
    subject = tuple(one.stored for one in tokens)
    event = AuditEvent(LeafType.ADMIN, "protective.place", "placed", subject=subject, content=content)
    await audit.record(session, event, act=act, trail=desk.trail)
