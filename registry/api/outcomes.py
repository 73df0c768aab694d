"""What a member did about an answer: recorded, lifted, listed."""

import secrets
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from registry.api import cursors
from registry.api.deps import ActDep, EdgeDep, OutcomeReader, OutcomeWriter, Writes
from registry.api.edge import Edge
from registry.api.idempotency import Once
from registry.api.score_models import ClaimRef
from registry.api.strings import Cursor, Instant, RequestModel
from registry.domain.ids import Action
from registry.domain.outcomes import Flag
from registry.domain.quotas import Quota
from registry.services import outcomes, quotas
from registry.services.outcomes import Desk
from registry.store.outcomes import Known
from registry_formats import base64url

router = APIRouter(prefix="/v1", tags=["outcomes"])

_TAKEN: dict[str, Any] = {
    "claim_ref": "3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs",
    "query_id": "0193502e-4a00-7c10-8000-0000000000aa",
    "action": "A4",
    "taken_at": "2026-11-21T10:00:00Z",
    "ends_at": "2027-01-20T10:00:00Z",
}
_OUTCOME: dict[str, Any] = {
    "outcome_id": "0193502e-4a00-7c10-8000-0000000000c1",
    **_TAKEN,
    "lifted_at": None,
    "flags": [],
    "must_lift": False,
    "created_at": "2026-11-21T10:00:01Z",
}
_NEXT = "AAYpOm8_QAABk31ejAB6EIAAAAAAALE"


class TakenAction(RequestModel):
    """One action, and the answer it rests on; a suspension needs its end."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TAKEN]})

    claim_ref: ClaimRef
    query_id: UUID
    action: Action
    taken_at: Instant
    ends_at: Instant | None = None


class Lift(RequestModel):
    """When a restriction was lifted."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"lifted_at": "2026-12-01T10:00:00Z"}]})

    lifted_at: Instant


class ShownOutcome(BaseModel):
    """An action as it stands: what was wrong with it, whether a recall says to lift it, and when it was lifted."""

    outcome_id: UUID
    claim_ref: str
    query_id: UUID
    action: Action
    taken_at: datetime
    ends_at: datetime | None
    lifted_at: datetime | None
    flags: list[Flag]
    must_lift: bool
    created_at: datetime


class RecordedOutcome(ShownOutcome):
    """An action as it stands."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"livemode": False, **_OUTCOME}]})

    livemode: bool


class OutcomePage(BaseModel):
    """Actions in the order they were recorded; send `next_cursor` as `cursor` for what comes after."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"livemode": False, "outcomes": [_OUTCOME], "next_cursor": _NEXT}]}
    )

    livemode: bool
    outcomes: list[ShownOutcome]
    next_cursor: str | None


@router.post(
    "/outcomes",
    operation_id="recordOutcome",
    summary="Record what was done about an answer",
    status_code=201,
    response_model=RecordedOutcome,
)
async def record(caller: OutcomeWriter, once: Once, edge: EdgeDep, act: ActDep, told: TakenAction) -> Response:
    """Record an action; what the answer did not permit is recorded as well, with a flag that auditors see."""
    await quotas.charge(once.session, Quota.CHANGES, 1, member_id=caller.member_id, act=act)
    claim_ref = base64url.decode(told.claim_ref)
    fields = (told.query_id, told.action, told.taken_at, told.ends_at)
    done = await outcomes.record(once.session, claim_ref, *fields, caller=caller, act=act, desk=_desk(edge))
    return await once.answer(201, RecordedOutcome(livemode=edge.facts.livemode, **_shown(done)))


@router.post(
    "/outcomes/{outcome_id}:lift",
    operation_id="liftOutcome",
    summary="Record that a restriction was lifted",
    response_model=RecordedOutcome,
)
async def lift(caller: OutcomeWriter, once: Once, edge: EdgeDep, act: ActDep, outcome_id: UUID, told: Lift) -> Response:
    """Record that a restriction was lifted, as a recall may demand."""
    await quotas.charge(once.session, Quota.CHANGES, 1, member_id=caller.member_id, act=act)
    done = await outcomes.lift(once.session, outcome_id, told.lifted_at, caller=caller, act=act, desk=_desk(edge))
    return await once.answer(200, RecordedOutcome(livemode=edge.facts.livemode, **_shown(done)))


@router.get("/outcomes", operation_id="listOutcomes", summary="List what was done about answers")
async def page(
    caller: OutcomeReader,
    session: Writes,
    edge: EdgeDep,
    act: ActDep,
    limit: Annotated[int, Query(ge=1, le=cursors.MOST)] = 50,
    cursor: Cursor | None = None,
) -> OutcomePage:
    """List the caller's own actions after a place, in the order they were recorded."""
    after = cursors.decode(cursor, at="cursor")
    found = await outcomes.page(session, caller=caller, limit=limit, after=after, act=act, desk=_desk(edge))
    return OutcomePage(
        livemode=edge.facts.livemode,
        outcomes=[ShownOutcome(**_shown(one)) for one in found],
        next_cursor=cursors.encode(found[-1].created_at, found[-1].taken.id) if len(found) == limit else None,
    )


def _shown(known: Known) -> dict[str, Any]:
    taken = known.taken
    return {
        "outcome_id": taken.id,
        "claim_ref": base64url.encode(taken.claim),
        "query_id": taken.query,
        "action": taken.action,
        "taken_at": taken.taken_at,
        "ends_at": taken.ends_at,
        "lifted_at": taken.lifted_at,
        "flags": list(known.flags),
        "must_lift": known.must_lift,
        "created_at": known.created_at,
    }


def _desk(edge: Edge) -> Desk:
    return Desk(edge.policies, edge.trail, secrets.token_bytes)
