"""What a member must hear about records it was told of."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from registry.api import cursors
from registry.api.deps import ActDep, EdgeDep, RecallAcknowledger, ReportReader, Writes
from registry.api.edge import Edge
from registry.api.idempotency import Once
from registry.api.strings import Cursor
from registry.domain.recalls import acknowledge_by
from registry.services import recalls
from registry.store.recalls import Told

router = APIRouter(prefix="/v1", tags=["recalls"])

_RECALL: dict[str, Any] = {
    "recall_id": "01937d5e-8c00-7a10-8000-0000000000b1",
    "report_id": "01937d5e-8c00-7a10-8000-0000000000a1",
    "revision": 2,
    "change": "removed",
    "reason": "mistake",
    "created_at": "2026-12-24T12:00:00Z",
    "acknowledge_by": "2026-12-25T12:00:00Z",
    "acknowledged_at": None,
    "lift": ["0193502e-4a00-7c10-8000-0000000000c1"],
}
_NEXT = "AAYpOm8_QAABk31ejAB6EIAAAAAAALE"


class ShownRecall(BaseModel):
    """One recall: the report was amended, disputed, suspended or removed; act on it wherever it was used.

    Unless `acknowledge_by` is null it must be acknowledged by then; `lift` names the outcomes that must be lifted.
    """

    recall_id: UUID
    report_id: UUID
    revision: int
    change: Literal["amended", "disputed", "removed", "suspended"]
    reason: str | None
    created_at: datetime
    acknowledge_by: datetime | None
    acknowledged_at: datetime | None
    lift: list[UUID]


class AcknowledgedRecall(ShownRecall):
    """A recall after its acknowledgement."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"livemode": False, **_RECALL, "acknowledged_at": "2026-12-24T13:00:00Z"}],
        }
    )

    livemode: bool


class RecallPage(BaseModel):
    """Recalls, oldest first; send `next_cursor` as `since` to hear what comes after, also when the page is empty."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"livemode": False, "recalls": [_RECALL], "next_cursor": _NEXT}]}
    )

    livemode: bool
    recalls: list[ShownRecall]
    next_cursor: str | None


@router.get("/recalls", operation_id="listRecalls", summary="List recalls of records one was told of")
async def page(
    caller: ReportReader,
    session: Writes,
    edge: EdgeDep,
    act: ActDep,
    limit: Annotated[int, Query(ge=1, le=cursors.MOST)] = 50,
    since: Cursor | None = None,
) -> RecallPage:
    """List the caller's recalls after a place, oldest first; none is ever added before a place that was read."""
    after = cursors.decode(since, at="since")
    found = await recalls.page(session, member_id=caller.member_id, limit=limit, after=after, act=act, trail=edge.trail)
    return RecallPage(
        livemode=edge.facts.livemode,
        recalls=[ShownRecall(**_shown(one, edge)) for one in found],
        next_cursor=cursors.encode(found[-1].recall.created_at, found[-1].recall.id) if found else since,
    )


@router.post(
    "/recalls/{recall_id}:acknowledge",
    operation_id="acknowledgeRecall",
    summary="Acknowledge a recall",
    response_model=AcknowledgedRecall,
)
async def acknowledge(caller: RecallAcknowledger, once: Once, edge: EdgeDep, act: ActDep, recall_id: UUID) -> Response:
    """Say that a recall was acted on; without it auditors are alerted after a day, and queries rest after three."""
    done = await recalls.acknowledge(once.session, recall_id, member_id=caller.member_id, act=act, trail=edge.trail)
    return await once.answer(200, AcknowledgedRecall(livemode=edge.facts.livemode, **_shown(done, edge)))


def _shown(told: Told, edge: Edge) -> dict[str, Any]:
    one, clocks = told.recall, edge.policies[told.policy].clocks
    return {
        "recall_id": one.id,
        "report_id": one.report_id,
        "revision": one.revision,
        "change": one.change,
        "reason": one.reason,
        "created_at": one.created_at,
        "acknowledge_by": acknowledge_by(one.created_at, clocks) if one.must_acknowledge else None,
        "acknowledged_at": told.acknowledged_at,
        "lift": list(told.lift),
    }
