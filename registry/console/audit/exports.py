"""Export the log: ask for it, take it as it is written, and see what became of the exports before."""

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from registry.api.audit.exports import Tar
from registry.api.deps import EdgeDep
from registry.api.export_stream import Office
from registry.console.access import Auditor, StaffAct
from registry.console.audit.forms import Sought
from registry.console.audit.room import PATH, SEE_OTHER, Room, RoomDep, Why, zone_of
from registry.console.audit.saying import Names, say
from registry.console.audit.searches import CHOICES, member_choices
from registry.console.audit.words import FORMAT_TEXT
from registry.domain.audit_filters import Filter
from registry.pages import asked, fill
from registry.services import auditing
from registry.services.auditing import PastExport
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
    form = asked(request, ToExport)
    counts, document = None, dict[str, JsonValue]()
    if form.model is not None and (meant := form.model.filter(room.zone)) != Filter():
        counts = (await auditing.search(room.sight, Wanted(meant, 1, facets=True), because=room.why)).counts
        document = meant.document()
    past = await auditing.past_exports(room.sight, because=room.why)
    names = await auditing.member_names(room.sight.reads)
    return room.page(
        "audit_exports.html",
        status=422 if form.faults else 200,
        choices=CHOICES,
        counts=counts,
        form=form,
        formats=list(FORMAT_TEXT.items()),
        members=member_choices(names),
        past=[_past(one, names) for one in past],
        said=say(document, names),
        vkey=_vkey(room, edge.facts.log_public_key),
    )


@router.post("/exports")
async def take(_: Auditor, request: Request, edge: EdgeDep, act: StaffAct, why: Why) -> Response:
    """Write rows, hashes, manifest and seal, as they are read; what breaks off has no seal."""
    filled = await fill(request, ToExport)
    if filled.model is None:
        return RedirectResponse(f"{PATH}/exports?{urlencode(filled.typed)}", SEE_OTHER)
    office = Office(edge.audit_database, edge.database, edge.auditing, edge.clock, edge.facts.realm)
    wanted = Asked(filled.model.filter(zone_of(edge)), filled.model.format, why)
    exporter = await office.begin(wanted, act=act)
    name = f'attachment; filename="audit-export-{exporter.id}.tar"'
    return Tar(exporter.stream(), headers={"content-disposition": name})


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
