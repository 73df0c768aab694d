"""Samples of the log: drawn so that anybody can draw them again, gone through item by item, signed off."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from registry.api.audit.deps import Before, next_cursor
from registry.api.deps import EdgeDep
from registry.api.strings import Remark, RequestModel, Sha256Hex
from registry.console.access import Auditor
from registry.console.audit.entries import opened
from registry.console.audit.forms import Sought
from registry.console.audit.room import PATH, SEE_OTHER, Room, RoomDep
from registry.console.audit.saying import say
from registry.console.audit.searches import CHOICES, member_choices
from registry.console.audit.words import FINDING_TEXT, PURPOSE_TEXT
from registry.domain.ids import Purpose
from registry.domain.samples import MOST, Finding
from registry.pages import Filled, asked, fill
from registry.services import auditing
from registry.services.auditing import Drawn, Judgement
from registry.services.auditing.samples import Wanted
from registry.store.samples import Item

router = APIRouter(prefix="/audit/samples")
SHOWN = 50


class ToDraw(Sought):
    """What to draw: how many, of which entries, by which seed."""

    size: Annotated[int, Field(ge=1, le=MOST)]
    seed: Sha256Hex | None = None


class Found(RequestModel):
    """What was found of an item, and which one comes next."""

    finding: Finding
    note: Remark = ""
    following: Annotated[int, Field(ge=0, lt=MOST)] | None = None


class Closing(RequestModel):
    """The remark that a sample is closed with."""

    note: Remark = ""


@router.get("")
async def page(_: Auditor, request: Request, room: RoomDep, before: Before) -> Response:
    """List the samples of all auditors, and ask for what another is drawn from."""
    return await _list(room, asked(request, Sought), before)


@router.post("")
async def draw(_: Auditor, request: Request, room: RoomDep) -> Response:
    """Draw a sample."""
    filled = await fill(request, ToDraw)
    if filled.model is None:
        return await _list(room, filled, None, status=422)
    seed = bytes.fromhex(filled.model.seed) if filled.model.seed else None
    wanted = Wanted(filled.model.size, filled.model.filter(room.zone), seed)
    drawn = await auditing.draw(room.sight, wanted, because=room.why)
    return RedirectResponse(_address(drawn.sample.id), SEE_OTHER)


@router.get("/{sample_id}")
async def show(_: Auditor, room: RoomDep, sample_id: UUID) -> Response:
    """Show a sample, what was found so far, and who signed it off."""
    drawn = await auditing.show(room.sight, sample_id, because=room.why)
    return await _sample(room, drawn, None)


@router.post("/{sample_id}/sign-off")
async def sign_off(_: Auditor, request: Request, room: RoomDep, sample_id: UUID) -> Response:
    """Close a sample of which every item has a finding."""
    filled = await fill(request, Closing)
    if filled.model is None:
        drawn = await auditing.show(room.sight, sample_id, because=room.why)
        return await _sample(room, drawn, filled)
    await auditing.sign_off(room.sight, sample_id, filled.model.note)
    return RedirectResponse(_address(sample_id), SEE_OTHER)


@router.get("/{sample_id}/items/{position}")
async def open_item(_: Auditor, room: RoomDep, edge: EdgeDep, sample_id: UUID, position: int) -> Response:
    """Open the entry of an item, with the form for what is found of it."""
    return await _item(room, edge.facts.log_public_key, (sample_id, position), None)


@router.post("/{sample_id}/items/{position}")
async def judge(_: Auditor, request: Request, room: RoomDep, edge: EdgeDep, sample_id: UUID, position: int) -> Response:
    """Keep what was found of an item, and go on to the next one that has no finding."""
    filled = await fill(request, Found)
    if filled.model is None:
        return await _item(room, edge.facts.log_public_key, (sample_id, position), filled)
    said = Judgement(position, filled.model.finding, filled.model.note)
    await auditing.judge(room.sight, sample_id, [said])
    following = filled.model.following
    return RedirectResponse(_address(sample_id) + ("" if following is None else f"/items/{following}"), SEE_OTHER)


def _address(sample_id: UUID) -> str:
    return f"{PATH}/samples/{sample_id}"


async def _list(
    room: Room, form: Filled[Sought] | Filled[ToDraw], before: UUID | None, *, status: int = 200
) -> Response:
    found, more = await auditing.page(room.sight, limit=SHOWN, before=before, because=room.why)
    names = await auditing.member_names(room.sight.reads)
    return room.page(
        "audit_samples.html",
        status=status,
        choices=CHOICES,
        first=f"{PATH}/samples" if before else "",
        form=form,
        members=member_choices(names),
        mine=room.sight.staff_id,
        most=MOST,
        next=f"{PATH}/samples?cursor={next_cursor(found[-1][0].id)}" if more else "",
        samples=[(sample, standing, say(sample.filter, names)) for sample, standing in found],
    )


async def _sample(room: Room, drawn: Drawn, form: Filled[Closing] | None) -> Response:
    names = await auditing.member_names(room.sight.reads)
    return room.page(
        "audit_sample.html",
        status=422 if form else 200,
        findings=FINDING_TEXT,
        following=_unjudged(drawn.items, -1),
        form=form,
        items=drawn.items,
        judged=sum(one.finding is not None for one in drawn.items),
        mine=room.sight.staff_id,
        purpose=PURPOSE_TEXT[Purpose(drawn.sample.purpose)],
        said=say(drawn.sample.filter, names),
        sample=drawn.sample,
        signature=drawn.signature,
    )


async def _item(room: Room, public: bytes, place: tuple[UUID, int], form: Filled[Found] | None) -> Response:
    drawn, item, shown = await auditing.open_item(room.sight, *place, because=room.why)
    said: Filled[Found] = Filled(typed={"finding": item.finding or "", "note": item.note})
    return room.page(
        "audit_item.html",
        status=422 if form else 200,
        entry=opened(shown, public),
        findings=list(FINDING_TEXT.items()),
        following=_unjudged(drawn.items, item.position),
        form=form or said,
        item=item,
        sample=drawn.sample,
        signature=drawn.signature,
        total=len(drawn.items),
    )


def _unjudged(items: Sequence[Item], after: int) -> int | None:
    """Return the next item that has no finding, beginning anew after the last one."""
    left = [one.position for one in items if one.finding is None and one.position != after]
    return next((one for one in left if one > after), left[0] if left else None)
