"""What anybody may read of the registry's conduct and its members'; what auditors are alerted of."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from registry.api import cursors
from registry.api.audit.deps import AuditReads
from registry.api.deps import EdgeDep, Reads, Writes
from registry.api.discovery import IfNoneMatch, cacheable
from registry.api.examples import example
from registry.api.staff_access import Auditor, StaffAct
from registry.api.strings import Cursor
from registry.domain.events import timestamp
from registry.domain.ids import IdentifierKind
from registry.services import figures
from registry.services.figures import Published

router = APIRouter(prefix="/v1", tags=["figures"])

_PUBLISHED: dict[str, Any] = {
    "livemode": False,
    "quarters": [
        {
            "quarter": "2026-10-01",
            "as_of": "2027-01-01T00:00:30.000Z",
            "appeals": 84,
            "decisions": {"amended": 11, "inconclusive": None, "overturned": None, "upheld": 51, "withdrawn": 12},
            "median_days": 13,
            "members": [
                {
                    "member": "m-7k3q9x2d",
                    "appeals": 40,
                    "overturned_ppm": None,
                    "reciprocity_ppm": 81_234,
                    "reports": 1_210,
                }
            ],
            "overturned_ppm": 214_285,
            "reports": 1_980,
            "second_looks": {"inconclusive": 0, "overturned": None, "upheld": None},
            "small_cell": 10,
        }
    ],
    "second_look_seeds": [{"week": "2026-11-16", "seed": "5f" * 32}],
}
_ALARM: dict[str, Any] = {
    "alarm_id": "01937d5e-8c00-7a10-8000-0000000000f9",
    "members": ["01937d5e-8c00-7a10-8000-000000000001", "01937d5e-8c00-7a10-8000-000000000002"],
    "kind": "phone",
    "common": 12,
    "expected_thousandths": 640,
    "found_at": "2026-11-21T12:00:00Z",
}


class ShownAlarm(BaseModel):
    """Two members of different groups whose subjects coincide far above chance, as tokens of one kind tell."""

    alarm_id: UUID
    members: tuple[UUID, UUID]
    kind: IdentifierKind
    common: int
    expected_thousandths: int
    found_at: datetime


class AlarmPage(BaseModel):
    """Alarms, the newest first; `next_cursor` leads to older ones."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"alarms": [_ALARM], "next_cursor": None}]})

    alarms: list[ShownAlarm]
    next_cursor: str | None


@router.get(
    "/transparency",
    operation_id="showTransparency",
    summary="Show the figures of the registry and of its members",
    response_model=None,
    responses=example(_PUBLISHED),
)
async def transparency(edge: EdgeDep, session: Reads, if_none_match: IfNoneMatch = None) -> Response:
    """Show each quarter that is over; null stands where a count is too small to show, or would betray one that is."""
    quarters, seeds = await figures.published(session)
    content = {
        "livemode": edge.facts.livemode,
        "quarters": [_quarter(one) for one in quarters],
        "second_look_seeds": [{"week": week.isoformat(), "seed": seed.hex()} for week, seed in seeds],
    }
    return cacheable(content, if_none_match)


@router.get("/overlap-alarms", operation_id="listOverlapAlarms", summary="List members whose subjects coincide")
async def overlap_alarms(
    _: Auditor,
    edge: EdgeDep,
    session: Writes,
    reads: AuditReads,
    act: StaffAct,
    limit: Annotated[int, Query(ge=1, le=cursors.MOST)] = 50,
    cursor: Cursor | None = None,
) -> AlarmPage:
    """List pairs of members whose subjects coincide far above chance, the newest first."""
    before = cursors.decode(cursor, at="cursor")
    found = await figures.alarms(session, reads, limit=limit, before=before, act=act, trail=edge.trail)
    return AlarmPage(
        alarms=[
            ShownAlarm(
                alarm_id=one.id,
                members=(one.low_id, one.high_id),
                kind=one.kind,
                common=one.common,
                expected_thousandths=one.expected,
                found_at=one.found_at,
            )
            for one in found
        ],
        next_cursor=cursors.following(found, limit, lambda one: (one.found_at, one.id)),
    )


def _quarter(one: Published) -> dict[str, Any]:
    return {"quarter": one.quarter.isoformat(), "as_of": timestamp(one.as_of), **one.figures}
