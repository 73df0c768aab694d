"""The registry's own notice: what the relay asks and reports, and how it stands, for the member that filed."""

import secrets
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from registry.api.deps import ActDep, EdgeDep, NoticeRecorder, ReportReader, Writes
from registry.api.edge import Edge
from registry.api.idempotency import Once
from registry.api.stored_tokens import stored_tokens
from registry.api.strings import Instant, RequestModel, TokenText
from registry.domain.ids import IdentifierKind, ReportState
from registry.domain.letters import Letter, Outcome
from registry.services import notices
from registry.services.notices import Delivery, Desk

router = APIRouter(prefix="/v1", tags=["notices"])

ContactKind = Literal[IdentifierKind.PHONE, IdentifierKind.EMAIL]
Tokens = Annotated[tuple[TokenText, ...], Field(min_length=1, max_length=6)]

_REPORT = "01937d5e-8c00-7a10-8000-0000000000a1"
_MEMBER = "01937d5e-8c00-7a10-8000-000000000001"
_TOKEN = "cfr1_wQEAAcfW7oNwx1x0pFq3u9Yy8m2v5b6n7c8d9e0f1a2b3c4d"  # noqa: S105 - made up
_LETTER = {
    "report_id": _REPORT,
    "member": "Example Mall",
    "category": "FR-01",
    "name": {"en": "AI-generated damage image or video", "zh": "AI 生成的损坏图片或视频"},
    "claim": {"en": "The picture was produced by a generative model.", "zh": "图片由生成式模型制作。"},
    "amount": {"minor": 128_000, "currency": "CNY"},
    "act_ended_on": "2026-10-20",
    "filed_on": "2026-11-21",
    "counts_from": "2026-11-28",
    "kept_until": "2028-10-20",
}


def _example(**example: Any) -> ConfigDict:  # noqa: ANN401 - JSON of any kind
    return ConfigDict(json_schema_extra={"examples": [example]})


class MatchRequest(RequestModel):
    """One contact, as tokens of every live epoch, and the report that a member wants it told of."""

    model_config = _example(report_id=_REPORT, member_id=_MEMBER, kind="phone", tokens=[_TOKEN])

    report_id: UUID
    member_id: UUID
    kind: ContactKind
    tokens: Tokens


class MatchAnswer(BaseModel):
    """Whether a letter is due: `served_at` for a contact served before, `letter` for one to deliver now."""

    model_config = _example(
        livemode=False, outcome="due", served_at=None, letter=_LETTER, appeal_url="https://registry.example/me"
    )

    livemode: bool
    outcome: Outcome
    served_at: datetime | None
    letter: Letter | None
    appeal_url: str


class DeliveredNotice(RequestModel):
    """What the relay delivered, and when."""

    model_config = _example(
        report_id=_REPORT, kind="phone", channel="file", tokens=[_TOKEN], served_at="2026-11-21T12:00:00Z"
    )

    report_id: UUID
    kind: ContactKind
    channel: Literal["file", "sms", "email"]
    tokens: Tokens
    served_at: Instant


class RecordedNotice(BaseModel):
    """Where the report stands now, and when this contact was first served."""

    model_config = _example(livemode=False, report_id=_REPORT, state="notice_window", served_at="2026-11-21T12:00:00Z")

    livemode: bool
    report_id: UUID
    state: ReportState
    served_at: datetime


class ServedToken(BaseModel):
    """One token served; it counts as heard from `heard_at` on unless a dispute is open then."""

    notice_id: UUID
    kind: IdentifierKind
    channel: str
    epoch: int
    served_at: datetime
    heard_at: datetime


class NoticeStatus(BaseModel):
    """How the notice of a report stands: unserved at `serve_by` withdraws it, served it counts from `counts_at`."""

    model_config = _example(
        livemode=False,
        report_id=_REPORT,
        state="submitted",
        serve_by="2026-12-21T12:00:00Z",
        served_at=None,
        counts_at=None,
        notices=[],
    )

    livemode: bool
    report_id: UUID
    state: ReportState
    serve_by: datetime
    served_at: datetime | None
    counts_at: datetime | None
    notices: list[ServedToken]


@router.post("/notices:match", operation_id="matchNotice", summary="Ask whether a contact is on a report (relay)")
async def match(
    caller: NoticeRecorder,  # noqa: ARG001 - its scope is what counts
    edge: EdgeDep,
    session: Writes,
    act: ActDep,
    asked: MatchRequest,
) -> MatchAnswer:
    """Answer the relay's one question; every look leaves its trace, and no repetition is answered from memory."""
    answer = await notices.match(
        session,
        stored_tokens(asked.tokens, asked.kind, peppers=edge.peppers, at="/tokens"),
        report_id=asked.report_id,
        member_id=asked.member_id,
        kind=asked.kind,
        act=act,
        desk=_desk(edge),
    )
    return MatchAnswer(
        livemode=edge.facts.livemode,
        outcome=answer.outcome,
        served_at=answer.served_at,
        letter=answer.letter,
        appeal_url=f"{edge.facts.issuer}/me",
    )


@router.post(
    "/notices",
    operation_id="recordNotice",
    summary="Record that a notice was served (relay)",
    status_code=201,
    response_model=RecordedNotice,
)
async def record(caller: NoticeRecorder, edge: EdgeDep, once: Once, act: ActDep, told: DeliveredNotice) -> Response:
    """Check the tokens again and record the delivery; the first of a report opens its notice window."""
    tokens = stored_tokens(told.tokens, told.kind, peppers=edge.peppers, at="/tokens")
    delivery = Delivery(told.report_id, told.kind, told.channel, tokens, told.served_at)
    done = await notices.record(once.session, delivery, relay_id=caller.member_id, act=act, desk=_desk(edge))
    answer = RecordedNotice(
        livemode=edge.facts.livemode, report_id=done.report_id, state=done.state, served_at=done.served_at
    )
    return await once.answer(201, answer)


@router.get("/notices", operation_id="showNotice", summary="Show how the notice of an own report stands")
async def status(caller: ReportReader, edge: EdgeDep, session: Writes, act: ActDep, report_id: UUID) -> NoticeStatus:
    """Show when the report must be served, was served, and begins to count. NotFound `report_unknown`."""
    found = await notices.status(session, report_id, member_id=caller.member_id, act=act, desk=_desk(edge))
    return NoticeStatus(
        livemode=edge.facts.livemode,
        report_id=found.report_id,
        state=found.state,
        serve_by=found.serve_by,
        served_at=found.served_at,
        counts_at=found.counts_at,
        notices=[ServedToken.model_validate(one, from_attributes=True) for one in found.notices],
    )


def _desk(edge: Edge) -> Desk:
    return Desk(edge.policies, edge.trail, secrets.token_bytes)
