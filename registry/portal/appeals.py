"""My appeals: where each stands, who acts next and by when, what was said, and the steps that are mine."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from registry.api.me.appeal_door import Door
from registry.api.strings import FreeText, RequestModel
from registry.domain.appeal_case import AppealState, AppealStep, Party, Result
from registry.domain.appeal_files import MessageKind, Side
from registry.domain.appeal_panel import AGGRIEVED
from registry.domain.appeal_words import GROUND_TEXT, STATE_TEXT
from registry.domain.appeals import OPEN
from registry.domain.deadlines import AWAITED
from registry.pages import Filled, fill
from registry.portal import words
from registry.portal.access import SEE_OTHER, DoorDep, Screen, ScreenDep, SubjectDep
from registry.services import uploads
from registry.services.appeals import Page, Words
from registry.services.subjects import cases

router = APIRouter(prefix="/appeals")


class Said(RequestModel):
    """What one says."""

    text: FreeText


@router.get("")
async def listed(
    _: SubjectDep, screen: ScreenDep, door: DoorDep, kept: Annotated[int, Query(ge=0, le=1)] = 0
) -> Response:
    """List the appeals about every record one sees, as far as one may read them."""
    found = await door.listed()
    own = await cases.own_records(door.session, door.subject, act=door.act)
    return screen.page("appeals.html", appeals=found, own=own, states=STATE_TEXT, awaited=AWAITED, kept=kept)


@router.get("/{appeal_id}")
async def show(_: SubjectDep, screen: ScreenDep, door: DoorDep, appeal_id: UUID) -> Response:
    """Show where an appeal stands and all that was said in it."""
    return await _page(screen, door, appeal_id)


@router.post("/{appeal_id}/say")
async def say(_: SubjectDep, screen: ScreenDep, door: DoorDep, appeal_id: UUID, request: Request) -> Response:
    """Add a remark to the thread."""
    filled = await fill(request, Said)
    if filled.model is None:
        return await _page(screen, door, appeal_id, said=filled)
    await door.say(appeal_id, filled.model.text)
    return _back(appeal_id)


@router.post("/{appeal_id}/reply")
async def reply(_: SubjectDep, screen: ScreenDep, door: DoorDep, appeal_id: UUID, request: Request) -> Response:
    """Answer the one question of the reviewer."""
    filled = await fill(request, Said)
    if filled.model is None:
        return await _page(screen, door, appeal_id, replied=filled)
    await door.step(appeal_id, AppealStep.REPLY, Words(MessageKind.REPLY, filled.model.text))
    return _back(appeal_id)


@router.post("/{appeal_id}/prove")
async def prove(_: SubjectDep, door: DoorDep, appeal_id: UUID) -> Response:
    """Bring the proof that an appeal waits for, which was lodged by a link."""
    await door.prove(appeal_id)
    return _back(appeal_id)


@router.post("/{appeal_id}/withdraw")
async def withdraw(_: SubjectDep, door: DoorDep, appeal_id: UUID) -> Response:
    """Take the appeal back."""
    await door.step(appeal_id, AppealStep.WITHDRAW)
    return _back(appeal_id)


@router.post("/{appeal_id}/ask-second-instance")
async def ask_second(_: SubjectDep, door: DoorDep, appeal_id: UUID) -> Response:
    """Ask a panel of three to decide anew."""
    await door.step(appeal_id, AppealStep.ASK_SECOND)
    return _back(appeal_id)


@router.post("/{appeal_id}/drop-second-instance")
async def drop_second(_: SubjectDep, door: DoorDep, appeal_id: UUID) -> Response:
    """Leave it at the first decision."""
    await door.step(appeal_id, AppealStep.DROP_SECOND)
    return _back(appeal_id)


async def _page(
    screen: Screen,
    door: Door,
    appeal_id: UUID,
    *,
    said: Filled[Said] | None = None,
    replied: Filled[Said] | None = None,
) -> Response:
    found = await door.page(appeal_id)
    own = await cases.own_record(door.session, door.subject, found.standing.report.id, act=door.act)
    return screen.page(
        "appeal.html",
        status=422 if said or replied else 200,
        found=found,
        files=await uploads.fates(door.session, appeal_id, Side.SUBJECT),
        case=found.standing.case,
        member=own.found.member if own.sight == "details" else None,
        states=STATE_TEXT,
        ground_text=GROUND_TEXT,
        awaited=AWAITED,
        hears=own.hears(found.standing.appeal),
        may=_may(found),
        done=_done(found),
        said=said,
        replied=replied,
        policy=door.edge.policies[found.standing.report.policy],
    )


def _may(found: Page) -> frozenset[str]:
    """Say which steps are the person's now; whether it is late for one, the rules say when it is taken."""
    case, appeal = found.standing.case, found.standing.appeal
    state, second = case.state, case.second
    steps = {
        "say": state in OPEN,
        "add": state in OPEN,
        "reply": state is AppealState.AWAITING_SUBJECT,
        "prove": state is AppealState.RECEIVED and not appeal.proved_kinds,
        "withdraw": state in OPEN - {AppealState.SECOND_INSTANCE},
        "ask": state is AppealState.DECIDED and second is None and _lost(case.result),
        "drop": state is AppealState.SECOND_INSTANCE and second is not None and second.asked_by is Party.SUBJECT,
    }
    return frozenset(step for step, possible in steps.items() if possible)


def _lost(result: Result | None) -> bool:
    return result is not None and Party.SUBJECT in AGGRIEVED.get(result, frozenset())


def _done(found: Page) -> dict[str, object]:
    """Return when each stage of an appeal was reached, in the order in which they follow."""
    appeal = found.standing.appeal
    answered = next((one.at for one in found.steps if one.step is AppealStep.ANSWER), None)
    reached = (appeal.received_at, appeal.admitted_at, answered, appeal.decided_at, appeal.told_at)
    return dict(zip(words.STAGES, reached, strict=True))


def _back(appeal_id: UUID) -> Response:
    return RedirectResponse(f"/me/appeals/{appeal_id}", SEE_OTHER)
