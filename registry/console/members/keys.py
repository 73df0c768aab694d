"""A member's keys: those that may sign, until when, one more, and one less."""

import json
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field, StringConstraints
from starlette.responses import RedirectResponse, Response

from registry.api.deps import EdgeDep, Reads
from registry.api.edge import Edge
from registry.api.staff_access import denials_recorded
from registry.api.strings import Name, RequestModel
from registry.clock import real_time
from registry.console.access import RecognisedDep, Screen, ScreenDep
from registry.console.attempts import Retry, attempt
from registry.console.members.access import KeyKeeper, Ours
from registry.console.members.rooms import SEE_OTHER, address, draw
from registry.domain.staff import check_fresh
from registry.errors import Malformed
from registry.pages import fill
from registry.services import members
from registry.store import members as store
from registry.store.database import ReadSession, WriteSession
from registry.store.members import MemberKey

router = APIRouter(prefix="/member/keys")


Jwk = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^\s*\{[^{}]*\}\s*$")]
"""A JWK (RFC 7517) as text; what kind of key it is, and that it is public, is for the use case to say."""


def parse_jwk(text: str) -> dict[str, Any]:
    """Read a JWK; Malformed `member_key_refused` for what is no JSON object."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Malformed("member_key_refused")
    return found


class NewKey(RequestModel):
    """A public key, and for how long the present ones may sign as well."""

    jwk: Jwk
    overlap_days: Annotated[int, Field(ge=0, le=30)]


class Retired(RequestModel):
    """Which key ends now."""

    kid: Name


@router.get("")
async def listed(ours: KeyKeeper, session: Reads, screen: ScreenDep) -> Response:
    """List the member's keys."""
    return await _page(ours, session, screen, None)


@router.post("")
async def add(
    request: Request, ours: KeyKeeper, edge: EdgeDep, recognised: RecognisedDep, screen: ScreenDep
) -> Response:
    """Add a key, soon after signing in; the older ones end after the overlap.

    A key outlives every session: whoever found an open one would sign in and file as the member from then on.
    """
    async with denials_recorded(edge, ours.act):
        check_fresh(recognised.opened_at, now=real_time())

    async def step(session: WriteSession, new: NewKey) -> MemberKey:
        overlap = timedelta(days=new.overlap_days)
        act = ours.act._replace(now=real_time())
        return await members.rotate_key(
            session, ours.member.id, parse_jwk(new.jwk), overlap=overlap, act=act, trail=edge.trail
        )

    return await _done(await attempt(edge, await fill(request, NewKey), step), ours, edge, screen)


@router.post("/retire")
async def retire(request: Request, ours: KeyKeeper, edge: EdgeDep, screen: ScreenDep) -> Response:
    """End a key at once."""

    async def step(session: WriteSession, told: Retired) -> None:
        act = ours.act._replace(now=real_time())
        await members.retire_key(session, ours.member.id, told.kid, act=act, trail=edge.trail)

    return await _done(await attempt(edge, await fill(request, Retired), step), ours, edge, screen)


async def _done(
    done: MemberKey | Retry[NewKey] | Retry[Retired] | None, ours: Ours, edge: Edge, screen: Screen
) -> Response:
    if not isinstance(done, Retry):
        return RedirectResponse(address("keys"), SEE_OTHER)
    async with edge.database.read() as session:
        return await _page(ours, session, screen, done)


async def _page(
    ours: Ours, session: ReadSession, screen: Screen, retry: Retry[NewKey] | Retry[Retired] | None
) -> Response:
    # Keys live in real time, also where the time of the rules is moved.
    found = await store.list_keys(session, member_id=ours.member.id)
    return draw(
        screen,
        ours,
        "keys",
        "member_keys.html",
        status=retry.status if retry else 200,
        retry=retry,
        keys=[(key, store.is_live(key, real_time())) for key in reversed(found)],
    )
