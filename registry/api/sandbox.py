"""A sandbox's clock, for members that try out what time does: windows close, deadlines pass, records expire."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from registry.api.deps import ActDep, EdgeDep, ReportWriter
from registry.api.idempotency import Once
from registry.api.strings import RequestModel
from registry.services import sandbox

router = APIRouter(prefix="/v1/sandbox", tags=["sandbox"])


class Span(RequestModel):
    """By how much; it never goes back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"days": 7, "hours": 1}]})

    days: Annotated[int, Field(ge=0, le=3650, strict=True)] = 0
    hours: Annotated[int, Field(ge=0, le=23, strict=True)] = 0


class MovedClock(BaseModel):
    """What time it is now, and by how many seconds that is ahead of real time."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"livemode": False, "now": "2026-11-28T13:00:00Z", "ahead_seconds": 608_400}]}
    )

    livemode: bool
    now: datetime
    ahead_seconds: int


@router.post(
    "/clock:advance",
    operation_id="advanceClock",
    summary="Move a sandbox's clock forward",
    response_model=MovedClock,
)
async def advance(
    caller: ReportWriter,  # noqa: ARG001 - its scope is what counts
    once: Once,
    edge: EdgeDep,
    act: ActDep,
    span: Span,
) -> Response:
    """Move the clock for every member of this sandbox and for its worker, which then does what has become due."""
    by = timedelta(days=span.days, hours=span.hours)
    ahead = await sandbox.advance_clock(once.session, by, advance=edge.advance, act=act, trail=edge.trail)
    moved = MovedClock(livemode=edge.facts.livemode, now=edge.clock(), ahead_seconds=int(ahead.total_seconds()))
    return await once.answer(200, moved)
