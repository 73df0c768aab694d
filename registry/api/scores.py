"""Ask what is known of a person, for one open claim (`query`) or for many (`batch`)."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from registry.api.deps import ActDep, EdgeDep, ScoreQuerier, act_of, record_denial
from registry.api.edge import Edge
from registry.api.hot import Quick, Ready, admit
from registry.api.limits import usage_pairs
from registry.api.score_models import BatchAnswer, BatchRequest, ScoreAnswer, ScoreRequest
from registry.domain.access import Caller, Scope
from registry.domain.events import Act
from registry.errors import Denied
from registry.teller.frames import Question
from registry_formats.details import request_digest

router = APIRouter(prefix="/v1", tags=["scores"])


@router.post("/scores:query", operation_id="queryScore", summary="Score one open claim", response_model=ScoreAnswer)
async def query(caller: ScoreQuerier, act: ActDep, edge: EdgeDep, request: Request, asked: ScoreRequest) -> Response:
    """Return what is known of the person behind one open claim, and at most what may be done with it.

    A retry with the same claim reference is a fresh answer with an entry of its own.
    """
    return await _answer(edge, asked, await request.body(), caller=caller, act=act)


async def _quick_query(request: Request, asked: ScoreRequest, body: bytes) -> Response:
    edge: Edge = request.scope["state"]["edge"]
    caller = await admit(request, edge, Scope.SCORES_QUERY)
    return await _answer(edge, asked, body, caller=caller, act=act_of(request, edge, caller))


QUICK = {"/v1/scores:query": Quick(ScoreRequest, _quick_query)}


@router.post(
    "/scores:batch", operation_id="queryScores", summary="Score up to 500 open claims", response_model=BatchAnswer
)
async def batch(caller: ScoreQuerier, act: ActDep, edge: EdgeDep, request: Request, asked: BatchRequest) -> Response:
    """Return what is known for each of many claims, in order; an item that is refused says why."""
    places = {f"/items/{place}": one for place, one in enumerate(asked.items)}
    questions = await read(edge, places, await request.body(), caller=caller, act=act)
    usage = await edge.counter.allowances.spend(caller, len(questions), act=act)
    return Ready(await edge.counter.ask(questions, batch=True), usage_pairs(usage))


async def _answer(edge: Edge, asked: ScoreRequest, body: bytes, *, caller: Caller, act: Act) -> Response:
    question = await read(edge, {"": asked}, body, caller=caller, act=act)
    usage = await edge.counter.allowances.spend(caller, 1, act=act)
    return Ready(await edge.counter.ask(question), usage_pairs(usage))


async def read(
    edge: Edge, asked: Mapping[str, ScoreRequest], body: bytes, *, caller: Caller, act: Act
) -> list[Question]:
    """Read questions by their place in the body. To ask without the right to leaves a trace."""
    edge.log_door.check()
    try:
        edge.standing.check_query(caller)
        digest = request_digest(body)
        return [edge.counter.read(one, digest, caller=caller, act=act, at=at) for at, one in asked.items()]
    except Denied as refusal:
        await record_denial(edge, {"code": refusal.code}, act=act)
        raise
