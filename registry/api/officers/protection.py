"""Warnings in favour of whoever a record is about: placed by an officer with a reason, lifted by another one."""

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from registry.api.appeal_models import REPORT, example
from registry.api.deps import EdgeDep, Writes
from registry.api.officers.access import Caseworker
from registry.api.staff_access import Officer, StaffAct, denials_recorded
from registry.api.strings import FreeText, RequestModel
from registry.domain.appeal_case import Party
from registry.domain.ids import Protective
from registry.domain.protective import ProtectiveRecord
from registry.services.subjects import protection

router = APIRouter(prefix="/v1", tags=["officers"])

_REASON = "The bank confirms that the card was stolen."
_WARNING: dict[str, Any] = {
    "warning_id": "01937d5e-8c00-7a10-8000-0000000000f1",
    "kind": "PV-02",
    "placed_by": "officer",
    "staff_id": "01937d5e-8c00-7a10-8000-0000000000d1",
    "reason": _REASON,
    "placed_at": "2026-11-21T12:00:00Z",
    "lifted_at": None,
}


class NewProtection(RequestModel):
    """PV-01 an account was taken over, PV-02 the identity is misused; and why you think so."""

    model_config = example(kind="PV-02", reason=_REASON)

    kind: Literal[Protective.ACCOUNT_TAKEN_OVER, Protective.IDENTITY_MISUSED]
    reason: FreeText


class EndedProtection(RequestModel):
    """Why the warning is needed no more."""

    model_config = example(reason="The person has a new card.")

    reason: FreeText


class ShownProtection(BaseModel):
    """A warning in favour of a person; `staff_id` and `reason` are of whoever of the staff placed it."""

    model_config = example(**_WARNING)

    warning_id: UUID
    kind: Protective
    placed_by: Party
    staff_id: UUID | None
    reason: str | None
    placed_at: datetime
    lifted_at: datetime | None

    @classmethod
    def of(cls, one: ProtectiveRecord) -> Self:
        """Show a warning."""
        alike = {name: getattr(one, name) for name in cls.model_fields if name != "warning_id"}
        return cls(warning_id=one.id, **alike)


class Protections(BaseModel):
    """Warnings in force, oldest first."""

    model_config = example(livemode=False, report_id=REPORT, warnings=[_WARNING])

    livemode: bool
    report_id: UUID
    warnings: list[ShownProtection]


@router.get(
    "/officers/reports/{report_id}/protective-records",
    operation_id="listWarnings",
    summary="List the warnings in favour of whoever a record is about",
)
async def listed(_: Caseworker, edge: EdgeDep, session: Writes, act: StaffAct, report_id: UUID) -> Protections:
    """List the warnings in force on any identifier of the record."""
    found = await protection.of_report(session, report_id, act=act, desk=edge.subjects)
    shown = [ShownProtection.of(one) for one in found]
    return Protections(livemode=edge.facts.livemode, report_id=report_id, warnings=shown)


@router.post(
    "/officers/reports/{report_id}/protective-records",
    operation_id="placeWarning",
    summary="Place a warning in favour of whoever a record is about",
    status_code=201,
)
async def place(
    staff: Officer, edge: EdgeDep, session: Writes, act: StaffAct, report_id: UUID, wish: NewProtection
) -> ShownProtection:
    """Ask every member to verify the identity afresh; it protects each identifier that the record bears."""
    desk = edge.subjects
    async with denials_recorded(edge, act):
        done = await protection.place(session, report_id, wish.kind, wish.reason, staff=staff, act=act, desk=desk)
    return ShownProtection.of(done)


@router.post(
    "/protective-records/{warning_id}:lift", operation_id="liftWarning", summary="Lift a warning, as an officer"
)
async def lift(
    staff: Officer, edge: EdgeDep, session: Writes, act: StaffAct, warning_id: UUID, why: EndedProtection
) -> ShownProtection:
    """Lift a warning of an account taken over or an identity misused, after a person has looked into it."""
    async with denials_recorded(edge, act):
        done = await protection.lift(session, warning_id, why.reason, staff=staff, act=act, desk=edge.subjects)
    return ShownProtection.of(done)
