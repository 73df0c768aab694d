"""File, check, correct and take back reports; read one's own."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from registry.api import cursors, report_models
from registry.api.deps import ActDep, EdgeDep, ReportReader, ReportWriter, Writes
from registry.api.idempotency import Attempt, Once
from registry.api.limits import usage_headers
from registry.api.problems import problem
from registry.api.report_models import (
    CheckedReport,
    FiledReport,
    Repayment,
    ReportHistory,
    ReportPage,
    SignedReport,
    Withdrawal,
)
from registry.api.strings import Cursor, Instant
from registry.api.visits import visit_of
from registry.domain.quotas import Quota
from registry.services import quotas, reports
from registry.services.reports import Filed, Refused, Wanted

router = APIRouter(prefix="/v1", tags=["reports"])


@router.post(
    "/reports", operation_id="fileReport", summary="File a report", status_code=201, response_model=FiledReport
)
async def file(
    caller: ReportWriter, once: Once, edge: EdgeDep, request: Request, act: ActDep, told: SignedReport
) -> Response:
    """File what the member signed. `report_refused` lists every fault, `report_duplicate` names the one before."""
    usage = await quotas.charge(once.session, Quota.REPORTS, 1, member_id=caller.member_id, act=act)
    done = await reports.submit(once.session, told.statement, caller=caller, act=act, desk=edge.reports)
    return await _answer(done, 201, once, request, usage_headers(usage))


@router.post(
    "/reports:check",
    operation_id="checkReport",
    summary="Check a report without filing it",
    response_model=CheckedReport,
)
async def check(
    caller: ReportWriter, session: Writes, edge: EdgeDep, request: Request, act: ActDep, told: SignedReport
) -> CheckedReport | Response:
    """Say what would become of a report; nothing is stored but the trace of the question."""
    await quotas.charge(session, Quota.CHANGES, 1, member_id=caller.member_id, act=act)
    found = await reports.check_only(session, told.statement, caller=caller, act=act, desk=edge.reports)
    if isinstance(found, Refused):
        return problem(found.error, visit_of(request.scope))
    return report_models.checked(found, livemode=edge.facts.livemode)


@router.get("/reports", operation_id="listReports", summary="List own reports")
async def page(
    caller: ReportReader,
    session: Writes,
    edge: EdgeDep,
    act: ActDep,
    limit: Annotated[int, Query(ge=1, le=cursors.MOST)] = 50,
    cursor: Cursor | None = None,
    updated_since: Instant | None = None,
) -> ReportPage:
    """List own reports in the order of filing; `updated_since` keeps those that changed at or after an instant."""
    after = cursors.decode(cursor, at="cursor")
    wanted = Wanted(limit, after, updated_since)
    found, more = await reports.page(session, wanted, caller=caller, act=act, desk=edge.reports)
    return ReportPage(
        livemode=edge.facts.livemode,
        reports=[report_models.shown(one, livemode=edge.facts.livemode) for one in found],
        next_cursor=cursors.encode(found[-1].report.filed_at, found[-1].report.id) if more else None,
    )


@router.get("/reports/{report_id}", operation_id="showReport", summary="Show an own report")
async def show(caller: ReportReader, session: Writes, edge: EdgeDep, act: ActDep, report_id: UUID) -> ReportHistory:
    """Show an own report and its revisions. NotFound `report_unknown`."""
    found = await reports.get(session, report_id, caller=caller, act=act, desk=edge.reports)
    return report_models.history(found, livemode=edge.facts.livemode)


@router.post(
    "/reports/{report_id}:amend", operation_id="amendReport", summary="Correct a report", response_model=FiledReport
)
async def amend(
    caller: ReportWriter,
    once: Once,
    edge: EdgeDep,
    request: Request,
    act: ActDep,
    report_id: UUID,
    told: SignedReport,
) -> Response:
    """Replace what a report says by a new statement that only corrects or lessens it; whoever saw it is told."""
    await quotas.charge(once.session, Quota.CHANGES, 1, member_id=caller.member_id, act=act)
    done = await reports.amend(once.session, report_id, told.statement, caller=caller, act=act, desk=edge.reports)
    return await _answer(done, 200, once, request)


@router.post(
    "/reports/{report_id}:withdraw",
    operation_id="withdrawReport",
    summary="Take a report back",
    response_model=FiledReport,
)
async def withdraw(
    caller: ReportWriter, once: Once, edge: EdgeDep, request: Request, act: ActDep, report_id: UUID, told: Withdrawal
) -> Response:
    """Take a report back; whoever saw it is told to forget it."""
    await quotas.charge(once.session, Quota.CHANGES, 1, member_id=caller.member_id, act=act)
    done = await reports.withdraw(once.session, report_id, told.reason, caller=caller, act=act, desk=edge.reports)
    return await _answer(done, 200, once, request)


@router.post(
    "/reports/{report_id}:mark-repaid",
    operation_id="markReportRepaid",
    summary="Record that the subject has repaid",
    response_model=FiledReport,
)
async def mark_repaid(
    caller: ReportWriter, once: Once, edge: EdgeDep, request: Request, act: ActDep, report_id: UUID, told: Repayment
) -> Response:
    """Record the repayment, which lowers what the report weighs."""
    await quotas.charge(once.session, Quota.CHANGES, 1, member_id=caller.member_id, act=act)
    done = await reports.mark_repaid(once.session, report_id, told.repaid_on, caller=caller, act=act, desk=edge.reports)
    return await _answer(done, 200, once, request)


async def _answer(
    done: Filed | Refused, status: int, once: Attempt, request: Request, headers: Mapping[str, str] | None = None
) -> Response:
    """Keep and send the answer; a refusal is sent by returning it, because its trace must be committed."""
    if isinstance(done, Refused):
        return problem(done.error, visit_of(request.scope), headers)
    edge = request.state.edge
    return await once.answer(status, report_models.filed(done, livemode=edge.facts.livemode), headers)
