"""The letters of a case, each as a document of its own: HTML that may do nothing, and PDF."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from registry.api import letter_forms
from registry.api.deps import EdgeDep, Writes
from registry.console.access import StaffAct
from registry.console.cases.bench import Reader
from registry.domain.appeal_files import Side
from registry.services import appeals

router = APIRouter(prefix="/appeals/{appeal_id}/letters/{letter_id}")


@router.get("")
async def as_html(
    _: Reader, session: Writes, edge: EdgeDep, act: StaffAct, appeal_id: UUID, letter_id: UUID
) -> Response:
    """Show a letter as it was laid out, in a sandbox."""
    _kept, letter = await appeals.letter(session, appeal_id, letter_id, side=Side.REGISTRY, act=act, desk=edge.appeals)
    return letter_forms.as_html(letter)


@router.get("/pdf")
async def as_pdf(
    _: Reader, session: Writes, edge: EdgeDep, act: StaffAct, appeal_id: UUID, letter_id: UUID
) -> Response:
    """Draw a letter once its transaction has ended."""
    _kept, letter = await appeals.letter(session, appeal_id, letter_id, side=Side.REGISTRY, act=act, desk=edge.appeals)
    return letter_forms.as_pdf(letter)
