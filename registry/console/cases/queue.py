"""The queue: what to work on next, by what breaches first; a case is taken and laid down from here too."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from registry.api import cursors
from registry.api.deps import EdgeDep, Writes
from registry.api.strings import Cursor, RequestModel
from registry.console.access import ScreenDep, StaffAct
from registry.console.cases import words
from registry.console.cases.bench import PATH, SEE_OTHER, AtBench, Caseworker, Reader, Worker
from registry.console.cases.clocks import Clock, clocks
from registry.domain.appeal_case import AppealStep, Ground
from registry.domain.appeal_skips import SkipReason
from registry.domain.appeal_words import GROUND_TEXT
from registry.domain.staff import Role, Staff
from registry.errors import Conflict, Malformed
from registry.pages import asked, fill
from registry.services import appeals
from registry.services.appeals import Summary, Tab, Wanted
from registry.store.appeal_lists import NEVER, WORKING

router = APIRouter()


class Asked(RequestModel):
    """Which part of the queue."""

    tab: Tab | None = None
    ground: Ground | None = None
    member: UUID | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 25


class Then(RequestModel):
    """Where to go on after a step."""

    then: Literal["case", "list"] = "case"


class Skipped(RequestModel):
    """Why a case is left to colleagues."""

    reason: SkipReason


@dataclass(frozen=True, slots=True)
class Row:
    """A case in the list: what it is about, its clocks, what its reader may do with it and when they passed it over."""

    one: Summary
    clocks: tuple[Clock, ...]
    claims: bool
    releases: bool
    skipped_at: datetime | None


@router.get("/appeals")
async def listed(
    request: Request, staff: Reader, session: Writes, edge: EdgeDep, act: StaffAct, screen: ScreenDep
) -> Response:
    """List a part of the queue."""
    wish = asked(request, Asked).model
    if wish is None:
        raise Malformed("request_invalid")
    tab = wish.tab or _first(staff)
    after = cursors.decode(wish.cursor, at="cursor")
    wanted = Wanted(tab, staff.staff_id, wish.limit, after, wish.ground, wish.member)
    found = await appeals.queue(session, wanted, act=act, desk=edge.appeals)
    people = await appeals.people(session)
    skipped = await appeals.skipped(session, [one.appeal.id for one in found], staff_id=staff.staff_id)
    filters = {"ground": wish.ground or "", "member": str(wish.member or "")}
    place = cursors.following(found, wish.limit, lambda one: (one.appeal.next_due_at or NEVER, one.appeal.id))
    return screen.page(
        "cases.html",
        tab=tab,
        tabs=[(_address(one, filters), said, one is tab) for one, said in words.TAB.items()],
        rows=[_row(one, staff, skipped.get(one.appeal.id)) for one in found],
        people=people,
        grounds=GROUND_TEXT,
        filters=filters,
        member=wish.member,
        words=words,
        rules={name: policy.taxonomy.categories for name, policy in edge.policies.items()},
        first=_address(tab, filters) if wish.cursor else "",
        next=_address(tab, filters, limit=str(wish.limit), cursor=place) if place else "",
    )


@router.post("/appeals/{appeal_id}/claim")
async def claim(request: Request, _: Worker, bench: AtBench, appeal_id: UUID) -> Response:
    """Take a case that nobody holds; of two at once, one gets it."""
    return await _moved(request, bench, appeal_id, AppealStep.CLAIM)


@router.post("/appeals/{appeal_id}/skip")
async def skip(request: Request, _: Worker, bench: AtBench, appeal_id: UUID) -> Response:
    """Leave a case to colleagues, and say why; it stays in the queue."""
    told = (await fill(request, Skipped)).model
    if told is None:
        raise Malformed("request_invalid")
    try:
        await bench.skip(appeal_id, told.reason)
    except Conflict as refusal:
        return await bench.page(appeal_id, refusal=refusal)
    return RedirectResponse(f"{PATH}?tab={Tab.UNCLAIMED}", SEE_OTHER)


@router.post("/appeals/{appeal_id}/release")
async def release(request: Request, _: Caseworker, bench: AtBench, appeal_id: UUID) -> Response:
    """Lay a case down; a supervisor may take it from anybody."""
    return await _moved(request, bench, appeal_id, AppealStep.RELEASE)


async def _moved(request: Request, bench: AtBench, appeal_id: UUID, step: AppealStep) -> Response:
    told = (await fill(request, Then)).model or Then()
    answer = await bench.take(appeal_id, step)
    if answer.status_code == SEE_OTHER and told.then == "list":
        return RedirectResponse(f"{PATH}?tab={Tab.MINE if step is AppealStep.CLAIM else Tab.UNCLAIMED}", SEE_OTHER)
    return answer


def _first(staff: Staff) -> Tab:
    if staff.roles & {Role.OFFICER, Role.REVIEWER}:
        return Tab.MINE
    return Tab.SECOND_INSTANCE if Role.PANEL in staff.roles else Tab.OPEN


def _row(one: Summary, staff: Staff, skipped_at: datetime | None) -> Row:
    held, works = one.appeal.holder, one.appeal.state in WORKING
    claims = works and held is None and bool(staff.roles & {Role.OFFICER, Role.REVIEWER})
    releases = works and held is not None and (held == staff.staff_id or Role.SUPERVISOR in staff.roles)
    return Row(one, clocks(one), claims, releases, skipped_at)


def _address(tab: Tab, filters: dict[str, str], **more: str) -> str:
    chosen = {name: value for name, value in (filters | more).items() if value}
    return f"{PATH}?{urlencode({'tab': tab.value, **chosen})}"
