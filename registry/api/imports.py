"""File many reports in one request (NDJSON), each line by itself; a request that broke off is simply sent again."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.requests import ClientDisconnect

from registry.api import cursors
from registry.api.deps import ActDep, EdgeDep, ReportReader, ReportWriter, Writes
from registry.api.import_lines import Importer
from registry.api.problems import members_of, status_of
from registry.api.strings import Cursor, IdempotencyKey
from registry.api.visits import Visit, visit_of
from registry.errors import Conflict, Fault, Malformed
from registry.services import imports
from registry.store.imports import Job

router = APIRouter(prefix="/v1", tags=["reports"])

MEDIA_TYPE = "application/x-ndjson"
_STATEMENT = '{"statement":"eyJhbGciOiJFZERTQSJ9.eyJyZWZlcmVuY2UiOiJSTUEtMSJ9.c2lnbmF0dXJl"}\n'
_CONTENT = {MEDIA_TYPE: {"schema": {"type": "string"}, "example": _STATEMENT}}
_BODY = {"requestBody": {"required": True, "content": _CONTENT}}
_REPORT = "01937d5e-8c00-7a10-8000-0000000000a1"


class ImportedLine(BaseModel):
    """What became of a line; lines count from 0. `problem` is what the report by itself would have been answered."""

    line: int
    result: Literal["filed", "duplicate", "refused"]
    report_id: UUID | None = None
    problem: dict[str, Any] | None = None


class Import(BaseModel):
    """An import as it stands, with a page of results; `next_cursor` is null when there are no more so far."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "livemode": False,
                    "import_id": "01937d5e-8c00-7a10-8000-0000000000c1",
                    "state": "finished",
                    "lines_done": 1,
                    "filed": 1,
                    "duplicates": 0,
                    "refused": 0,
                    "lines": [{"line": 0, "result": "filed", "report_id": _REPORT, "problem": None}],
                    "next_cursor": None,
                }
            ]
        }
    )

    livemode: bool
    import_id: UUID
    state: Literal["running", "finished"]
    lines_done: int
    filed: int
    duplicates: int
    refused: int
    lines: list[ImportedLine]
    next_cursor: str | None


@router.post("/reports:import", operation_id="importReports", summary="File many reports", openapi_extra=_BODY)
async def run(
    caller: ReportWriter,
    edge: EdgeDep,
    act: ActDep,
    request: Request,
    key: Annotated[IdempotencyKey | None, Header(alias="Idempotency-Key")] = None,
) -> Import:
    """File each line, `{"statement": JWS}`, by itself, and answer when all are done, with the first 200 results.

    If the request breaks off (also with 429 or 503), send the same body under the same key: it goes on where it was.
    """
    if key is None:
        raise Malformed("idempotency_key_missing")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise Malformed("media_type_unsupported")
    async with edge.database.write() as session:
        job = await imports.begin(session, key, caller=caller, act=act, trail=edge.trail, entropy=edge.reports.entropy)
    try:
        done = await Importer(edge, caller, act).work(job, request.stream())
    except ClientDisconnect:
        raise Malformed("body_unreadable") from None
    async with edge.database.write() as session:
        _, lines = await imports.show(
            session, done.id, first=0, limit=cursors.MOST, caller=caller, act=act, trail=edge.trail
        )
    return _shown(done, lines, livemode=edge.facts.livemode, visit=visit_of(request.scope))


@router.get("/reports:import/{import_id}", operation_id="showImport", summary="Show an import and its results")
async def show(  # noqa: PLR0913, PLR0917 - the parameters of a list, and its language
    caller: ReportReader,
    session: Writes,
    edge: EdgeDep,
    act: ActDep,
    request: Request,
    import_id: UUID,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=cursors.MOST)] = cursors.MOST,
) -> Import:
    """Show how far an own import is, and its results page by page. NotFound `import_unknown`."""
    first = cursors.decode_number(cursor, at="cursor")
    job, lines = await imports.show(
        session, import_id, first=first, limit=limit, caller=caller, act=act, trail=edge.trail
    )
    return _shown(job, lines, livemode=edge.facts.livemode, visit=visit_of(request.scope))


def _shown(job: Job, lines: list[tuple[int, Mapping[str, Any]]], *, livemode: bool, visit: Visit) -> Import:
    following = lines[-1][0] + 1 if lines else job.lines
    return Import(
        livemode=livemode,
        import_id=job.id,
        state="finished" if job.state == "finished" else "running",
        lines_done=job.lines,
        filed=job.filed,
        duplicates=job.duplicates,
        refused=job.refused,
        lines=[_line(number, result, visit) for number, result in lines],
        next_cursor=cursors.encode_number(following) if following < job.lines else None,
    )


def _line(number: int, result: Mapping[str, Any], visit: Visit) -> ImportedLine:
    if result["result"] != "refused":
        return ImportedLine(line=number, result=result["result"], report_id=UUID(result["report_id"]))
    faults = [Fault(**one) for one in result["errors"]]
    error = (Conflict if result["conflict"] else Malformed)(result["code"], faults=faults)
    return ImportedLine(line=number, result="refused", problem=members_of(error, visit, status_of(error)))
