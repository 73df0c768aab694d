"""What a member must hear about records it was told of."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from registry.api import cursors
from registry.api.deps import ActDep, EdgeDep, ReportReader, Writes
from registry.api.strings import Cursor
from registry.services import recalls
from registry.store.recalls import Recall

router = APIRouter(prefix="/v1", tags=["recalls"])

_RECALL: dict[str, Any] = {
    "recall_id": "01937d5e-8c00-7a10-8000-0000000000b1",
    "report_id": "01937d5e-8c00-7a10-8000-0000000000a1",
    "revision": 2,
    "change": "removed",
    "reason": "mistake",
    "created_at": "2026-12-24T12:00:00Z",
}
_NEXT = "AAYpOm8_QAABk31ejAB6EIAAAAAAALE"


class ShownRecall(BaseModel):
    """One recall: the report was amended, disputed, suspended or removed; act on it wherever it was used."""

    recall_id: UUID
    report_id: UUID
    revision: int
    change: Literal["amended", "disputed", "removed", "suspended"]
    reason: str | None
    created_at: datetime


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
        recalls=[_shown(one) for one in found],
        next_cursor=cursors.encode(found[-1].created_at, found[-1].id) if found else since,
    )


def _shown(one: Recall) -> ShownRecall:
    return ShownRecall(
        recall_id=one.id,
        report_id=one.report_id,
        revision=one.revision,
        change=one.change,
        reason=one.reason,
        created_at=one.created_at,
    )
