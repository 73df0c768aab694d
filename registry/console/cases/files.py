"""The files of a case: hidden until somebody reveals them, which is a look that the log keeps; one beside another."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from registry.api.deps import EdgeDep, Writes, record_denial
from registry.api.evidence import attached
from registry.api.staff_access import denials_recorded
from registry.api.strings import RequestModel
from registry.console.access import StaffAct
from registry.console.cases.bench import AtBench, Decider
from registry.console.cases.views import PLAIN_IMAGES
from registry.domain.appeal_case import Actor
from registry.domain.appeal_files import Side
from registry.domain.uploads import ENDINGS
from registry.errors import Denied, NotFound
from registry.pages import asked
from registry.services import uploads
from registry.services.uploads import Reader

router = APIRouter(prefix="/appeals/{appeal_id}/files/{evidence_id}")
# Whatever the bytes are, nothing in them runs, loads or opens anything in our name.
_SANDBOX = {
    "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'",
    "cross-origin-resource-policy": "same-origin",
}


class Asked(RequestModel):
    """Which other picture to lay beside it, and whether to show them."""

    beside: UUID | None = None
    reveal: bool = False


@router.get("")
async def view(request: Request, _: Decider, bench: AtBench, appeal_id: UUID, evidence_id: UUID) -> Response:
    """Show where a file is seen; the bytes are fetched only once it is revealed."""
    wish = asked(request, Asked).model or Asked()
    case = await bench.view(appeal_id)
    found = {one.id: one for one in case.found.page.evidence if one.id in case.files}
    if evidence_id not in found:
        raise NotFound("evidence_unknown")
    if not case.may_look:
        refusal = Denied("appeal_not_held")
        await record_denial(bench.edge, {"code": refusal.code}, act=bench.act)
        return await bench.page(appeal_id, refusal=refusal)
    beside = wish.beside if wish.beside in {one.id for one in case.neighbours(evidence_id)} else None
    shown = [found[evidence_id], *([found[beside]] if beside else [])]
    plain = shown[0].media_type in PLAIN_IMAGES
    return bench.draw("case_file.html", case, shown=shown, plain=plain, reveal=wish.reveal)


@router.get("/bytes")
async def fetch(
    staff: Decider, session: Writes, edge: EdgeDep, act: StaffAct, appeal_id: UUID, evidence_id: UUID
) -> Response:
    """Hand out a file: a plain image to be drawn, anything else to be kept; the look is recorded."""
    by = Reader(Side.REGISTRY, staff=Actor.of(staff))
    async with denials_recorded(edge, act):
        found = await uploads.look(session, appeal_id, evidence_id, by=by, act=act, desk=edge.uploads)
    response = attached(found, evidence_id)
    response.headers.update(_SANDBOX)
    if found.expected.media_type in PLAIN_IMAGES:
        ending = ENDINGS[found.expected.media_type]
        response.headers["content-disposition"] = f'inline; filename="{evidence_id}.{ending}"'
    return response
