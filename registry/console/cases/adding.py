"""Put a file forward in a case, such as a court's decision: announced, checked, sealed; both sides may see it."""

import hashlib
from collections.abc import AsyncIterator
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from registry.api.evidence import receive
from registry.api.problems import status_of
from registry.api.staff_access import denials_recorded
from registry.api.strings import RequestModel
from registry.console.cases.bench import AtBench, Bench, Worker, back
from registry.console.cases.views import meaning
from registry.domain.appeal_case import Actor, AppealStep
from registry.domain.appeal_files import EvidenceKind, Side
from registry.domain.uploads import ENDINGS, HEAD_BYTES, check_entry, type_of
from registry.errors import Conflict, Denied, Malformed, RegistryError, Unavailable
from registry.pages import asked, received, sitting
from registry.services.appeals import Exhibit
from registry.services.uploads import Reader

router = APIRouter(prefix="/appeals/{appeal_id}/evidence")
_MEGABYTE = 1 << 20


class Asked(RequestModel):
    """What is to be put forward."""

    kind: EvidenceKind | None = None


@router.get("")
async def ask(request: Request, _: Worker, bench: AtBench, appeal_id: UUID) -> Response:
    """Ask what it is, then for the file."""
    wish = asked(request, Asked).model or Asked()
    return await _page(bench, appeal_id, wish.kind)


# The path ends in /file, so that a larger body is let through.
@router.post("/{kind}/file")
@sitting.later
async def add(request: Request, _: Worker, bench: AtBench, appeal_id: UUID, kind: EvidenceKind) -> Response:
    """Take a file in, kept whole or not at all; whatever was drafted or voted on less is void."""
    try:
        await _keep(await received(request, bench.edge, bench.staff.staff_id), bench, appeal_id, kind)
    except (Conflict, Malformed, Unavailable) as refusal:
        return await _page(bench, appeal_id, kind, refusal)
    return back(appeal_id, "evidence")


async def _keep(content: bytes, bench: Bench, appeal_id: UUID, kind: EvidenceKind) -> None:
    media_type, edge = type_of(content[:HEAD_BYTES]) or "", bench.edge
    check_entry(media_type, len(content), most=edge.uploads.most)
    digest = hashlib.sha256(content).digest()
    await bench.put_forward(appeal_id, Exhibit(digest.hex(), kind, len(content), media_type))
    entries = (await bench.view(appeal_id)).found.page.evidence
    evidence_id = next(one.id for one in entries if one.side is Side.REGISTRY and one.sha256 == digest)
    by = Reader(Side.REGISTRY, staff=Actor.of(bench.staff))
    async with denials_recorded(edge, bench.act):
        await receive(_whole(content), appeal_id, evidence_id, by=by, shown=True, act=bench.act, edge=edge)


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _page(
    bench: Bench, appeal_id: UUID, kind: EvidenceKind | None, refusal: RegistryError | None = None
) -> Response:
    view = await bench.view(appeal_id)
    if AppealStep.ADD_EVIDENCE not in view.offers or not view.may_look:
        return await bench.page(appeal_id, refusal=refusal or Denied("appeal_not_held"))
    return bench.draw(
        "case_evidence.html",
        view,
        status=status_of(refusal) if refusal else 200,
        kind=kind,
        refusal=meaning(refusal),
        accepts=",".join(sorted(ENDINGS)),
        most=bench.edge.uploads.most // _MEGABYTE,
    )
