"""A member's endpoints: where it is told of what, the secret of each, and what became of every message."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from registry.api import cursors
from registry.api.deps import EdgeDep, Reads, Writes
from registry.api.edge import Edge
from registry.api.strings import Cursor, RequestModel
from registry.api.webhook_models import Url
from registry.console.access import Screen, ScreenDep
from registry.console.attempts import Retry, attempt
from registry.console.members import words
from registry.console.members.access import Ours, WebhookReader, WebhookWriter
from registry.console.members.rooms import LIMIT, SEE_OTHER, address, draw
from registry.domain.access import Scope
from registry.domain.webhooks import DeliveryState, Event
from registry.errors import Malformed
from registry.pages import asked, fill
from registry.services import webhooks
from registry.services.webhooks import Secrets
from registry.store import webhook_deliveries as deliveries
from registry.store import webhooks as store
from registry.store.database import ReadSession, WriteSession
from registry.store.webhooks import Endpoint

router = APIRouter(prefix="/member/webhooks")


class NewEndpoint(RequestModel):
    """Where to send, and of what; none of the events means all of them."""

    url: Url
    events: tuple[Event, ...] = ()


class Rotation(RequestModel):
    """For how long the present secret signs as well."""

    overlap_hours: Annotated[int, Field(ge=0, le=168)]


class Again(RequestModel):
    """Which message to send again; without one, all of the last so many days that have not arrived."""

    message_id: UUID | None = None
    days: Annotated[int, Field(ge=1, le=30)] | None = None


class Asked(RequestModel):
    """Which deliveries."""

    state: DeliveryState | None = None
    cursor: Cursor | None = None


@router.get("")
async def listed(ours: WebhookReader, session: Reads, screen: ScreenDep) -> Response:
    """List the member's endpoints."""
    return await _list(ours, session, screen, None)


@router.post("")
async def add(request: Request, ours: WebhookWriter, edge: EdgeDep, screen: ScreenDep) -> Response:
    """Add an endpoint; it is told of what happens from now on."""

    async def step(session: WriteSession, new: NewEndpoint) -> Endpoint:
        return await webhooks.add(session, new.url, new.events, caller=ours.caller, act=ours.act, desk=edge.webhooks)

    done = await attempt(edge, await fill(request, NewEndpoint), step)
    if not isinstance(done, Retry):
        return RedirectResponse(address("webhooks", done.id), SEE_OTHER)
    async with edge.database.read() as session:
        return await _list(ours, session, screen, done)


@router.get("/{endpoint_id}")
async def show(request: Request, endpoint_id: UUID, ours: WebhookReader, session: Reads, screen: ScreenDep) -> Response:
    """Show an endpoint and its deliveries, the newest first."""
    return await _page(endpoint_id, ours, session, screen, asked(request, Asked).model or Asked())


@router.post("/{endpoint_id}/rotate")
async def rotate(
    request: Request, endpoint_id: UUID, ours: WebhookWriter, edge: EdgeDep, screen: ScreenDep
) -> Response:
    """Give an endpoint a new secret, and show it on this page alone."""

    async def step(session: WriteSession, wish: Rotation) -> Secrets:
        overlap = timedelta(hours=wish.overlap_hours)
        caller, act, desk = ours.caller, ours.act, edge.webhooks
        await webhooks.rotate(session, endpoint_id, overlap, caller=caller, act=act, desk=desk)
        return await webhooks.reveal(session, endpoint_id, caller=caller, act=act, desk=desk)

    done = await attempt(edge, await fill(request, Rotation), step)
    if isinstance(done, Retry):
        raise done.form.refusal or Malformed("request_invalid")
    return await _revealed(endpoint_id, ours, edge, screen, done)


@router.post("/{endpoint_id}/secret")
async def secret(endpoint_id: UUID, ours: WebhookWriter, edge: EdgeDep, screen: ScreenDep) -> Response:
    """Show what the endpoint's messages are signed with; the look is recorded."""
    async with edge.database.write() as session:
        found = await webhooks.reveal(session, endpoint_id, caller=ours.caller, act=ours.act, desk=edge.webhooks)
    return await _revealed(endpoint_id, ours, edge, screen, found)


@router.post("/{endpoint_id}/test")
async def test(endpoint_id: UUID, ours: WebhookWriter, edge: EdgeDep, session: Writes) -> Response:
    """Send a message that says nothing."""
    await webhooks.test(session, endpoint_id, caller=ours.caller, act=ours.act, desk=edge.webhooks)
    return RedirectResponse(address("webhooks", endpoint_id), SEE_OTHER)


@router.post("/{endpoint_id}/remove")
async def remove(endpoint_id: UUID, ours: WebhookWriter, edge: EdgeDep, session: Writes) -> Response:
    """End an endpoint; its log stays readable."""
    await webhooks.remove(session, endpoint_id, caller=ours.caller, act=ours.act, desk=edge.webhooks)
    return RedirectResponse(address("webhooks"), SEE_OTHER)


@router.post("/{endpoint_id}/replay")
async def replay(request: Request, endpoint_id: UUID, ours: WebhookWriter, edge: EdgeDep, session: Writes) -> Response:
    """Send one message again, or all of the last days that have not arrived."""
    wish = (await fill(request, Again)).model
    if wish is None or (wish.message_id is None) == (wish.days is None):
        raise Malformed("request_invalid")
    since = None if wish.days is None else ours.act.now - timedelta(days=wish.days)
    await webhooks.replay(
        session, endpoint_id, wish.message_id, since, caller=ours.caller, act=ours.act, desk=edge.webhooks
    )
    return RedirectResponse(address("webhooks", endpoint_id), SEE_OTHER)


@router.get("/{endpoint_id}/deliveries/{message_id}")
async def delivery(
    endpoint_id: UUID, message_id: UUID, ours: WebhookReader, session: Reads, screen: ScreenDep
) -> Response:
    """Show one message with every attempt to deliver it."""
    endpoint = await store.get(session, endpoint_id, member_id=ours.member.id)
    found = await deliveries.get(session, endpoint_id, message_id)
    attempts = await deliveries.attempts(session, endpoint_id, message_id)
    return draw(
        screen,
        ours,
        "webhooks",
        "member_delivery.html",
        endpoint=endpoint,
        one=found,
        attempts=attempts,
        writes=_writes(ours),
        words=words,
    )


async def _revealed(endpoint_id: UUID, ours: Ours, edge: Edge, screen: Screen, found: Secrets) -> Response:
    async with edge.database.read() as session:
        return await _page(endpoint_id, ours, session, screen, Asked(), secrets=found)


async def _list(ours: Ours, session: ReadSession, screen: Screen, retry: Retry[NewEndpoint] | None) -> Response:
    return draw(
        screen,
        ours,
        "webhooks",
        "member_webhooks.html",
        status=retry.status if retry else 200,
        retry=retry,
        endpoints=await store.list_endpoints(session, member_id=ours.member.id),
        writes=_writes(ours),
        words=words,
    )


async def _page(
    endpoint_id: UUID,
    ours: Ours,
    session: ReadSession,
    screen: Screen,
    wish: Asked,
    *,
    secrets: Secrets | None = None,
) -> Response:
    endpoint = await store.get(session, endpoint_id, member_id=ours.member.id)
    after = cursors.decode(wish.cursor, at="cursor")
    found = await deliveries.page(session, endpoint, state=wish.state, limit=LIMIT, after=after)
    return draw(
        screen,
        ours,
        "webhooks",
        "member_webhook.html",
        endpoint=endpoint,
        found=found,
        state=wish.state,
        first=wish.cursor is not None,
        cursor=cursors.following(found, LIMIT, lambda one: (one.created_at, one.message_id)),
        secrets=secrets,
        writes=_writes(ours),
        words=words,
    )


def _writes(ours: Ours) -> bool:
    return Scope.WEBHOOKS_WRITE in ours.caller.scopes
