"""A member's own reports: which there are, the life of each, and what its people may do about it."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from registry.api import cursors
from registry.api.deps import EdgeDep, Writes
from registry.api.edge import Edge
from registry.api.strings import Cursor, RequestModel
from registry.console.access import Screen, ScreenDep
from registry.console.attempts import Retry, attempt
from registry.console.members import words
from registry.console.members.access import Ours, ReportReader, ReportWriter
from registry.console.members.rooms import LIMIT, SEE_OTHER, address, draw
from registry.domain.ids import ReportState
from registry.domain.lifecycle import TRANSITIONS, Step, WithdrawReason
from registry.domain.notices import window_ends_at
from registry.domain.quotas import Quota
from registry.pages import asked, fill
from registry.services import quotas, reports
from registry.services.reports import Filed, Wanted
from registry.store.database import WriteSession

router = APIRouter(prefix="/member/reports")


class Asked(RequestModel):
    """Which reports."""

    state: ReportState | None = None
    cursor: Cursor | None = None


class Withdrawal(RequestModel):
    """Why a report is taken back."""

    reason: WithdrawReason


class Repayment(RequestModel):
    """When the person repaid."""

    repaid_on: date


@router.get("")
async def listed(request: Request, ours: ReportReader, edge: EdgeDep, session: Writes, screen: ScreenDep) -> Response:
    """List the member's reports, the newest first."""
    wish = asked(request, Asked).model or Asked()
    after = cursors.decode(wish.cursor, at="cursor")
    wanted = Wanted(LIMIT, after, state=wish.state, newest_first=True)
    found, more = await reports.page(session, wanted, caller=ours.caller, act=ours.act, desk=edge.reports)
    last = found[-1].report if more else None
    return draw(
        screen,
        ours,
        "reports",
        "member_reports.html",
        found=found,
        state=wish.state,
        categories=edge.policies[ours.member.policy].taxonomy.categories,
        first=wish.cursor is not None,
        cursor=cursors.encode(last.filed_at, last.id) if last else None,
        words=words,
    )


@router.get("/{report_id}")
async def show(report_id: UUID, ours: ReportReader, edge: EdgeDep, session: Writes, screen: ScreenDep) -> Response:
    """Show one report with its life."""
    return await _page(report_id, ours, edge, session, screen, None)


@router.post("/{report_id}/withdraw")
async def withdraw(request: Request, report_id: UUID, ours: ReportWriter, edge: EdgeDep, screen: ScreenDep) -> Response:
    """Take a report back; whoever saw it is told to forget it."""

    async def step(session: WriteSession, told: Withdrawal) -> Filed:
        await quotas.charge(session, Quota.CHANGES, 1, member_id=ours.member.id, act=ours.act)
        return await reports.withdraw(
            session, report_id, told.reason, caller=ours.caller, act=ours.act, desk=edge.reports
        )

    return await _done(await attempt(edge, await fill(request, Withdrawal), step), report_id, ours, edge, screen)


@router.post("/{report_id}/repaid")
async def mark_repaid(
    request: Request, report_id: UUID, ours: ReportWriter, edge: EdgeDep, screen: ScreenDep
) -> Response:
    """Record that the person has repaid, which lowers what the report weighs."""

    async def step(session: WriteSession, told: Repayment) -> Filed:
        await quotas.charge(session, Quota.CHANGES, 1, member_id=ours.member.id, act=ours.act)
        return await reports.mark_repaid(
            session, report_id, told.repaid_on, caller=ours.caller, act=ours.act, desk=edge.reports
        )

    return await _done(await attempt(edge, await fill(request, Repayment), step), report_id, ours, edge, screen)


async def _done(
    done: Filed | Retry[Withdrawal] | Retry[Repayment], report_id: UUID, ours: Ours, edge: Edge, screen: Screen
) -> Response:
    if isinstance(done, Filed):
        return RedirectResponse(address("reports", report_id), SEE_OTHER)
    async with edge.database.write() as session:
        return await _page(report_id, ours, edge, session, screen, done)


async def _page(
    report_id: UUID,
    ours: Ours,
    edge: Edge,
    session: WriteSession,
    screen: Screen,
    retry: Retry[Withdrawal] | Retry[Repayment] | None,
) -> Response:
    found = await reports.get(session, report_id, caller=ours.caller, act=ours.act, desk=edge.reports)
    one = found.filed.report
    policy = edge.policies[one.policy]
    return draw(
        screen,
        ours,
        "reports",
        "member_report.html",
        status=retry.status if retry else 200,
        retry=retry,
        one=one,
        serve_by=found.filed.serve_by,
        window_ends=window_ends_at(one.served_at, policy.clocks) if one.served_at else None,
        revisions=found.revisions,
        category=policy.taxonomy.categories[one.category],
        may_withdraw=(one.state, Step.WITHDRAW) in TRANSITIONS,
        may_repay=(one.state, Step.MARK_REPAID) in TRANSITIONS and one.repaid_on is None,
        words=words,
    )
