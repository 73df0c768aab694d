"""Ask what is known of a person, for one open claim (`query`) or for many (`batch`)."""

from fastapi import APIRouter, Request, Response

from registry.api.deps import ActDep, EdgeDep, ScoreQuerier, act_of
from registry.api.edge import Edge
from registry.api.hot import Quick, admit
from registry.api.limits import usage_headers
from registry.api.score_models import BatchAnswer, BatchRequest, ScoreAnswer, ScoreRequest
from registry.domain.access import Caller, Scope
from registry.domain.events import Act

router = APIRouter(prefix="/v1", tags=["scores"])


@router.post("/scores:query", operation_id="queryScore", summary="Score one open claim", response_model=ScoreAnswer)
async def query(caller: ScoreQuerier, act: ActDep, edge: EdgeDep, request: Request, asked: ScoreRequest) -> Response:
    """Return what is known of the person behind one open claim, and at most what may be done with it.

    A retry with the same claim reference is a fresh answer with an entry of its own.
    """
    return await _answer(edge, asked, await request.body(), caller=caller, act=act)


async def _quick_query(request: Request, asked: ScoreRequest, body: bytes) -> Response:
    edge: Edge = request.state.edge
    caller = await admit(request, edge, Scope.SCORES_QUERY)
    return await _answer(edge, asked, body, caller=caller, act=act_of(request, edge, caller))


QUICK = {"/v1/scores:query": Quick(ScoreRequest, _quick_query)}


@router.post(
    "/scores:batch", operation_id="queryScores", summary="Score up to 500 open claims", response_model=BatchAnswer
)
async def batch(caller: ScoreQuerier, act: ActDep, edge: EdgeDep, request: Request, asked: BatchRequest) -> Response:
    """Return what is known for each of many claims, in order; an item that is refused says why."""
    body = await request.body()
    questions = [
        edge.counter.read(one, body, caller=caller, act=act, at=f"/items/{place}")
        for place, one in enumerate(asked.items)
    ]
    usage = await edge.counter.allowances.spend(caller, len(questions), act=act)
    return _json(await edge.counter.ask_batch(questions), usage_headers(usage))


async def _answer(edge: Edge, asked: ScoreRequest, body: bytes, *, caller: Caller, act: Act) -> Response:
    question = edge.counter.read(asked, body, caller=caller, act=act)
    usage = await edge.counter.allowances.spend(caller, 1, act=act)
    return _json(await edge.counter.ask(question), usage_headers(usage))


def _json(content: bytes, headers: dict[str, str]) -> Response:
    return Response(content, headers=headers, media_type="application/json")
