"""The letters to oneself: as JSON, as HTML, as PDF."""

from uuid import UUID

from fastapi import APIRouter, Response

from registry.api import letter_forms
from registry.api.appeal_models import letter_ref
from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.me.appeal_door import Door
from registry.api.officers.models import LetterPart, ShownLetter
from registry.api.subject_access import SubjectDep

router = APIRouter(prefix="/v1/me/appeals/{appeal_id}/letters/{letter_id}", tags=["subjects"])


@router.get("", operation_id="showOwnLetter", summary="Show a letter to oneself")
async def show(
    subject: SubjectDep, appeal_id: UUID, letter_id: UUID, edge: EdgeDep, session: Writes, act: StrangerAct
) -> ShownLetter:
    """Show a letter as it was written."""
    kept, letter = await Door(subject, edge, session, act).letter(appeal_id, letter_id)
    return ShownLetter(
        **letter_ref(kept).model_dump(),
        livemode=edge.facts.livemode,
        subject=letter.subject,
        parts=[LetterPart(heading=one.heading, paragraphs=list(one.paragraphs)) for one in letter.parts],
    )


@router.get(
    "/html",
    operation_id="showOwnLetterHtml",
    summary="Show a letter to oneself as HTML",
    response_class=Response,
    responses=letter_forms.HTML,
)
async def as_html(
    subject: SubjectDep, appeal_id: UUID, letter_id: UUID, edge: EdgeDep, session: Writes, act: StrangerAct
) -> Response:
    """Show a letter as a document that needs nothing else."""
    _, letter = await Door(subject, edge, session, act).letter(appeal_id, letter_id)
    return letter_forms.as_html(letter)


@router.get(
    "/pdf",
    operation_id="showOwnLetterPdf",
    summary="Show a letter to oneself as PDF",
    response_class=Response,
    responses=letter_forms.PDF,
)
async def as_pdf(
    subject: SubjectDep, appeal_id: UUID, letter_id: UUID, edge: EdgeDep, session: Writes, act: StrangerAct
) -> Response:
    """Draw a letter; the same letter gives the same bytes."""
    _, letter = await Door(subject, edge, session, act).letter(appeal_id, letter_id)
    return letter_forms.as_pdf(letter)
