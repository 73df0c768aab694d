"""Recovery of accounts: one person in charge asks, another approves; docs/staff.md says who may."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from registry.api.deps import EdgeDep, Reads, Writes
from registry.api.staff_access import SignedIn, StaffAct, denials_recorded
from registry.api.staff_invitations import InvitationMade, made_as
from registry.api.staff_models import AT, ID, RECOVERY, InCharge, example
from registry.clock import real_time
from registry.domain.recoveries import RECOVERY_LIFE
from registry.services import staff as use_cases

router = APIRouter(prefix="/v1/staff", tags=["staff"])


class RecoveryAsked(BaseModel):
    """A recovery; its countersign is told once, for the owner of the account."""

    model_config = example(recovery_id=RECOVERY, countersign="k7qm-9xwd-r2ha-5tnb", expires_at=AT)

    recovery_id: UUID
    countersign: str
    expires_at: datetime


class RecoveryWaiting(BaseModel):
    """A recovery that waits for a second person."""

    model_config = example(recovery_id=RECOVERY, staff_id=ID, asked_by=ID, asked_at=AT, expires_at=AT)

    recovery_id: UUID
    staff_id: UUID
    asked_by: UUID
    asked_at: datetime
    expires_at: datetime


class Recoveries(BaseModel):
    """What waits, oldest first."""

    model_config = example(
        recoveries=[{"recovery_id": RECOVERY, "staff_id": ID, "asked_by": ID, "asked_at": AT, "expires_at": AT}]
    )

    recoveries: list[RecoveryWaiting]


@router.post("/{staff_id}:recover", operation_id="askRecovery", summary="Ask for a recovery", status_code=201)
async def ask(by: InCharge, staff_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> RecoveryAsked:
    """Ask that the owner of an account may choose afresh what to sign in with; another person has to approve."""
    async with denials_recorded(edge, act):
        asked = await use_cases.ask(session, staff_id, act=act, now=real_time(), desk=edge.staff, by=by)
    return RecoveryAsked(recovery_id=asked.recovery_id, countersign=asked.countersign, expires_at=asked.expires_at)


@router.get("/recoveries", operation_id="listRecoveries", summary="List what waits")
async def list_(by: InCharge, session: Reads) -> Recoveries:
    """List the recoveries that nobody has approved yet."""
    found = await use_cases.waiting(session, now=real_time(), by=by)
    return Recoveries(
        recoveries=[
            RecoveryWaiting(
                recovery_id=one.id,
                staff_id=one.staff_id,
                asked_by=one.asked_by,
                asked_at=one.asked_at,
                expires_at=one.asked_at + RECOVERY_LIFE,
            )
            for one in found
        ]
    )


@router.post("/recoveries/{recovery_id}:approve", operation_id="approveRecovery", summary="Approve a recovery")
async def approve(by: InCharge, recovery_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> InvitationMade:
    """Approve what another asked for; all the account signed in with ends, and you get the link for its owner."""
    async with denials_recorded(edge, act):
        made = await use_cases.approve(session, recovery_id, act=act, now=real_time(), desk=edge.staff, by=by)
    return made_as(made)


@router.post(
    "/recoveries/{recovery_id}:refuse", operation_id="refuseRecovery", summary="Stop a recovery", status_code=204
)
async def refuse(by: SignedIn, recovery_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> None:
    """Stop a recovery that nobody has approved; the owner of the account may, too."""
    async with denials_recorded(edge, act):
        await use_cases.refuse(session, recovery_id, act=act, now=real_time(), desk=edge.staff, by=by)
