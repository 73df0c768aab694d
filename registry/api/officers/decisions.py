"""Decide a case: one drafts, another approves; what comes from outside is entered by one, applied by another."""

from uuid import UUID

from fastapi import APIRouter

from registry.api.officers.access import AtCounter, Caseworker, SecondPerson, Worker
from registry.api.officers.models import NewDraft, NewRuling, ReadDraft, ShownCase, correction_of
from registry.api.staff_access import Officer
from registry.domain.appeal_case import AppealStep, Approval, Draft, Ruling

router = APIRouter(prefix="/v1/officers/appeals", tags=["officers"])


@router.post("/{appeal_id}:draft", operation_id="draftDecision", summary="Draft a decision")
async def draft(staff: Worker, counter: AtCounter, appeal_id: UUID, told: NewDraft) -> ShownCase:
    """Draft a decision on the evidence as it is; its reasons are printed in the letter."""
    said = Draft(
        told.result,
        told.reasons,
        told.evidence_digest or "",
        act_denied=told.act_denied,
        findings=told.findings,
        automation=told.automation,
        correction=correction_of(told.correction),
    )
    return await counter.step(staff, appeal_id, AppealStep.DRAFT, said)


@router.post("/{appeal_id}:approve", operation_id="approveDecision", summary="Approve a draft")
async def approve(staff: SecondPerson, counter: AtCounter, appeal_id: UUID, read: ReadDraft) -> ShownCase:
    """Approve the draft of another person that one has read; the last approval that the severity needs decides."""
    return await counter.step(staff, appeal_id, AppealStep.APPROVE, Approval(read.draft_digest))


@router.post("/{appeal_id}:return", operation_id="returnDraft", summary="Return a draft")
async def give_back(staff: SecondPerson, counter: AtCounter, appeal_id: UUID) -> ShownCase:
    """Give a draft back to its maker."""
    return await counter.step(staff, appeal_id, AppealStep.RETURN)


@router.post("/{appeal_id}:record-external", operation_id="recordExternal", summary="Enter a decision from outside")
async def record_external(staff: Officer, counter: AtCounter, appeal_id: UUID, told: NewRuling) -> ShownCase:
    """Enter what a court, regulator or mediator decided; another person applies it."""
    said = Ruling(told.result, correction_of(told.correction))
    return await counter.step(staff, appeal_id, AppealStep.RECORD_EXTERNAL, said)


@router.post("/{appeal_id}:apply-external", operation_id="applyExternal", summary="Apply a decision from outside")
async def apply_external(staff: Caseworker, counter: AtCounter, appeal_id: UUID) -> ShownCase:
    """Apply what another person entered."""
    return await counter.step(staff, appeal_id, AppealStep.APPLY_EXTERNAL)
