"""What a case is handed over as: letters, each a document of its own, and all of it in one bundle with its proofs."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from registry.api import letter_forms
from registry.api.deps import EdgeDep, Writes
from registry.api.officers.bundle import bundle
from registry.console.access import StaffAct
from registry.console.cases.bench import Caseworker, Reader
from registry.domain.appeal_files import Side
from registry.services import appeals

router = APIRouter(prefix="/appeals/{appeal_id}")


@router.get("/letters/{letter_id}")
async def as_html(
    _: Reader, session: Writes, edge: EdgeDep, act: StaffAct, appeal_id: UUID, letter_id: UUID
) -> Response:
    """Show a letter as it was laid out, in a sandbox."""
    _kept, letter = await appeals.letter(session, appeal_id, letter_id, side=Side.REGISTRY, act=act, desk=edge.appeals)
    return letter_forms.as_html(letter)


@router.get("/letters/{letter_id}/pdf")
async def as_pdf(
    _: Reader, session: Writes, edge: EdgeDep, act: StaffAct, appeal_id: UUID, letter_id: UUID
) -> Response:
    """Draw a letter once its transaction has ended."""
    _kept, letter = await appeals.letter(session, appeal_id, letter_id, side=Side.REGISTRY, act=act, desk=edge.appeals)
    return letter_forms.as_pdf(letter)


# A form and no link, because what leaves the registry is recorded as handed over.
@router.post("/bundle")
async def hand_over(_: Caseworker, edge: EdgeDep, act: StaffAct, appeal_id: UUID) -> Response:
    """Hand over the case: as JSON, its letters, both manifests, and the proofs of its trail."""
    made = await bundle(edge, act, appeal_id)
    headers = {"content-disposition": f'attachment; filename="case-{appeal_id}.zip"', "cache-control": "no-store"}
    return Response(made, headers=headers, media_type="application/zip")
