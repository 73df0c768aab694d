"""A case on one page, and the work on it before it is decided: write, ask, give to somebody, let new evidence count."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from registry.api.strings import FreeText, RequestModel
from registry.console.cases.bench import AtBench, Caseworker, Reader, Reviewer, Supervisor, Worker, back
from registry.domain.appeal_case import AppealStep, Assignee
from registry.domain.appeal_files import MessageKind, Side
from registry.errors import Conflict, Denied, Malformed
from registry.pages import fill
from registry.services.appeals import Words

router = APIRouter(prefix="/appeals/{appeal_id}")


class NewMessage(RequestModel):
    """A message, and who reads it besides colleagues."""

    text: FreeText
    visible_to: Annotated[tuple[Literal["member", "subject"], ...], Field(max_length=2)] = ()


class NewQuestion(RequestModel):
    """The one question to the person."""

    question: FreeText


class Assignment(RequestModel):
    """Whom to give the case to."""

    staff_id: UUID


@router.get("")
async def show(_: Reader, bench: AtBench, appeal_id: UUID) -> Response:
    """Show a case on one page."""
    return await bench.page(appeal_id)


@router.post("/messages")
async def write(request: Request, _: Caseworker, bench: AtBench, appeal_id: UUID) -> Response:
    """Write to those named, or to colleagues alone."""
    filled = await fill(request, NewMessage)
    if filled.model is None:
        return await bench.page(appeal_id, message=filled)
    readers = {Side.REGISTRY, *map(Side, filled.model.visible_to)}
    try:
        await bench.remark(appeal_id, Words(MessageKind.REMARK, filled.model.text, tuple(sorted(readers))))
    except Conflict as refusal:
        return await bench.page(appeal_id, refusal=refusal, message=filled)
    return back(appeal_id, "thread")


@router.post("/question")
async def ask(request: Request, _: Worker, bench: AtBench, appeal_id: UUID) -> Response:
    """Put the one question to the person; it moves no deadline."""
    filled = await fill(request, NewQuestion)
    if filled.model is None:
        return await bench.page(appeal_id, question=filled)
    said = Words(MessageKind.QUESTION, filled.model.question, (Side.REGISTRY, Side.SUBJECT))
    try:
        await bench.step(appeal_id, AppealStep.ASK, spoken=said)
    except (Conflict, Denied) as refusal:
        return await bench.page(appeal_id, refusal=refusal, question=filled)
    return back(appeal_id, "thread")


@router.post("/assign")
async def assign(request: Request, _: Supervisor, bench: AtBench, appeal_id: UUID) -> Response:
    """Give the case to an officer or reviewer who took no part in the matter."""
    told = (await fill(request, Assignment)).model
    if told is None:
        raise Malformed("request_invalid")
    return await bench.take(appeal_id, AppealStep.ASSIGN, Assignee(told.staff_id))


@router.post("/admit-artefact")
async def admit_artefact(_: Reviewer, bench: AtBench, appeal_id: UUID) -> Response:
    """Let a new artefact take the weight from a record that was upheld before."""
    return await bench.take(appeal_id, AppealStep.ADMIT_ARTEFACT)
