"""What takes a record out of use: an officer seals, a supervisor restricts and lifts, an officer ends it early."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from registry.api import cursors
from registry.api.deps import EdgeDep, Writes
from registry.api.edge import Edge
from registry.api.staff_access import Officer, StaffAct, Supervisor
from registry.api.strings import Reference, RequestModel
from registry.domain.appeal_case import Actor
from registry.domain.ids import ReportState
from registry.domain.lifecycle import RestrictReason
from registry.domain.rehabilitation import Obstacle
from registry.services import rehabilitation, retention
from registry.services.retention import AgeProof
from registry.store.rehabilitation import Rehabilitation
from registry.store.reports import Report

router = APIRouter(prefix="/v1/officers", tags=["retention"])

_REPORT = "01937d5e-8c00-7a10-8000-0000000000a1"
_APPLICATION: dict[str, Any] = {
    "rehabilitation_id": "01937d5e-8c00-7a10-8000-0000000000c5",
    "report_id": _REPORT,
    "applied_at": "2026-11-21T12:00:00Z",
    "due_at": "2026-12-11T16:00:00Z",
    "granted": None,
    "decided_at": None,
    "obstacle": None,
}


def _example(**example: Any) -> ConfigDict:  # noqa: ANN401 - JSON of any kind
    return ConfigDict(json_schema_extra={"examples": [example]})


class Minor(RequestModel):
    """What shows that the person was under 18 at the act; the proof itself is not kept here."""

    model_config = _example(shown_by="identity_document")

    shown_by: AgeProof


class Restriction(RequestModel):
    """Why a record is kept out of use, and the file number of what demands it."""

    model_config = _example(reason="court_order", reference="2026-JING-0105-MINCHU-1")

    reason: RestrictReason
    reference: Reference


class Lifting(RequestModel):
    """The file number of what lets the record be used again."""

    model_config = _example(reference="2026-JING-0105-MINCHU-2")

    reference: Reference


class Refusal(RequestModel):
    """Which condition for the early end of a record is not met."""

    model_config = _example(obstacle="rehabilitation_not_repaid")

    obstacle: Obstacle


class KeptReport(BaseModel):
    """Where a record stands now."""

    model_config = _example(livemode=False, report_id=_REPORT, state="sealed", state_reason=None)

    livemode: bool
    report_id: UUID
    state: ReportState
    state_reason: str | None


class ShownRehabilitation(BaseModel):
    """An application to end a record early; one that nobody decides until `due_at` is granted."""

    model_config = _example(**_APPLICATION)

    rehabilitation_id: UUID
    report_id: UUID
    applied_at: datetime
    due_at: datetime
    granted: bool | None
    decided_at: datetime | None
    obstacle: Obstacle | None


class Rehabilitations(BaseModel):
    """Open applications, the most urgent first."""

    model_config = _example(rehabilitations=[_APPLICATION])

    rehabilitations: list[ShownRehabilitation]


@router.post("/reports/{report_id}:seal", operation_id="sealReport", summary="Seal the record of a minor")
async def seal(
    staff: Officer,  # noqa: ARG001 - the role is what counts
    edge: EdgeDep,
    session: Writes,
    act: StaffAct,
    report_id: UUID,
    found: Minor,
) -> KeptReport:
    """Seal a record for good; whoever received it must forget it, and nothing opens it again."""
    return _kept(await retention.seal(session, report_id, found.shown_by, act=act, desk=_desk(edge)), edge)


@router.post("/reports/{report_id}:restrict", operation_id="restrictReport", summary="Keep a record out of use")
async def restrict(
    staff: Supervisor,  # noqa: ARG001 - likewise
    edge: EdgeDep,
    session: Writes,
    act: StaffAct,
    report_id: UUID,
    wish: Restriction,
) -> KeptReport:
    """Keep a record, but neither share nor score it, until it is lifted; whoever received it must stop using it."""
    done = await retention.restrict(session, report_id, wish.reason, wish.reference, act=act, desk=_desk(edge))
    return _kept(done, edge)


@router.post("/reports/{report_id}:lift", operation_id="liftReport", summary="Let a restricted record be used again")
async def lift(
    staff: Supervisor,  # noqa: ARG001 - likewise
    edge: EdgeDep,
    session: Writes,
    act: StaffAct,
    report_id: UUID,
    wish: Lifting,
) -> KeptReport:
    """Let a restricted record go back to where it stood, disputed while an appeal is open; recipients are told."""
    return _kept(await retention.lift(session, report_id, wish.reference, act=act, desk=_desk(edge)), edge)


@router.get("/rehabilitations", operation_id="listRehabilitations", summary="List applications to end a record early")
async def waiting(
    staff: Officer,  # noqa: ARG001 - likewise
    edge: EdgeDep,
    session: Writes,
    act: StaffAct,
    limit: Annotated[int, Query(ge=1, le=cursors.MOST)] = 50,
) -> Rehabilitations:
    """List open applications, the most urgent first."""
    found = await rehabilitation.waiting(session, limit=limit, act=act, desk=_rehabilitates(edge))
    return Rehabilitations(rehabilitations=[_shown(one) for one in found])


@router.post(
    "/rehabilitations/{rehabilitation_id}:grant",
    operation_id="grantRehabilitation",
    summary="End a record early",
)
async def grant(
    staff: Officer, edge: EdgeDep, session: Writes, act: StaffAct, rehabilitation_id: UUID
) -> ShownRehabilitation:
    """Grant an application; the record ends within seconds, and whoever received it is told."""
    by, desk = Actor.of(staff), _rehabilitates(edge)
    return _shown(await rehabilitation.resolve(session, rehabilitation_id, None, by=by, act=act, desk=desk))


@router.post(
    "/rehabilitations/{rehabilitation_id}:refuse",
    operation_id="refuseRehabilitation",
    summary="Refuse to end a record early",
)
async def refuse(
    staff: Officer, edge: EdgeDep, session: Writes, act: StaffAct, rehabilitation_id: UUID, why: Refusal
) -> ShownRehabilitation:
    """Refuse an application for the condition that is not met; the person may apply again."""
    by, desk = Actor.of(staff), _rehabilitates(edge)
    return _shown(await rehabilitation.resolve(session, rehabilitation_id, why.obstacle, by=by, act=act, desk=desk))


def _desk(edge: Edge) -> retention.Desk:
    return retention.Desk(edge.policies, edge.trail)


def _rehabilitates(edge: Edge) -> rehabilitation.Desk:
    return rehabilitation.Desk(edge.policies, edge.trail, edge.reports.entropy)


def _kept(report: Report, edge: Edge) -> KeptReport:
    return KeptReport(
        livemode=edge.facts.livemode, report_id=report.id, state=report.state, state_reason=report.state_reason
    )


def _shown(one: Rehabilitation) -> ShownRehabilitation:
    return ShownRehabilitation(
        rehabilitation_id=one.id,
        report_id=one.report_id,
        applied_at=one.applied_at,
        due_at=one.due_at,
        granted=one.granted,
        decided_at=one.decided_at,
        obstacle=one.obstacle,
    )
