"""Referral: an officer proposes to hand a record over, a supervisor decides, and the bundle is made."""

from asyncio import to_thread
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from registry.api.deps import EdgeDep, Writes
from registry.api.edge import Edge
from registry.api.staff_access import StaffAct, Supervisor, denials_recorded, requires_role
from registry.api.strings import Reference, RequestModel
from registry.domain.referrals import Recipient
from registry.domain.staff import Role, Staff
from registry.services import auditing, referrals
from registry.services.auditing import Look
from registry.services.referrals import Desk, LogEntry
from registry.store.referrals import Referral

router = APIRouter(prefix="/v1/officers", tags=["referrals"])

Caseworker = Annotated[Staff, requires_role(Role.OFFICER, Role.SUPERVISOR)]

_REFERRAL: dict[str, Any] = {
    "referral_id": "01937d5e-8c00-7a10-8000-0000000000c6",
    "report_id": "01937d5e-8c00-7a10-8000-0000000000a1",
    "recipient": "police",
    "reference": "2026-JING-0105-A-1",
    "proposed_by": "01937d5e-8c00-7a10-8000-0000000000d1",
    "proposed_at": "2026-12-20T02:00:00Z",
    "approved": None,
    "decided_by": None,
    "decided_at": None,
}
_ZIP: Mapping[int | str, dict[str, Any]] = {
    200: {
        "description": "The bundle; its manifest names every file.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}, "example": "a ZIP"}},
    }
}


class ProposedReferral(RequestModel):
    """To whom a record is to be handed, and under which reference of theirs or which statute."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"recipient": "police", "reference": "2026-JING-0105-A-1"}]}
    )

    recipient: Recipient
    reference: Reference


class ShownReferral(BaseModel):
    """A referral as it stands; `approved` is null until another person decides."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REFERRAL]})

    referral_id: UUID
    report_id: UUID
    recipient: Recipient
    reference: str
    proposed_by: UUID
    proposed_at: datetime
    approved: bool | None
    decided_by: UUID | None
    decided_at: datetime | None


@router.post(
    "/reports/{report_id}:refer",
    operation_id="proposeReferral",
    summary="Propose to hand a record over",
    status_code=201,
)
async def propose(
    staff: Caseworker, edge: EdgeDep, session: Writes, act: StaffAct, report_id: UUID, wish: ProposedReferral
) -> ShownReferral:
    """Propose to hand a record to a court, the police, a regulator or a provider; another person decides."""
    fields = (report_id, wish.recipient, wish.reference)
    return _shown(await referrals.propose(session, *fields, by=staff.staff_id, act=act, desk=edge.referrals))


@router.post("/referrals/{referral_id}:approve", operation_id="approveReferral", summary="Approve a referral")
async def approve(staff: Supervisor, edge: EdgeDep, session: Writes, act: StaffAct, referral_id: UUID) -> ShownReferral:
    """Approve what somebody else proposed; the bundle can be fetched from now on, while the record stands."""
    async with denials_recorded(edge, act):
        done = await referrals.decide(
            session, referral_id, approved=True, by=staff.staff_id, act=act, desk=edge.referrals
        )
    return _shown(done)


@router.post("/referrals/{referral_id}:refuse", operation_id="refuseReferral", summary="Refuse a referral")
async def refuse(staff: Supervisor, edge: EdgeDep, session: Writes, act: StaffAct, referral_id: UUID) -> ShownReferral:
    """Refuse what somebody else proposed."""
    async with denials_recorded(edge, act):
        done = await referrals.decide(
            session, referral_id, approved=False, by=staff.staff_id, act=act, desk=edge.referrals
        )
    return _shown(done)


@router.get(
    "/referrals/{referral_id}/bundle",
    operation_id="fetchReferral",
    summary="Fetch the bundle of an approved referral",
    response_class=Response,
    responses=dict(_ZIP),
)
async def fetch(staff: Caseworker, edge: EdgeDep, act: StaffAct, referral_id: UUID) -> Response:  # noqa: ARG001 - the role
    """Make the bundle: record, evidence manifest, law of the day of the act, letters, proofs of the log."""
    bundle = await _bundle(edge, act, referral_id)
    headers = {"content-disposition": f'attachment; filename="referral-{referral_id}.zip"', "cache-control": "no-store"}
    return Response(bundle, headers=headers, media_type="application/zip")


async def _bundle(edge: Edge, act: StaffAct, referral_id: UUID) -> bytes:
    """Read, make, record: apart, because no transaction may wait for the drawing of letters."""
    desk: Desk = edge.referrals
    async with edge.database.write() as session:
        found = await referrals.find(session, referral_id, act=act, desk=desk)
    async with edge.audit_database.read() as reads:
        tags = auditing.tags_of(found.stored, edge.auditing)
        looks = await auditing.of_record(reads, found.report.id, tags, desk=edge.auditing)
    entries = [_entry(one) for one in looks]
    bundle = await to_thread(referrals.assemble, found, entries, realm=desk.realm)
    async with edge.database.write() as session:
        digest = sha256(bundle).hexdigest()
        await referrals.hand_over(session, found, digest, entries, act=act, desk=desk)
    return bundle


def _entry(one: Look) -> LogEntry:
    return LogEntry(one.id, one.entry.sealed.leaf, one.entry.openings, one.proof)


def _shown(one: Referral) -> ShownReferral:
    return ShownReferral(
        referral_id=one.id,
        report_id=one.report_id,
        recipient=one.recipient,
        reference=one.reference,
        proposed_by=one.proposed_by,
        proposed_at=one.proposed_at,
        approved=one.approved,
        decided_by=one.decided_by,
        decided_at=one.decided_at,
    )
