"""The statement of the person: what stands beside a record, in their own words."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.strings import FreeText, RequestModel
from registry.domain.subjects import require_contact
from registry.pages import Filled, fill
from registry.portal.access import SEE_OTHER, Screen, ScreenDep, SubjectDep
from registry.services.subjects import cases, statements

router = APIRouter(prefix="/records/{report_id}/statement")


class NewStatement(RequestModel):
    """What is to stand beside the record, or that nothing is."""

    text: FreeText | None = None
    then: Literal["put", "take_back"] = "put"


@router.get("")
async def ask(
    subject: SubjectDep, screen: ScreenDep, report_id: UUID, edge: EdgeDep, session: Writes, act: StrangerAct
) -> Response:
    """Show the statement beside a record, to be written or replaced."""
    require_contact(subject)
    own = await cases.own_record(session, subject, report_id, act=act)
    own.check_details()
    said = await statements.read(session, subject, act=act, desk=edge.subjects)
    present = next((one.text for one in said if one.report_id == report_id), None)
    return _page(screen, report_id, present or "", own.found.member)


@router.post("")
async def put(
    subject: SubjectDep,
    screen: ScreenDep,
    report_id: UUID,
    request: Request,
    edge: EdgeDep,
    session: Writes,
    act: StrangerAct,
) -> Response:
    """Set, replace or take back the statement."""
    own = await cases.own_record(session, subject, report_id, act=act)
    filled = await fill(request, NewStatement)
    if filled.model is None or (filled.model.then == "put" and filled.model.text is None):
        faults = filled.faults or {"text": "missing"}
        return _page(screen, report_id, "", own.found.member, form=Filled(None, filled.typed, faults), status=422)
    text = filled.model.text if filled.model.then == "put" else None
    await statements.put(session, subject, text, report_id, act=act, desk=edge.subjects)
    return RedirectResponse(f"/me/#record-{report_id}", SEE_OTHER)


def _page(
    screen: Screen,
    report_id: UUID,
    present: str,
    member: str,
    *,
    form: Filled[NewStatement] | None = None,
    status: int = 200,
) -> Response:
    return screen.page("statement.html", status=status, form=form, present=present, member=member, report_id=report_id)
