"""Second instance and decisions from outside: three seats, their votes; what a court decided, applied by another."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from registry.api.problems import status_of
from registry.api.strings import RequestModel, Sha256Hex
from registry.console.cases.bench import AtBench, Bench, Caseworker, Officer, Panelist, Supervisor, back
from registry.console.cases.forms import Correctable, Corrected
from registry.console.cases.views import meaning
from registry.domain.appeal_case import AppealStep, Result, Ruling, Said, Seat, Seating, Vote
from registry.errors import Conflict, Denied, Malformed
from registry.pages import Filled, fill

router = APIRouter(prefix="/appeals/{appeal_id}")


class NewSeat(RequestModel):
    """Who sits where; `ties` are groups of members in which the person declares an interest."""

    seat: Seat
    staff_id: UUID
    ties: Annotated[tuple[UUID, ...], Field(max_length=100)] = ()


class NewVote(Corrected):
    """What one seat decides, on the evidence that it saw."""

    evidence_digest: Sha256Hex | None = None


@router.post("/seat")
async def seat(request: Request, _: Supervisor, bench: AtBench, appeal_id: UUID) -> Response:
    """Give a seat to somebody who has no part and no interest in the matter."""
    told = (await fill(request, NewSeat)).model
    if told is None:
        raise Malformed("request_invalid")
    return await bench.take(appeal_id, AppealStep.SEAT, Seating(told.seat, told.staff_id, frozenset(told.ties)))


@router.get("/vote")
async def before_vote(_: Panelist, bench: AtBench, appeal_id: UUID) -> Response:
    """Show the form of a vote."""
    return await _form(bench, "case_vote.html", appeal_id, Filled())


@router.post("/vote")
async def vote(request: Request, _: Panelist, bench: AtBench, appeal_id: UUID) -> Response:
    """Vote with reasons; the vote in the middle of three decides."""
    filled = await fill(request, NewVote)
    if filled.model is None:
        return await _form(bench, "case_vote.html", appeal_id, filled)
    told, report = filled.model, await bench.report(appeal_id)
    said = Vote(Result(told.result), told.reasons, told.evidence_digest or "", told.correction(report))
    return await _decide(bench, "case_vote.html", appeal_id, AppealStep.VOTE, said, filled)


@router.get("/outside")
async def before_outside(_: Officer, bench: AtBench, appeal_id: UUID) -> Response:
    """Show the form of a decision from outside."""
    return await _form(bench, "case_outside.html", appeal_id, Filled())


@router.post("/outside")
async def outside(request: Request, _: Officer, bench: AtBench, appeal_id: UUID) -> Response:
    """Enter what a court, regulator or mediator decided; another person applies it."""
    filled = await fill(request, Correctable)
    if filled.model is None:
        return await _form(bench, "case_outside.html", appeal_id, filled)
    told, report = filled.model, await bench.report(appeal_id)
    said = Ruling(Result(told.result), told.correction(report))
    return await _decide(bench, "case_outside.html", appeal_id, AppealStep.RECORD_EXTERNAL, said, filled)


@router.post("/apply-outside")
async def apply_outside(_: Caseworker, bench: AtBench, appeal_id: UUID) -> Response:
    """Apply what another person entered."""
    return await bench.take(appeal_id, AppealStep.APPLY_EXTERNAL)


async def _decide(
    bench: Bench,
    template: str,
    appeal_id: UUID,
    step: AppealStep,
    said: Said,
    filled: Filled,  # type: ignore[type-arg] # of either form
) -> Response:
    try:
        await bench.step(appeal_id, step, said)
    except (Conflict, Denied) as refusal:
        return await _form(bench, template, appeal_id, filled.refused(refusal))
    return back(appeal_id)


async def _form(bench: Bench, template: str, appeal_id: UUID, filled: Filled) -> Response:  # type: ignore[type-arg] # likewise
    refusal = filled.refusal
    status = status_of(refusal) if refusal else 422 if filled.faults else 200
    view = await bench.view(appeal_id)
    return bench.draw(template, view, status=status, form=filled, refusal=meaning(refusal))
