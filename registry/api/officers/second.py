"""Second instance: three seats, one vote each."""

from uuid import UUID

from fastapi import APIRouter

from registry.api.officers.access import AtCounter
from registry.api.officers.models import NewSeat, NewVote, ShownCase, correction_of
from registry.api.staff_access import Panelist, Supervisor
from registry.domain.appeal_case import AppealStep, Seating, Vote

router = APIRouter(prefix="/v1/officers/appeals", tags=["officers"])


@router.post("/{appeal_id}:seat", operation_id="seatPanel", summary="Fill a seat of the panel")
async def seat(staff: Supervisor, counter: AtCounter, appeal_id: UUID, told: NewSeat) -> ShownCase:
    """Give a seat to somebody who has no part and no interest in the matter."""
    return await counter.step(staff, appeal_id, AppealStep.SEAT, Seating(told.seat, told.staff_id, told.ties))


@router.post("/{appeal_id}:vote", operation_id="voteOnCase", summary="Vote in second instance")
async def vote(staff: Panelist, counter: AtCounter, appeal_id: UUID, told: NewVote) -> ShownCase:
    """Vote with reasons; the vote in the middle of three decides."""
    said = Vote(told.result, told.reasons, told.evidence_digest or "", correction_of(told.correction))
    return await counter.step(staff, appeal_id, AppealStep.VOTE, said)
