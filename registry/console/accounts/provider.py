"""Signing in by the provider, and binding one's own account to it: out to its pages, and back with a code."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from registry.api import staff_door
from registry.api.deps import EdgeDep, StrangerAct
from registry.api.edge import Edge
from registry.api.staff_access import recognise, staff_act_of
from registry.clock import real_time
from registry.console.access import COOKIE, SignedIn
from registry.console.accounts.home import AtHome
from registry.console.doors import SEE_OTHER, again, welcome
from registry.console.sign_in import door
from registry.domain.staff import check_fresh
from registry.errors import NotFound, QuotaExceeded, Unauthenticated, Unavailable
from registry.pages import Filled, sitting
from registry.services import staff as use_cases
from registry.services.staff import Trip

if TYPE_CHECKING:
    from registry.api.provider import Provider

router = APIRouter()
_Text = Annotated[str, Query(max_length=2048)]


@router.get("/sign-in/provider")
async def sign_in(request: Request, edge: EdgeDep) -> Response:
    """Lead to the provider."""
    return await _lead(request, edge, "sign-in")


@router.get("/account/identity")
async def bind(_: SignedIn, request: Request, home: AtHome) -> Response:
    """Lead to the provider to bind one's own account to who one is there.

    Only from a page of ours: another site could have its visitor signed in there as somebody else before it leads here.
    """
    sitting.demand_ours(request)
    check_fresh(home.who.opened_at, now=home.now)
    return await _lead(request, home.edge, "bind")


@router.get("/sign-in/provider/back")
async def come_back(request: Request, edge: EdgeDep, act: StrangerAct, state: _Text = "", code: _Text = "") -> Response:
    """Take somebody in who comes back from the provider."""
    provider = _provider(edge)
    try:
        trip = use_cases.come_back(state, _bound(request), now=real_time(), desk=edge.staff)
        if trip.purpose == "bind":
            return await _bind(request, edge, provider, code, trip)
        return welcome(await staff_door.enter_by(edge, provider, code, trip, act=act))
    except (QuotaExceeded, Unauthenticated, Unavailable) as refusal:
        return door(request, edge, again(Filled(refusal=refusal)))


async def _bind(request: Request, edge: Edge, provider: "Provider", code: str, trip: Trip) -> Response:
    who = await recognise(edge, request.cookies.get(COOKIE, ""))
    await staff_door.bind(edge, provider, code, trip, who, act=staff_act_of(request, edge, who.staff))
    return RedirectResponse("/console/account?done=bound", SEE_OTHER)


async def _lead(request: Request, edge: Edge, purpose: str) -> Response:
    trip = use_cases.set_out(purpose, sitting.proof_of(request), now=real_time(), desk=edge.staff)
    response = RedirectResponse(await _provider(edge).way(trip), SEE_OTHER)
    sitting.keep(request, response)
    return response


def _bound(request: Request) -> str:
    """Return what the trip was bound to; nothing if this browser never set out."""
    return sitting.proof_of(request) if sitting.COOKIE in request.cookies else ""


def _provider(edge: Edge) -> "Provider":
    if edge.provider is None:
        raise NotFound("route_not_found")
    return edge.provider
