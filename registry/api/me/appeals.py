"""Contest a record: lodge, prove, read, add, reply, take back, ask for second instance; and the letters."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from registry.api import appeal_models
from registry.api.appeal_models import REPORT, AppealList, AppealPage, Artefacts, NewEvidence, ShownAppeal, example
from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.me.appeal_door import Door
from registry.api.strings import FreeText, Remark, RequestModel
from registry.api.subject_access import SubjectDep
from registry.api.visits import visit_of
from registry.domain.appeal_case import AppealStep, Ground
from registry.domain.appeal_files import MessageKind
from registry.services.appeals import Lodging, Words
from registry.services.subjects import cases

router = APIRouter(prefix="/v1/me", tags=["subjects"])


class NewAppeal(RequestModel):
    """Which record is contested, on which grounds, and why in one's own words."""

    model_config = example(report_id=REPORT, grounds=["G05"], text="The vase arrived broken.", evidence=[])

    report_id: UUID
    grounds: Annotated[tuple[Ground, ...], Field(min_length=1, max_length=len(Ground))]
    text: Remark = ""
    evidence: Artefacts = ()


class SaidInAppeal(RequestModel):
    """What one says."""

    model_config = example(text="The courier's photo shows the open box.")

    text: FreeText


@router.get("/appeals", operation_id="listOwnAppeals", summary="List appeals about one's own records")
async def listed(subject: SubjectDep, edge: EdgeDep, session: Writes, act: StrangerAct) -> AppealList:
    """List the appeals about every record one sees, as far as one may read them."""
    found = await Door(subject, edge, session, act).listed()
    livemode = edge.facts.livemode
    shown = [ShownAppeal(**appeal_models.summary(one, livemode=livemode)) for one in found]
    return AppealList(livemode=livemode, appeals=shown, next_cursor=None)


@router.post("/appeals", operation_id="lodgeAppeal", summary="Contest a record", status_code=201)
async def lodge(
    subject: SubjectDep, told: NewAppeal, request: Request, edge: EdgeDep, session: Writes, act: StrangerAct
) -> ShownAppeal:
    """Contest a record; with a proved contact it is admitted at once, with a link alone it waits for one."""
    said = Lodging(
        grounds=told.grounds,
        text=told.text,
        language=visit_of(request.scope).language,
        proved=cases.proved(subject),
        exhibits=tuple(one.exhibit() for one in told.evidence),
    )
    return await Door(subject, edge, session, act).lodge(told.report_id, said)


@router.get("/appeals/{appeal_id}", operation_id="showOwnAppeal", summary="Show an appeal about an own record")
async def show(subject: SubjectDep, appeal_id: UUID, edge: EdgeDep, session: Writes, act: StrangerAct) -> AppealPage:
    """Show where an appeal stands, who acts next and by when, what was said, and the letters."""
    found = await Door(subject, edge, session, act).page(appeal_id)
    return AppealPage(**appeal_models.page(found, livemode=edge.facts.livemode))


@router.post("/appeals/{appeal_id}:prove", operation_id="proveOwnAppeal", summary="Bring the proof an appeal waits for")
async def prove(subject: SubjectDep, appeal_id: UUID, edge: EdgeDep, session: Writes, act: StrangerAct) -> ShownAppeal:
    """Bring the contacts proved in this session to an appeal that was lodged by a link; it is admitted at once."""
    return await Door(subject, edge, session, act).prove(appeal_id)


@router.post("/appeals/{appeal_id}:add-evidence", operation_id="addOwnEvidence", summary="Put something forward")
async def add_evidence(
    subject: SubjectDep, appeal_id: UUID, told: NewEvidence, edge: EdgeDep, session: Writes, act: StrangerAct
) -> ShownAppeal:
    """Add to the manifest; the bytes follow apart."""
    exhibits = [one.exhibit() for one in told.evidence]
    return await Door(subject, edge, session, act).put_forward(appeal_id, exhibits)


@router.post("/appeals/{appeal_id}:say", operation_id="sayInOwnAppeal", summary="Add a remark")
async def say(
    subject: SubjectDep, appeal_id: UUID, told: SaidInAppeal, edge: EdgeDep, session: Writes, act: StrangerAct
) -> ShownAppeal:
    """Add a remark to the thread, which the member that filed the record reads as well."""
    return await Door(subject, edge, session, act).say(appeal_id, told.text)


@router.post("/appeals/{appeal_id}:reply", operation_id="replyInOwnAppeal", summary="Answer the question")
async def reply(
    subject: SubjectDep, appeal_id: UUID, told: SaidInAppeal, edge: EdgeDep, session: Writes, act: StrangerAct
) -> ShownAppeal:
    """Answer the one question of the reviewer."""
    words = Words(MessageKind.REPLY, told.text)
    return await Door(subject, edge, session, act).step(appeal_id, AppealStep.REPLY, words)


@router.post("/appeals/{appeal_id}:withdraw", operation_id="withdrawOwnAppeal", summary="Take an appeal back")
async def withdraw(
    subject: SubjectDep, appeal_id: UUID, edge: EdgeDep, session: Writes, act: StrangerAct
) -> ShownAppeal:
    """Take the appeal back; the record stands as before."""
    return await Door(subject, edge, session, act).step(appeal_id, AppealStep.WITHDRAW)


@router.post(
    "/appeals/{appeal_id}:ask-second-instance", operation_id="askOwnSecondInstance", summary="Ask for second instance"
)
async def ask_second(
    subject: SubjectDep, appeal_id: UUID, edge: EdgeDep, session: Writes, act: StrangerAct
) -> ShownAppeal:
    """Ask a panel of three to decide anew; once, within six months, by the side that lost."""
    return await Door(subject, edge, session, act).step(appeal_id, AppealStep.ASK_SECOND)


@router.post(
    "/appeals/{appeal_id}:drop-second-instance",
    operation_id="dropOwnSecondInstance",
    summary="Take back a wish for second instance",
)
async def drop_second(
    subject: SubjectDep, appeal_id: UUID, edge: EdgeDep, session: Writes, act: StrangerAct
) -> ShownAppeal:
    """Leave it at the first decision; for the side that asked."""
    return await Door(subject, edge, session, act).step(appeal_id, AppealStep.DROP_SECOND)
