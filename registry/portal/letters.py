"""The letters to me: read on the page, as a document of its own, as PDF."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from registry.api import letter_forms
from registry.portal.access import DoorDep, ScreenDep, SubjectDep

router = APIRouter(prefix="/appeals/{appeal_id}/letters/{letter_id}")


@router.get("")
async def show(_: SubjectDep, screen: ScreenDep, door: DoorDep, appeal_id: UUID, letter_id: UUID) -> Response:
    """Show a letter as it was written, with the code by which anybody can check it."""
    kept, letter = await door.letter(appeal_id, letter_id)
    return screen.page("letter.html", kept=kept, letter=letter, appeal_id=appeal_id)


@router.get("/html")
async def as_html(_: SubjectDep, door: DoorDep, appeal_id: UUID, letter_id: UUID) -> Response:
    """Hand out a letter as a document that needs nothing else."""
    letter = (await door.letter(appeal_id, letter_id))[1]
    return letter_forms.as_html(letter)


@router.get("/pdf")
async def as_pdf(_: SubjectDep, door: DoorDep, appeal_id: UUID, letter_id: UUID) -> Response:
    """Draw a letter; the same letter gives the same bytes."""
    letter = (await door.letter(appeal_id, letter_id))[1]
    return letter_forms.as_pdf(letter)
