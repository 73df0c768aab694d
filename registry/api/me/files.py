"""The files of one's own appeal: sent whole after they were announced, fetched as attachments."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.evidence import HANDED, SENT, StoredFile, attached, receive
from registry.api.me.appeal_door import Door
from registry.api.subject_access import SubjectDep
from registry.domain.appeal_files import Side
from registry.services.uploads import Reader

router = APIRouter(prefix="/v1/me/appeals/{appeal_id}/evidence/{evidence_id}", tags=["subjects"])


@router.put("/file", operation_id="sendOwnFile", summary="Send a file that was announced", openapi_extra=SENT)
async def send(
    subject: SubjectDep, appeal_id: UUID, evidence_id: UUID, request: Request, edge: EdgeDep, act: StrangerAct
) -> StoredFile:
    """Send the bytes of something put forward; they are checked while they arrive, and kept whole or not at all."""
    # No transaction stays open while a file arrives.
    async with edge.database.write() as session:
        await Door(subject, edge, session, act).acts(appeal_id)
    by = Reader(Side.SUBJECT)
    return await receive(request.stream(), appeal_id, evidence_id, by=by, shown=True, act=act, edge=edge)


@router.get("/file", operation_id="fetchOwnFile", summary="Fetch a file", response_class=Response, responses=HANDED)
async def fetch(
    subject: SubjectDep, appeal_id: UUID, evidence_id: UUID, edge: EdgeDep, session: Writes, act: StrangerAct
) -> Response:
    """Fetch a file of the appeal that one may see; the look is recorded."""
    return attached(await Door(subject, edge, session, act).file(appeal_id, evidence_id), evidence_id)
