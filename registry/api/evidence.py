"""The files of an appeal: sent whole, sealed while they arrive, handed out as attachments, each look recorded."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from registry.api.deps import ActDep, AppealReader, AppealWriter, EdgeDep, Writes
from registry.api.edge import Edge
from registry.api.scanning import INFECTED
from registry.api.staff_access import StaffAct, denials_recorded, requires_role
from registry.domain.appeal_case import Actor
from registry.domain.appeal_files import Side
from registry.domain.events import Act
from registry.domain.quotas import Quota
from registry.domain.staff import Role, Staff
from registry.domain.uploads import ENDINGS
from registry.errors import Malformed
from registry.services import quotas, uploads
from registry.services.uploads import Opened, Reader, Sealed
from registry.store.uploads import Entry

router = APIRouter(prefix="/v1", tags=["appeals"])

Decider = Annotated[Staff, requires_role(Role.OFFICER, Role.PANEL, Role.REVIEWER, Role.SUPERVISOR)]

_EVIDENCE = "01937d5e-8c00-7a10-8000-0000000000c7"
_BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}, "example": "the bytes of the file"}
SENT = {"requestBody": {"required": True, "content": dict.fromkeys(sorted(ENDINGS), _BYTES)}}
HANDED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file, as an attachment.", "content": dict.fromkeys(sorted(ENDINGS), _BYTES)}
}


class StoredFile(BaseModel):
    """A file that is kept, sealed; `bytes` and `sha256` are those that were announced, and its own."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "livemode": False,
                    "evidence_id": _EVIDENCE,
                    "media_type": "image/jpeg",
                    "bytes": 184_000,
                    "sha256": "3f0d9a4b6c1e2f7a8b9c0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c",
                }
            ]
        }
    )

    livemode: bool
    evidence_id: UUID
    media_type: str
    bytes: int
    sha256: str


@router.put(
    "/appeals/{appeal_id}/evidence/{evidence_id}/file",
    operation_id="sendEvidenceFile",
    summary="Send the file of something put forward",
    openapi_extra=SENT,
)
async def send(
    caller: AppealWriter,
    edge: EdgeDep,
    act: ActDep,
    request: Request,
    appeal_id: UUID,
    evidence_id: UUID,
    disclose: Annotated[Literal["full", "none"], Query(examples=["full"])] = "full",
) -> StoredFile:
    """Send the bytes that an entry of the manifest announced; `disclose=none` keeps them from the person.

    They are checked against size, digest and type while they arrive, and kept whole or not at all. Sending the same
    file again changes nothing.
    """
    by = Reader(Side.MEMBER, member_id=caller.member_id)
    async with edge.database.write() as session:
        await quotas.charge(session, Quota.CHANGES, 1, member_id=caller.member_id, act=act)
    arriving = request.stream()
    return await receive(arriving, appeal_id, evidence_id, by=by, shown=disclose == "full", act=act, edge=edge)


@router.get(
    "/appeals/{appeal_id}/evidence/{evidence_id}/file",
    operation_id="fetchEvidenceFile",
    summary="Fetch the file of something put forward",
    response_class=Response,
    responses=HANDED,
)
async def fetch(
    caller: AppealReader, session: Writes, edge: EdgeDep, act: ActDep, appeal_id: UUID, evidence_id: UUID
) -> Response:
    """Fetch a file of an appeal against one's own report, also what the person has sent; the look is recorded."""
    by = Reader(Side.MEMBER, member_id=caller.member_id)
    return attached(await uploads.look(session, appeal_id, evidence_id, by=by, act=act, desk=edge.uploads), evidence_id)


@router.put(
    "/officers/appeals/{appeal_id}/evidence/{evidence_id}/file",
    operation_id="sendEvidenceFileAsOfficer",
    summary="Send the file of something the registry put forward",
    openapi_extra=SENT,
)
async def send_as_officer(
    staff: Decider, edge: EdgeDep, act: StaffAct, request: Request, appeal_id: UUID, evidence_id: UUID
) -> StoredFile:
    """Send the bytes of what was put forward here, such as a court's decision; both sides may see them."""
    by = Reader(Side.REGISTRY, staff=Actor.of(staff))
    async with denials_recorded(edge, act):
        return await receive(request.stream(), appeal_id, evidence_id, by=by, shown=True, act=act, edge=edge)


@router.get(
    "/officers/appeals/{appeal_id}/evidence/{evidence_id}/file",
    operation_id="fetchEvidenceFileAsOfficer",
    summary="Fetch a file of an appeal that is one's own to decide",
    response_class=Response,
    responses=HANDED,
)
async def fetch_as_officer(
    staff: Decider, session: Writes, edge: EdgeDep, act: StaffAct, appeal_id: UUID, evidence_id: UUID
) -> Response:
    """Fetch a file: for the appeal's holder, for whoever is to approve its draft, and for the panel in session."""
    by = Reader(Side.REGISTRY, staff=Actor.of(staff))
    async with denials_recorded(edge, act):
        found = await uploads.look(session, appeal_id, evidence_id, by=by, act=act, desk=edge.uploads)
    return attached(found, evidence_id)


async def receive(
    arriving: AsyncIterator[bytes], appeal_id: UUID, evidence_id: UUID, *, by: Reader, shown: bool, act: Act, edge: Edge
) -> StoredFile:
    """Take a file in: announced and checked in one transaction, kept in another, and none open while it arrives."""
    async with edge.database.write() as session:
        entry = await uploads.expect(session, appeal_id, evidence_id, by=by, desk=edge.uploads)
    async with edge.arrivals.place(by.sender or appeal_id):
        sealed = await _sealed(entry, arriving, by=by, act=act, edge=edge)
        async with edge.database.write() as session:
            await uploads.keep(session, sealed, by=by, shown=shown, act=act, desk=edge.uploads)
    expected = entry.expected
    return StoredFile(
        livemode=edge.facts.livemode,
        evidence_id=evidence_id,
        media_type=expected.media_type,
        bytes=expected.size,
        sha256=expected.sha256.hex(),
    )


async def _sealed(entry: Entry, arriving: AsyncIterator[bytes], *, by: Reader, act: Act, edge: Edge) -> Sealed:
    """Seal a file that the scanner lets pass; what it finds is refused, and that leaves a trace."""
    try:
        async with edge.arrivals.scanner.watching(arriving) as watched:
            return await uploads.seal(entry, watched, desk=edge.uploads)
    except Malformed as refusal:
        if refusal.code == INFECTED:
            async with edge.database.write() as session:
                await uploads.note_infected(session, entry, by=by, act=act, desk=edge.uploads)
        raise


def attached(found: Opened, evidence_id: UUID) -> Response:
    """Hand a file out so that no browser draws or runs it in our name."""
    name = f"{evidence_id}.{ENDINGS[found.expected.media_type]}"
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="{name}"',
        "x-content-type-options": "nosniff",
    }
    return Response(found.content, headers=headers, media_type=found.expected.media_type)
