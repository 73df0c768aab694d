"""Export the log: one tar that proves itself, streamed."""

from fastapi.responses import StreamingResponse
from pydantic import Field

from registry.api.audit.deps import Reasoned, auditors_router
from registry.api.audit.models import AT, AuditFilter, asked
from registry.api.deps import EdgeDep
from registry.api.export_stream import MEDIA_TYPE, Office
from registry.api.staff_access import StaffAct
from registry.services.auditing.exports import Asked
from registry_formats.exports import ExportFormat

router = auditors_router()


class ExportWanted(Reasoned):
    """Which entries, in which format, and why; without a filter the whole log."""

    model_config = asked(filter={"type": "query", "since": AT}, format="jsonl")

    filter: AuditFilter = Field(default_factory=AuditFilter)
    format: ExportFormat = ExportFormat.JSONL

    def asked(self) -> Asked:
        """Return it as the use cases know it."""
        return Asked(self.filter.filter(), self.format, self.because())


class Tar(StreamingResponse):
    """A tar that is written as it is read."""

    media_type = MEDIA_TYPE


@router.post(
    "/exports",
    operation_id="exportLog",
    summary="Export the log",
    response_class=Tar,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}, "example": "…"}}}},
)
async def export(edge: EdgeDep, act: StaffAct, wanted: ExportWanted) -> Tar:
    """Write rows, hashes, manifest and seal (docs/exports.md). What breaks off has no seal; verify before you rely."""
    office = Office(edge.audit_database, edge.database, edge.auditing, edge.clock, edge.facts.realm)
    exporter = await office.begin(wanted.asked(), act=act)
    name = f'attachment; filename="audit-export-{exporter.id}.tar"'
    return Tar(exporter.stream(), headers={"content-disposition": name})
