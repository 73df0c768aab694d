"""The letters of a case: as JSON, as HTML, as PDF."""

from uuid import UUID

from fastapi import APIRouter, Response

from registry.api import letter_forms
from registry.api.appeal_models import letter_ref
from registry.api.deps import EdgeDep, Writes
from registry.api.officers.access import Reader
from registry.api.officers.models import LetterList, LetterPart, ShownLetter
from registry.api.staff_access import StaffAct
from registry.domain.appeal_files import Side
from registry.services import appeals

router = APIRouter(prefix="/v1/officers/appeals", tags=["officers"])


@router.get("/{appeal_id}/letters", operation_id="listLetters", summary="List the letters of a case")
async def listed(_: Reader, session: Writes, edge: EdgeDep, act: StaffAct, appeal_id: UUID) -> LetterList:
    """List the letters in the order they were written."""
    found = await appeals.show(session, appeal_id, side=Side.REGISTRY, act=act, desk=edge.appeals)
    return LetterList(livemode=edge.facts.livemode, letters=[letter_ref(one) for one in found.letters])


@router.get("/{appeal_id}/letters/{letter_id}", operation_id="showLetter", summary="Show a letter")
async def show(
    _: Reader, session: Writes, edge: EdgeDep, act: StaffAct, appeal_id: UUID, letter_id: UUID
) -> ShownLetter:
    """Show a letter as it was written."""
    kept, letter = await appeals.letter(session, appeal_id, letter_id, side=Side.REGISTRY, act=act, desk=edge.appeals)
    return ShownLetter(
        **letter_ref(kept).model_dump(),
        livemode=edge.facts.livemode,
        subject=letter.subject,
        parts=[LetterPart(heading=one.heading, paragraphs=list(one.paragraphs)) for one in letter.parts],
    )


@router.get(
    "/{appeal_id}/letters/{letter_id}/html",
    operation_id="showLetterHtml",
    summary="Show a letter as HTML",
    response_class=Response,
    responses=letter_forms.HTML,
)
async def as_html(
    _: Reader, session: Writes, edge: EdgeDep, act: StaffAct, appeal_id: UUID, letter_id: UUID
) -> Response:
    """Show a letter as a document that needs nothing else."""
    _kept, letter = await appeals.letter(session, appeal_id, letter_id, side=Side.REGISTRY, act=act, desk=edge.appeals)
    return letter_forms.as_html(letter)


@router.get(
    "/{appeal_id}/letters/{letter_id}/pdf",
    operation_id="showLetterPdf",
    summary="Show a letter as PDF",
    response_class=Response,
    responses=letter_forms.PDF,
)
async def as_pdf(
    _: Reader, session: Writes, edge: EdgeDep, act: StaffAct, appeal_id: UUID, letter_id: UUID
) -> Response:
    """Draw a letter; the same letter gives the same bytes."""
    _kept, letter = await appeals.letter(session, appeal_id, letter_id, side=Side.REGISTRY, act=act, desk=edge.appeals)
    return letter_forms.as_pdf(letter)
