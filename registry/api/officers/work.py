"""Work on a case before it is decided: take it, give it, lay it down, ask, remark, put forward."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict

from registry.api.appeal_models import NewEvidence
from registry.api.officers.access import AtCounter, Caseworker, Worker
from registry.api.officers.models import Assignment, NewRemark, Question, ShownCase
from registry.api.staff_access import Reviewer, Supervisor
from registry.api.strings import RequestModel
from registry.domain.appeal_case import AppealStep, Assignee
from registry.domain.appeal_files import MessageKind, Side
from registry.domain.appeal_skips import SkipReason
from registry.services.appeals import Words

router = APIRouter(prefix="/v1/officers/appeals", tags=["officers"])


class SkippedFor(RequestModel):
    """Why a case is left to colleagues."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "language"}]})

    reason: SkipReason


@router.post("/{appeal_id}:claim", operation_id="claimCase", summary="Take a case")
async def claim(staff: Worker, counter: AtCounter, appeal_id: UUID) -> ShownCase:
    """Take a case that nobody holds; of two at once, one gets it."""
    return await counter.step(staff, appeal_id, AppealStep.CLAIM)


@router.post("/{appeal_id}:skip", operation_id="skipCase", summary="Leave a case to colleagues")
async def skip(staff: Worker, counter: AtCounter, appeal_id: UUID, told: SkippedFor) -> ShownCase:
    """Pass over a case that nobody holds, and say why; it stays in the queue, and the log keeps that you did."""
    return await counter.skip(staff, appeal_id, told.reason)


@router.post("/{appeal_id}:assign", operation_id="assignCase", summary="Give a case to somebody")
async def assign(staff: Supervisor, counter: AtCounter, appeal_id: UUID, told: Assignment) -> ShownCase:
    """Give a case to an officer or reviewer who took no part in the matter, whoever held it before."""
    return await counter.step(staff, appeal_id, AppealStep.ASSIGN, Assignee(told.staff_id))


@router.post("/{appeal_id}:release", operation_id="releaseCase", summary="Lay a case down")
async def release(staff: Caseworker, counter: AtCounter, appeal_id: UUID) -> ShownCase:
    """Lay a case down; a supervisor may take it from anybody."""
    return await counter.step(staff, appeal_id, AppealStep.RELEASE)


@router.post("/{appeal_id}:ask", operation_id="askSubject", summary="Put the one question to the subject")
async def ask(staff: Worker, counter: AtCounter, appeal_id: UUID, told: Question) -> ShownCase:
    """Ask the subject once; it moves no deadline."""
    words = Words(MessageKind.QUESTION, told.question, (Side.REGISTRY, Side.SUBJECT))
    return await counter.step(staff, appeal_id, AppealStep.ASK, words=words)


@router.post("/{appeal_id}:remark", operation_id="remarkOnCase", summary="Add to the thread of a case")
async def remark(staff: Caseworker, counter: AtCounter, appeal_id: UUID, told: NewRemark) -> ShownCase:
    """Write to those named, or to colleagues alone."""
    words = Words(MessageKind.REMARK, told.text, tuple(sorted({Side.REGISTRY, *told.visible_to})))
    return await counter.remark(staff, appeal_id, words)


@router.post("/{appeal_id}:add-evidence", operation_id="addCaseEvidence", summary="Put something forward in a case")
async def add_evidence(staff: Worker, counter: AtCounter, appeal_id: UUID, told: NewEvidence) -> ShownCase:
    """Add to the manifest what the registry found out; whatever was drafted or voted on less is void."""
    return await counter.put_forward(staff, appeal_id, [one.exhibit() for one in told.evidence])


@router.post("/{appeal_id}:admit-artefact", operation_id="admitArtefact", summary="Let a new artefact count")
async def admit_artefact(staff: Reviewer, counter: AtCounter, appeal_id: UUID) -> ShownCase:
    """Take the weight from a record that was upheld before, because something new was put forward."""
    return await counter.step(staff, appeal_id, AppealStep.ADMIT_ARTEFACT)
