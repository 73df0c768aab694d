"""A notice that came back after it had been reported as served: the relay says so, and it stops counting."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from registry.api.deps import ActDep, EdgeDep, NoticeRecorder
from registry.api.idempotency import Once
from registry.api.notices import ContactKind, Tokens
from registry.api.stored_tokens import stored_tokens
from registry.api.strings import RequestModel
from registry.domain.ids import ReportState
from registry.services import bounces
from registry.services.bounces import Bounced, Desk

router = APIRouter(prefix="/v1", tags=["notices"])

_REPORT = "01937d5e-8c00-7a10-8000-0000000000a1"
_TOKEN = "cfr1_wQEAAcfW7oNwx1x0pFq3u9Yy8m2v5b6n7c8d9e0f1a2b3c4d"  # noqa: S105 - made up
_BOUNCED: dict[str, Any] = {"report_id": _REPORT, "kind": "email", "tokens": [_TOKEN]}


class BouncedNotice(RequestModel):
    """The contact whose letter came back, as the tokens it was reported served by."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BOUNCED]})

    report_id: UUID
    kind: ContactKind
    tokens: Tokens


class RecordedBounce(BaseModel):
    """Where the report stands now."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"livemode": False, "report_id": _REPORT, "state": "submitted"}]}
    )

    livemode: bool
    report_id: UUID
    state: ReportState


@router.post(
    "/notices/{notice_id}:bounced",
    operation_id="recordBounce",
    summary="Record that a served notice came back (relay)",
    response_model=RecordedBounce,
)
async def record(
    caller: NoticeRecorder,  # noqa: ARG001 - its scope is what counts
    edge: EdgeDep,
    once: Once,
    act: ActDep,
    notice_id: UUID,
    told: BouncedNotice,
) -> Response:
    """Take back that a contact was told; `notice_id` is the relay's own, for the log. Recipients hear of it."""
    tokens = stored_tokens(told.tokens, told.kind, peppers=edge.peppers, at="/tokens")
    bounced = Bounced(notice_id, told.report_id, tokens)
    state = await bounces.record(once.session, bounced, act=act, desk=Desk(edge.policies, edge.trail))
    return await once.answer(200, RecordedBounce(livemode=edge.facts.livemode, report_id=told.report_id, state=state))
