"""Appeals against one's own reports: read, answer, put forward, and ask for second instance."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from registry.api import appeal_models, cursors
from registry.api.appeal_models import AppealList, AppealPage, NewEvidence, ShownAppeal, SignedAnswer
from registry.api.deps import ActDep, AppealReader, AppealWriter, EdgeDep, Writes
from registry.api.edge import Edge
from registry.api.idempotency import Attempt, Once
from registry.api.strings import Cursor
from registry.domain.access import Caller
from registry.domain.appeal_case import MEMBER, AppealStep
from registry.domain.appeal_files import Side
from registry.domain.events import Act
from registry.domain.quotas import Quota
from registry.services import appeals, quotas
from registry.services.appeals import Standing

router = APIRouter(prefix="/v1", tags=["appeals"])


@router.get("/appeals", operation_id="listAppeals", summary="List appeals against own reports")
async def listed(
    caller: AppealReader,
    session: Writes,
    edge: EdgeDep,
    act: ActDep,
    limit: Annotated[int, Query(ge=1, le=cursors.MOST)] = 50,
    cursor: Cursor | None = None,
) -> AppealList:
    """List admitted appeals against one's own reports, in the order they came."""
    after = cursors.decode(cursor, at="cursor")
    found = await appeals.of_member(
        session, member_id=caller.member_id, limit=limit, after=after, act=act, desk=edge.appeals
    )
    livemode, last = edge.facts.livemode, found[-1].appeal if len(found) == limit else None
    return AppealList(
        livemode=livemode,
        appeals=[ShownAppeal(**appeal_models.summary(one, livemode=livemode)) for one in found],
        next_cursor=cursors.encode(last.received_at, last.id) if last else None,
    )


@router.get("/appeals/{appeal_id}", operation_id="showAppeal", summary="Show an appeal against an own report")
async def show(caller: AppealReader, session: Writes, edge: EdgeDep, act: ActDep, appeal_id: UUID) -> AppealPage:
    """Show all the material of an appeal that is not between the registry and the person alone."""
    found = await appeals.show(
        session, appeal_id, side=Side.MEMBER, act=act, desk=edge.appeals, member_id=caller.member_id
    )
    return AppealPage(**appeal_models.page(found, livemode=edge.facts.livemode))


@router.post(
    "/appeals/{appeal_id}:answer", operation_id="answerAppeal", summary="Answer an appeal", response_model=ShownAppeal
)
async def answer(
    caller: AppealWriter, once: Once, edge: EdgeDep, act: ActDep, appeal_id: UUID, told: SignedAnswer
) -> Response:
    """Say whether the report stands; withdrawing it ends the record at once, silence does so when time is up."""
    await quotas.charge(once.session, Quota.CHANGES, 1, member_id=caller.member_id, act=act)
    read = appeal_models.read_answer
    done = await appeals.answer(
        once.session, appeal_id, told.statement, read, caller=caller, act=act, desk=edge.appeals
    )
    return await _answered(done, once, edge)


@router.post(
    "/appeals/{appeal_id}:add-evidence",
    operation_id="addAppealEvidence",
    summary="Put something forward in an appeal",
    response_model=ShownAppeal,
)
async def add_evidence(
    caller: AppealWriter, once: Once, edge: EdgeDep, act: ActDep, appeal_id: UUID, told: NewEvidence
) -> Response:
    """Add to the manifest; the bytes follow apart."""
    await quotas.charge(once.session, Quota.CHANGES, 1, member_id=caller.member_id, act=act)
    await _own(once, appeal_id, caller, edge)
    exhibits = [one.exhibit() for one in told.evidence]
    done = await appeals.add_evidence(once.session, appeal_id, exhibits, by=MEMBER, act=act, desk=edge.appeals)
    return await _answered(done, once, edge)


@router.post(
    "/appeals/{appeal_id}:ask-second-instance",
    operation_id="askSecondInstance",
    summary="Ask for second instance",
    response_model=ShownAppeal,
)
async def ask_second(caller: AppealWriter, once: Once, edge: EdgeDep, act: ActDep, appeal_id: UUID) -> Response:
    """Ask a panel of three to decide anew; once, within six months, by the side that lost."""
    return await _step(once, appeal_id, AppealStep.ASK_SECOND, caller, act, edge)


@router.post(
    "/appeals/{appeal_id}:drop-second-instance",
    operation_id="dropSecondInstance",
    summary="Take back a wish for second instance",
    response_model=ShownAppeal,
)
async def drop_second(caller: AppealWriter, once: Once, edge: EdgeDep, act: ActDep, appeal_id: UUID) -> Response:
    """Leave it at the first decision; for the side that asked."""
    return await _step(once, appeal_id, AppealStep.DROP_SECOND, caller, act, edge)


async def _step(once: Attempt, appeal_id: UUID, step: AppealStep, caller: Caller, act: Act, edge: Edge) -> Response:
    await quotas.charge(once.session, Quota.CHANGES, 1, member_id=caller.member_id, act=act)
    await _own(once, appeal_id, caller, edge)
    done = await appeals.step(once.session, appeal_id, step, by=MEMBER, act=act, desk=edge.appeals)
    return await _answered(done, once, edge)


async def _own(once: Attempt, appeal_id: UUID, caller: Caller, edge: Edge) -> None:
    appeals.check_member(await appeals.look(once.session, appeal_id, edge.appeals), caller.member_id)


async def _answered(done: Standing, once: Attempt, edge: Edge) -> Response:
    shown = appeals.summary(done, edge.appeals)
    return await once.answer(200, ShownAppeal(**appeal_models.summary(shown, livemode=edge.facts.livemode)))
