"""Conduct of members: each sees its own; two supervisors lift a sanction."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from registry.api import cursors
from registry.api.deps import ActDep, EdgeDep, MemberReader, Writes
from registry.api.staff_access import StaffAct, Supervisor, denials_recorded, requires_role
from registry.api.strings import Cursor, RequestModel, Sentence
from registry.domain.ids import MemberIntegrity
from registry.domain.integrity import Sanction
from registry.domain.staff import Role, Staff
from registry.services import integrity
from registry.store.integrity import Imposed

router = APIRouter(prefix="/v1", tags=["integrity"])

Looker = Annotated[Staff, requires_role(Role.AUDITOR, Role.SUPERVISOR)]

_MILLION = 10**6
_ID = "01937d5e-8c00-7a10-8000-0000000000f7"
_SANCTION: dict[str, Any] = {
    "sanction_id": _ID,
    "sanction": "filing_supervised",
    "began_at": "2026-11-21T12:00:00Z",
    "ended_at": None,
    "lift_proposed_at": None,
}
_SHOWN: dict[str, Any] = _SANCTION | {
    "member_id": "01937d5e-8c00-7a10-8000-000000000001",
    "lift_proposed_by": None,
    "lift_reason": None,
    "lifted_by": None,
}


class ShownFinding(BaseModel):
    """One finding: MI-01 false report, MI-02 query without a claim, MI-03 late answer, MI-04 no notice."""

    kind: MemberIntegrity
    at: datetime
    source: str
    source_id: UUID
    recorded_at: datetime


class OwnSanction(BaseModel):
    """What follows by rule, since when, and whether somebody proposes to lift it."""

    sanction_id: UUID
    sanction: Sanction
    began_at: datetime
    ended_at: datetime | None
    lift_proposed_at: datetime | None


class FaredReports(BaseModel):
    """How the reports of the member's group fared in the last 24 months; scores rest on it."""

    heard: int
    overturned: int
    sampled: int
    failed: int


class OwnIntegrity(BaseModel):
    """A member's own conduct. `overturned_ppm` is of its last decisions, null while there are too few."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "livemode": False,
                    "findings": [
                        {
                            "kind": "MI-03",
                            "at": "2026-11-20T16:00:00Z",
                            "source": "appeal",
                            "source_id": "01937d5e-8c00-7a10-8000-0000000000a4",
                            "recorded_at": "2026-11-20T16:00:02Z",
                        }
                    ],
                    "sanctions": [_SANCTION],
                    "overturned_ppm": None,
                    "reports": {"heard": 41, "overturned": 2, "sampled": 1, "failed": 0},
                }
            ]
        }
    )

    livemode: bool
    findings: list[ShownFinding]
    sanctions: list[OwnSanction]
    overturned_ppm: int | None
    reports: FaredReports


class LiftProposal(RequestModel):
    """Why a sanction is to be lifted."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The claim was opened after all."}]})

    reason: Sentence


class ShownSanction(OwnSanction):
    """A sanction as the staff see it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SHOWN]})

    member_id: UUID
    lift_proposed_by: UUID | None
    lift_reason: str | None
    lifted_by: UUID | None


class SanctionPage(BaseModel):
    """Sanctions in force, oldest first; send `next_cursor` as `cursor` for what comes after."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sanctions": [_SHOWN], "next_cursor": None}]})

    sanctions: list[ShownSanction]
    next_cursor: str | None


@router.get("/integrity", operation_id="showOwnIntegrity", summary="Show one's own conduct")
async def own(caller: MemberReader, edge: EdgeDep, session: Writes, act: ActDep) -> OwnIntegrity:
    """Show what was found of the calling member, what follows from it, and how its group's reports fared."""
    seen = await integrity.own(session, caller=caller, policies=edge.policies, act=act, trail=edge.trail)
    fared = seen.reliability
    return OwnIntegrity(
        livemode=edge.facts.livemode,
        findings=[ShownFinding.model_validate(one, from_attributes=True) for one in seen.findings],
        sanctions=[OwnSanction(**_own(one)) for one in seen.sanctions],
        overturned_ppm=None if seen.rate is None else int(seen.rate * _MILLION),
        reports=FaredReports.model_validate(fared, from_attributes=True),
    )


@router.get("/sanctions", operation_id="listSanctions", summary="List the sanctions in force")
async def page(
    _: Looker,
    edge: EdgeDep,
    session: Writes,
    act: StaffAct,
    limit: Annotated[int, Query(ge=1, le=cursors.MOST)] = 50,
    cursor: Cursor | None = None,
) -> SanctionPage:
    """List the sanctions in force, oldest first."""
    after = cursors.decode(cursor, at="cursor")
    found = await integrity.page(session, limit=limit, after=after, act=act, trail=edge.trail)
    return SanctionPage(
        sanctions=[_shown(one) for one in found],
        next_cursor=cursors.following(found, limit, lambda one: (one.began_at, one.id)),
    )


@router.post("/sanctions/{sanction_id}:propose-lift", operation_id="proposeLift", summary="Propose to lift a sanction")
async def propose(
    staff: Supervisor, sanction_id: UUID, wish: LiftProposal, edge: EdgeDep, session: Writes, act: StaffAct
) -> ShownSanction:
    """Propose to lift a sanction; another supervisor does it."""
    return _shown(
        await integrity.propose_lift(session, sanction_id, wish.reason, by=staff.staff_id, act=act, trail=edge.trail)
    )


@router.post("/sanctions/{sanction_id}:lift", operation_id="liftSanction", summary="Lift a sanction")
async def lift(staff: Supervisor, sanction_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> ShownSanction:
    """Lift what another supervisor proposed to lift; what it rested on is no ground for another sanction."""
    async with denials_recorded(edge, act):
        done = await integrity.lift(session, sanction_id, by=staff.staff_id, act=act, trail=edge.trail)
    return _shown(done)


def _own(one: Imposed) -> dict[str, Any]:
    return {
        "sanction_id": one.id,
        "sanction": one.sanction,
        "began_at": one.began_at,
        "ended_at": one.ended_at,
        "lift_proposed_at": one.lift_proposed_at,
    }


def _shown(one: Imposed) -> ShownSanction:
    return ShownSanction(
        **_own(one),
        member_id=one.member_id,
        lift_proposed_by=one.lift_proposed_by,
        lift_reason=one.lift_reason,
        lifted_by=one.lifted_by,
    )
