"""Photos and documents of an appeal: added from the phone, one after another, and fetched again."""

import hashlib
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from registry.api.deps import EdgeDep, StrangerAct
from registry.api.edge import Edge
from registry.api.evidence import attached, receive
from registry.api.me.appeal_door import Door
from registry.api.problem_codes import CODES
from registry.api.problems import status_of
from registry.domain.appeal_files import EvidenceKind, Side
from registry.domain.events import Act
from registry.domain.subjects import Subject
from registry.domain.uploads import ENDINGS, check_entry, type_of
from registry.errors import Conflict, Malformed, Unavailable
from registry.pages import received, sitting
from registry.portal.access import SEE_OTHER, DoorDep, Screen, ScreenDep, SubjectDep
from registry.portal.drafting import STEPS
from registry.services.appeals import Exhibit, Page
from registry.services.uploads import Reader

router = APIRouter(prefix="/appeals/{appeal_id}")

_BY = Reader(Side.SUBJECT)
_KINDS = {"image": EvidenceKind.PHOTO, "video": EvidenceKind.VIDEO}
_MEGABYTE = 1 << 20


@router.get("/add")
async def ask(
    _: SubjectDep, screen: ScreenDep, door: DoorDep, appeal_id: UUID, lodged: Annotated[int, Query(ge=0, le=1)] = 0
) -> Response:
    """Ask for a photo or document; none is needed."""
    return _page(screen, await door.page(appeal_id), door.edge, lodged=bool(lodged))


# The path ends in /file, so that a larger body is let through.
@router.post("/file")
@sitting.later
async def add(
    subject: SubjectDep, screen: ScreenDep, appeal_id: UUID, request: Request, edge: EdgeDep, act: StrangerAct
) -> Response:
    """Take a photo or document in: announced, checked, sealed; kept whole or not at all."""
    # No transaction stays open while a file arrives.
    async with edge.database.write() as session:
        await Door(subject, edge, session, act).acts(appeal_id)
    content = await received(request, edge, appeal_id)
    try:
        await _keep(content, subject, appeal_id, act=act, edge=edge)
    except (Conflict, Malformed, Unavailable) as refusal:
        async with edge.database.write() as session:
            found = await Door(subject, edge, session, act).page(appeal_id)
        return _page(screen, found, edge, refusal=refusal)
    return RedirectResponse(f"/me/appeals/{appeal_id}/add", SEE_OTHER)


@router.get("/evidence/{evidence_id}/file")
async def fetch(_: SubjectDep, door: DoorDep, appeal_id: UUID, evidence_id: UUID) -> Response:
    """Fetch a file of the appeal that one may see; the look is recorded."""
    return attached(await door.file(appeal_id, evidence_id), evidence_id)


async def _keep(content: bytes, subject: Subject, appeal_id: UUID, *, act: Act, edge: Edge) -> None:
    media_type = type_of(content) or ""
    check_entry(media_type, len(content), most=edge.uploads.most)
    digest = hashlib.sha256(content)
    kind = _KINDS.get(media_type.partition("/")[0], EvidenceKind.DOCUMENT)
    exhibit = Exhibit(digest.hexdigest(), kind, len(content), media_type)
    async with edge.database.write() as session:
        door = Door(subject, edge, session, act)
        found = await door.page(appeal_id)
        if not _own(found, digest.digest()):
            await door.put_forward(appeal_id, [exhibit])
            found = await door.page(appeal_id)
    (evidence_id,) = _own(found, digest.digest())
    await receive(_whole(content), appeal_id, evidence_id, by=_BY, shown=True, act=act, edge=edge)


def _own(found: Page, sha256: bytes) -> list[UUID]:
    """Return the person's own entry of a file in the manifest, if there is one."""
    return [one.id for one in found.evidence if one.side is Side.SUBJECT and one.sha256 == sha256]


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _page(
    screen: Screen,
    found: Page,
    edge: Edge,
    *,
    lodged: bool = False,
    refusal: Conflict | Malformed | Unavailable | None = None,
) -> Response:
    meaning = CODES[refusal.code] if refusal else None
    return screen.page(
        "appeal_files.html",
        status=status_of(refusal) if refusal else 200,
        appeal=found.standing.appeal,
        evidence=[one for one in found.evidence if one.side is Side.SUBJECT],
        lodged=lodged,
        refusal=(meaning.title, meaning.cure) if meaning else None,
        accepts=",".join(["image/*", *sorted(ENDINGS)]),
        most=edge.uploads.most // _MEGABYTE,
        step=STEPS,
        steps=STEPS,
    )
