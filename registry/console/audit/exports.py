"""Export the log: order it, see how far it is, fetch it, and see what became of the exports before."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from registry.api.audit.exports import Tar
from registry.api.deps import EdgeDep
from registry.api.edge import Edge
from registry.api.problem_codes import CODES
from registry.api.problems import status_of
from registry.clock import real_time
from registry.console.access import Auditor
from registry.console.audit.forms import Sought
from registry.console.audit.room import PATH, SEE_OTHER, Room, RoomDep
from registry.console.audit.saying import Names, say
from registry.console.audit.searches import CHOICES, member_choices
from registry.console.audit.words import FORMAT_TEXT
from registry.domain.audit_filters import Filter
from registry.errors import Conflict
from registry.pages import Filled, asked, fill
from registry.services import auditing
from registry.services.auditing import PastExport, export_jobs
from registry.services.auditing.exports import Asked
from registry.services.auditing.search import Wanted
from registry.services.auditing.standing import at_ms
from registry_formats.exports import ExportFormat
from registry_formats.leaf import JsonValue
from registry_formats.notes import VerifierKey

router = APIRouter(prefix="/audit")


class ToExport(Sought):
    """Which entries, in which format."""

    format: ExportFormat = ExportFormat.JSONL


@router.get("/exports")
async def page(_: Auditor, request: Request, room: RoomDep, edge: EdgeDep) -> Response:
    """Ask what is to be exported, say how much that is, and list the exports before."""
    return await _page(room, edge, asked(request, ToExport))


@router.post("/exports")
async def order(_: Auditor, request: Request, room: RoomDep, edge: EdgeDep) -> Response:
    """Order an export, which a worker writes."""
    filled = await fill(request, ToExport)
    if filled.model is None:
        return RedirectResponse(f"{PATH}/exports?{urlencode(filled.typed)}", SEE_OTHER)
    wanted = Asked(filled.model.filter(room.zone), filled.model.format, room.why)
    try:
        job = await export_jobs.order(room.sight, wanted, now=real_time())
    except Conflict as refusal:
        return await _page(room, edge, filled, refusal)
    return RedirectResponse(f"{PATH}/exports/{job.id}", SEE_OTHER)


@router.get("/exports/{job_id}")
async def show(by: Auditor, job_id: UUID, room: RoomDep, edge: EdgeDep) -> Response:
    """Show how far an export is; whoever closes the page finds it again."""
    async with edge.database.read() as session:
        job = await export_jobs.progress(session, job_id, by.staff_id)
        names = await auditing.member_names(session)
    failure = CODES[job.failure] if job.failure else None
    meaning = (failure.title, failure.cure) if failure else None
    return room.page("audit_export.html", job=job, failure=meaning, said=say(dict(job.filter), names))


@router.get("/exports/{job_id}/file")
async def fetch(_: Auditor, job_id: UUID, room: RoomDep, edge: EdgeDep) -> Response:
    """Hand a whole export out, a few pieces in memory at a time; that it was taken is recorded."""
    handed = await export_jobs.hand_out(room.sight, job_id, now=real_time())
    name = f'attachment; filename="audit-export-{handed.job.export_id}.tar"'
    headers = {"content-disposition": name, "content-length": str(handed.job.size)}
    return Tar(export_jobs.open_handed(handed, edge.database.read), headers=headers)


@router.post("/exports/{job_id}/drop")
async def drop(_: Auditor, job_id: UUID, room: RoomDep) -> Response:
    """Have an export destroyed before its time, or leave it unwritten."""
    await export_jobs.drop(room.sight, job_id, now=real_time())
    return RedirectResponse(f"{PATH}/exports", SEE_OTHER)


async def _page(room: Room, edge: Edge, form: Filled[ToExport], refusal: Conflict | None = None) -> Response:
    counts, document = None, dict[str, JsonValue]()
    if form.model is not None and (meant := form.model.filter(room.zone)) != Filter():
        counts = (await auditing.search(room.sight, Wanted(meant, 1, facets=True), because=room.why)).counts
        document = meant.document()
    past = await auditing.past_exports(room.sight, because=room.why)
    names = await auditing.member_names(room.sight.reads)
    async with edge.database.read() as session:
        jobs = await export_jobs.ordered(session, room.sight.staff_id)
    meaning = CODES[refusal.code] if refusal else None
    return room.page(
        "audit_exports.html",
        status=status_of(refusal) if refusal else 422 if form.faults else 200,
        choices=CHOICES,
        counts=counts,
        form=form,
        formats=list(FORMAT_TEXT.items()),
        jobs=jobs,
        members=member_choices(names),
        past=[_past(one, names) for one in past],
        refusal=(meaning.title, meaning.cure) if meaning else None,
        said=say(document, names),
        vkey=_vkey(room, edge.facts.log_public_key),
    )


def _past(export: PastExport, names: Names) -> dict[str, Any]:
    """Say what became of an export."""
    asked_for = export.asked.get("filter")
    return {
        "id": export.id,
        "at": at_ms(export.t_ms),
        "said": say(asked_for, names) if isinstance(asked_for, dict) else [],
        "format": str(export.asked.get("format", "")),
        "reason": str(export.asked.get("reason", "")),
        "rows": export.rows,
        "closed_at": None if export.closed_ms is None else at_ms(export.closed_ms),
        "sha256": export.manifest_sha256,
    }


def _vkey(room: Room, public: bytes) -> str:
    """Write the log's key as the verifier takes it."""
    return VerifierKey(room.badge.sealed.origin, public).encode() if room.badge.sealed else ""
