"""The queue, and a case on one page."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from registry.api import appeal_models, cursors
from registry.api.deps import EdgeDep, Writes
from registry.api.officers.access import Reader, case_fields
from registry.api.officers.models import CaseList, CasePage, ShownCase, ShownDraft, ShownStep
from registry.api.staff_access import StaffAct
from registry.api.strings import Cursor
from registry.domain.appeal_case import Case
from registry.domain.appeal_files import Side
from registry.services import appeals
from registry.services.appeals import Tab, Wanted
from registry.store.appeal_lists import NEVER
from registry.store.appeals import Step

router = APIRouter(prefix="/v1/officers", tags=["officers"])


@router.get("/appeals", operation_id="listCases", summary="List appeals to work on")
async def listed(
    staff: Reader,
    session: Writes,
    edge: EdgeDep,
    act: StaffAct,
    tab: Annotated[Tab, Query(examples=["unclaimed"])] = Tab.OPEN,
    limit: Annotated[int, Query(ge=1, le=cursors.MOST)] = 50,
    cursor: Cursor | None = None,
) -> CaseList:
    """List a part of the queue, by what is due first, also what is overdue."""
    wanted = Wanted(tab, staff.staff_id, limit, cursors.decode(cursor, at="cursor"))
    found = await appeals.queue(session, wanted, act=act, desk=edge.appeals)
    livemode, last = edge.facts.livemode, found[-1].appeal if len(found) == limit else None
    return CaseList(
        livemode=livemode,
        appeals=[ShownCase(**case_fields(one, livemode=livemode)) for one in found],
        next_cursor=cursors.encode(last.next_due_at or NEVER, last.id) if last else None,
    )


@router.get("/appeals/{appeal_id}", operation_id="showCase", summary="Show an appeal in full")
async def show(_: Reader, session: Writes, edge: EdgeDep, act: StaffAct, appeal_id: UUID) -> CasePage:
    """Show a case on one page: who says what, what was put forward, the draft, the letters, and every step."""
    found = await appeals.show(session, appeal_id, side=Side.REGISTRY, act=act, desk=edge.appeals)
    row = found.standing.appeal
    return CasePage(
        **appeal_models.page(found, livemode=edge.facts.livemode),
        holder=row.holder,
        next_due_at=row.next_due_at,
        draft=_draft(found.standing.case),
        steps=[_step(one) for one in found.steps],
    )


def _draft(case: Case) -> ShownDraft | None:
    draft = case.draft
    if draft is None:
        return None
    return ShownDraft(
        result=draft.result,
        reasons=draft.reasons,
        findings=sorted(draft.findings),
        act_denied=draft.act_denied,
        automation=list(draft.automation),
        void=draft.evidence != case.evidence,
        approved_by=list(case.approved_by),
    )


def _step(one: Step) -> ShownStep:
    return ShownStep(
        step=one.step or "lodge",
        party=one.party,
        staff_id=one.staff_id,
        state=one.state,
        at=one.at,
        due_at=one.due_at,
        entry_id=one.entry_id,
    )
