"""Second looks: reviewers judge reports that wait, and a random share of those that count."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from registry.api import cursors
from registry.api.deps import EdgeDep, Writes
from registry.api.staff_access import Reviewer, StaffAct, denials_recorded, requires_role
from registry.api.strings import Cursor, FreeText, RequestModel
from registry.domain.ids import Category, Confidence, ReportState, Severity
from registry.domain.second_looks import SecondResult, Verdict
from registry.domain.staff import Role, Staff
from registry.services.reports import second_looks
from registry.services.reports.second_looks import Case, Reasons
from registry.store.second_looks import Drawn, Hold

router = APIRouter(prefix="/v1", tags=["second looks"])

Looker = Annotated[Staff, requires_role(Role.REVIEWER, Role.SUPERVISOR)]

_REPORT = "01937d5e-8c00-7a10-8000-0000000000a1"
_HOLD: dict[str, Any] = {
    "report_id": _REPORT,
    "member": "m-7k3q9x2d",
    "held_at": "2026-11-21T12:00:00Z",
    "supervised": False,
    "brake_id": "01937d5e-8c00-7a10-8000-0000000000b7",
    "drawn": True,
    "sampled": True,
    "verdict": None,
}
_DRAWN: dict[str, Any] = {
    "report_id": _REPORT,
    "member": "m-7k3q9x2d",
    "week": "2026-11-16",
    "drawn_at": "2026-11-23T00:00:10Z",
    "reviewer_id": None,
    "judged_at": None,
}
_CASE: dict[str, Any] = {
    "report_id": _REPORT,
    "member": "m-7k3q9x2d",
    "state": "active",
    "category": "FR-01",
    "severity": "S2",
    "confidence": "C",
    "amount_minor": 128_000,
    "currency": "CNY",
    "act_ended_on": "2026-10-20",
    "filed_at": "2026-11-21T12:00:00Z",
    "revision": 1,
    "statement": "eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl",
}


class ShownHold(BaseModel):
    """A report that waits: supervised, or one of a wave (`brake_id`), of which a sample is judged."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HOLD]})

    report_id: UUID
    member: str
    held_at: datetime
    supervised: bool
    brake_id: UUID | None
    drawn: bool
    sampled: bool
    verdict: Verdict | None


class HoldPage(BaseModel):
    """Reports that wait, the longest waiting first; send `next_cursor` as `cursor` for what comes after."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reports": [_HOLD], "next_cursor": None}]})

    reports: list[ShownHold]
    next_cursor: str | None


class WaveSample(BaseModel):
    """The reports of a wave that must be judged."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reports": [_HOLD]}]})

    reports: list[ShownHold]


class ShownDrawn(BaseModel):
    """A report drawn for a second look."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DRAWN]})

    report_id: UUID
    member: str
    week: date
    drawn_at: datetime
    reviewer_id: UUID | None
    judged_at: datetime | None


class DrawnPage(BaseModel):
    """Drawn reports in the order drawn; send `next_cursor` as `cursor` for what comes after."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reports": [_DRAWN], "next_cursor": None}]})

    reports: list[ShownDrawn]
    next_cursor: str | None


class ShownCase(BaseModel):
    """A report before a reviewer, with the statement its member signed (JWS); `member` is a pseudonym."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CASE]})

    report_id: UUID
    member: str
    state: ReportState
    category: Category
    severity: Severity
    confidence: Confidence
    amount_minor: int
    currency: str
    act_ended_on: date
    filed_at: datetime
    revision: int
    statement: str


class Refusal(RequestModel):
    """Why a report that waits never counts; `false_report` says that its member knew it to be false (MI-01)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"note": "The label is a filter of the platform itself.", "false_report": False}]
        }
    )

    note: FreeText
    false_report: bool = False


class SecondJudgement(RequestModel):
    """What a second look found; `false_report` says that an overturned one was known to be false (MI-01)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"result": "upheld", "note": "The manifest bears it out."}]}
    )

    result: SecondResult
    note: FreeText
    false_report: bool = False


@router.get("/held-reports", operation_id="listHeldReports", summary="List the reports that wait")
async def held(
    _: Looker,
    edge: EdgeDep,
    session: Writes,
    act: StaffAct,
    limit: Annotated[int, Query(ge=1, le=cursors.MOST)] = 50,
    cursor: Cursor | None = None,
) -> HoldPage:
    """List the reports that wait before they count, the longest waiting first."""
    after = cursors.decode(cursor, at="cursor")
    found = await second_looks.held_page(session, limit=limit, after=after, act=act, desk=edge.reports)
    return HoldPage(
        reports=[_hold(one) for one in found],
        next_cursor=cursors.following(found, limit, lambda one: (one.held_at, one.report_id)),
    )


@router.get("/held-reports/{report_id}", operation_id="showHeldReport", summary="Show a report that waits")
async def show(_: Looker, report_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> ShownCase:
    """Show a report that waits; the look is logged, and its subject sees it."""
    return _case(await second_looks.show(session, report_id, act=act, desk=edge.reports))


@router.post("/brakes/{brake_id}:draw", operation_id="drawBrakeSample", summary="Draw the sample of a wave")
async def draw(_: Reviewer, brake_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> WaveSample:
    """Draw which reports of a wave are judged; the seed decides, not who draws. Later reports are another wave."""
    found = await second_looks.draw_sample(session, brake_id, act=act, desk=edge.reports)
    return WaveSample(reports=[_hold(one) for one in found])


@router.post("/held-reports/{report_id}:release", operation_id="releaseHeldReport", summary="Let a report count")
async def release(staff: Reviewer, report_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> ShownHold:
    """Let a report count once its notice window is over; the last of a clean sample lets the rest of its wave too."""
    async with denials_recorded(edge, act):
        done = await second_looks.release(session, report_id, by=staff.staff_id, act=act, desk=edge.reports)
    return _hold(done)


@router.post(
    "/held-reports/{report_id}:refuse", operation_id="refuseHeldReport", summary="Overturn a report that waits"
)
async def refuse(
    staff: Reviewer, report_id: UUID, why: Refusal, edge: EdgeDep, session: Writes, act: StaffAct
) -> ShownHold:
    """Overturn a report that waits; from now on each report of its wave is judged by itself."""
    why_not = Reasons(why.note, why.false_report)
    async with denials_recorded(edge, act):
        done = await second_looks.refuse(session, report_id, why_not, by=staff.staff_id, act=act, desk=edge.reports)
    return _hold(done)


@router.get("/readjudications", operation_id="listReadjudications", summary="List reports drawn for a second look")
async def drawn(
    _: Looker,
    edge: EdgeDep,
    session: Writes,
    act: StaffAct,
    limit: Annotated[int, Query(ge=1, le=cursors.MOST)] = 50,
    cursor: Cursor | None = None,
) -> DrawnPage:
    """List the drawn reports that nobody has judged, in the order drawn."""
    after = cursors.decode(cursor, at="cursor")
    found = await second_looks.drawn_page(session, limit=limit, after=after, act=act, desk=edge.reports)
    return DrawnPage(
        reports=[_drawn(one) for one in found],
        next_cursor=cursors.following(found, limit, lambda one: (one.drawn_at, one.report_id)),
    )


@router.post("/readjudications/{report_id}:claim", operation_id="claimReadjudication", summary="Take a drawn report on")
async def claim(staff: Reviewer, report_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> ShownCase:
    """Take a drawn report on and see it; nobody may who had anything to do with it."""
    async with denials_recorded(edge, act):
        case = await second_looks.claim(session, report_id, by=staff.staff_id, act=act, desk=edge.reports)
    return _case(case)


@router.post("/readjudications/{report_id}:judge", operation_id="judgeReadjudication", summary="Judge a drawn report")
async def judge(
    staff: Reviewer, report_id: UUID, found: SecondJudgement, edge: EdgeDep, session: Writes, act: StaffAct
) -> ShownDrawn:
    """Say what the second look found; what is not upheld counts no more, and is recalled."""
    why, who = Reasons(found.note, found.false_report), staff.staff_id
    async with denials_recorded(edge, act):
        done = await second_looks.judge(session, report_id, found.result, why, by=who, act=act, desk=edge.reports)
    return _drawn(done)


def _hold(one: Hold) -> ShownHold:
    return ShownHold(
        report_id=one.report_id,
        member=one.pseudonym,
        held_at=one.held_at,
        supervised=one.supervised,
        brake_id=one.brake_id,
        drawn=one.drawn,
        sampled=one.sampled,
        verdict=one.verdict,
    )


def _drawn(one: Drawn) -> ShownDrawn:
    return ShownDrawn(
        report_id=one.report_id,
        member=one.pseudonym,
        week=one.week,
        drawn_at=one.drawn_at,
        reviewer_id=one.reviewer_id,
        judged_at=one.judged_at,
    )


def _case(case: Case) -> ShownCase:
    report = case.report
    return ShownCase(
        report_id=report.id,
        member=case.pseudonym,
        state=report.state,
        category=report.category,
        severity=report.severity,
        confidence=report.confidence,
        amount_minor=report.amount_minor,
        currency=report.currency,
        act_ended_on=report.act_ended_on,
        filed_at=report.filed_at,
        revision=report.revision,
        statement=case.statement,
    )
