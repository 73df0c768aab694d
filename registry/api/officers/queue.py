"""The queue: what to work on next."""

from typing import Annotated

from fastapi import APIRouter, Query

from registry.api import cursors
from registry.api.deps import EdgeDep, Writes
from registry.api.officers.access import Reader, case_fields
from registry.api.officers.models import CaseList, ShownCase
from registry.api.staff_access import StaffAct
from registry.api.strings import Cursor
from registry.services import appeals
from registry.services.appeals import Tab, Wanted
from registry.store.appeal_lists import NEVER

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
