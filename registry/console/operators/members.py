"""Members, as who runs the registry sees them: who they are, whether they may act, how much; none of their affairs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from registry.api.admissions import MOST_CLAIMS
from registry.api.deps import EdgeDep, Reads, Writes
from registry.api.strings import RequestModel, Sentence
from registry.clock import real_time
from registry.console.access import Operator, Screen, ScreenDep, StaffAct
from registry.console.attempts import Retry, attempt
from registry.console.members.words import QUOTA
from registry.console.operators.rooms import SEE_OTHER, address, draw
from registry.domain.quotas import Quota, daily_limit
from registry.pages import asked, fill
from registry.services import members
from registry.store import members as store
from registry.store.database import ReadSession, WriteSession
from registry.store.members import Member

router = APIRouter(prefix="/operator/members")
SHOWN = 50


class Asked(RequestModel):
    """From which name on."""

    start: Sentence | None = None


class Claims(RequestModel):
    """How many refund claims a member is known to have in a day."""

    claims_per_day: Annotated[int, Field(ge=1, le=MOST_CLAIMS)]


@router.get("")
async def listed(request: Request, _: Operator, session: Reads, screen: ScreenDep) -> Response:
    """List members by name."""
    start = (asked(request, Asked).model or Asked()).start or ""
    found = await store.page(session, start=start, limit=SHOWN + 1)
    return draw(
        screen,
        "members",
        "operator_members.html",
        members=found[:SHOWN],
        next=found[SHOWN].name if len(found) > SHOWN else "",
        start=start,
    )


@router.get("/{member_id}")
async def show(_: Operator, member_id: UUID, session: Reads, screen: ScreenDep) -> Response:
    """Show a member with its keys and limits."""
    return await _page(member_id, session, screen, None)


@router.post("/{member_id}/suspend")
async def suspend(_: Operator, member_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> Response:
    """Stop a member."""
    await members.suspend(session, member_id, act=act, trail=edge.trail)
    return RedirectResponse(address("members", member_id), SEE_OTHER)


@router.post("/{member_id}/resume")
async def resume(_: Operator, member_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> Response:
    """Let a suspended member act again."""
    await members.resume(session, member_id, act=act, trail=edge.trail)
    return RedirectResponse(address("members", member_id), SEE_OTHER)


@router.post("/{member_id}/quota")
async def set_quota(
    request: Request, _: Operator, member_id: UUID, edge: EdgeDep, act: StaffAct, screen: ScreenDep
) -> Response:
    """Change what a member's quotas follow from."""

    async def step(session: WriteSession, told: Claims) -> Member:
        return await members.set_claims(session, member_id, told.claims_per_day, act=act, trail=edge.trail)

    done = await attempt(edge, await fill(request, Claims), step)
    if not isinstance(done, Retry):
        return RedirectResponse(address("members", member_id), SEE_OTHER)
    async with edge.database.read() as session:
        return await _page(member_id, session, screen, done)


async def _page(member_id: UUID, session: ReadSession, screen: Screen, retry: Retry[Claims] | None) -> Response:
    found = await store.get(session, member_id=member_id)
    keys = await store.list_keys(session, member_id=member_id)
    return draw(
        screen,
        "members",
        "operator_member.html",
        status=retry.status if retry else 200,
        retry=retry,
        member=found,
        keys=[(key, store.is_live(key, real_time())) for key in reversed(keys)],
        limits=[(quota, daily_limit(quota, found.claims_per_day)) for quota in Quota],
        quotas=QUOTA,
    )
