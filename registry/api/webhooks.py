"""Webhooks: a member's endpoints, their secrets, and what became of every message."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from registry.api import cursors
from registry.api.deps import ActDep, EdgeDep, Reads, WebhookReader, WebhookWriter, Writes
from registry.api.idempotency import Once
from registry.api.strings import Cursor
from registry.api.webhook_models import (
    DeliveryLog,
    DeliveryPage,
    EndpointChange,
    Endpoints,
    EndpointSecret,
    NewEndpoint,
    Queued,
    Replay,
    Rotation,
    ShownEndpoint,
    TestQueued,
    shown,
    shown_delivery,
    shown_log,
)
from registry.domain.webhooks import DeliveryState
from registry.services import webhooks
from registry.store import webhook_deliveries as deliveries
from registry.store import webhooks as store

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])


@router.post("", operation_id="addWebhook", summary="Add an endpoint", status_code=201, response_model=ShownEndpoint)
async def add(caller: WebhookWriter, new: NewEndpoint, edge: EdgeDep, once: Once, act: ActDep) -> Response:
    """Add an endpoint; it is told of what happens from now on."""
    made = await webhooks.add(once.session, new.url, new.events, caller=caller, act=act, desk=edge.webhooks)
    return await once.answer(201, shown(made, livemode=edge.facts.livemode))


@router.get("", operation_id="listWebhooks", summary="List one's endpoints")
async def list_(caller: WebhookReader, edge: EdgeDep, session: Reads) -> Endpoints:
    """List the caller's endpoints."""
    found = await store.list_endpoints(session, member_id=caller.member_id)
    livemode = edge.facts.livemode
    return Endpoints(livemode=livemode, endpoints=[shown(one, livemode=livemode) for one in found])


@router.get("/{endpoint_id}", operation_id="showWebhook", summary="Show an endpoint")
async def show(caller: WebhookReader, endpoint_id: UUID, edge: EdgeDep, session: Reads) -> ShownEndpoint:
    """Show one of the caller's endpoints."""
    found = await store.get(session, endpoint_id, member_id=caller.member_id)
    return shown(found, livemode=edge.facts.livemode)


@router.patch("/{endpoint_id}", operation_id="changeWebhook", summary="Change an endpoint")
async def change(
    caller: WebhookWriter, endpoint_id: UUID, wish: EndpointChange, edge: EdgeDep, session: Writes, act: ActDep
) -> ShownEndpoint:
    """Change where or of what the caller is told."""
    changed = await webhooks.change(
        session, endpoint_id, wish.url, wish.events, caller=caller, act=act, desk=edge.webhooks
    )
    return shown(changed, livemode=edge.facts.livemode)


@router.delete("/{endpoint_id}", operation_id="removeWebhook", summary="Remove an endpoint", status_code=204)
async def remove(caller: WebhookWriter, endpoint_id: UUID, edge: EdgeDep, session: Writes, act: ActDep) -> None:
    """End an endpoint; what waits for it is not delivered, and its log stays readable."""
    await webhooks.remove(session, endpoint_id, caller=caller, act=act, desk=edge.webhooks)


@router.get("/{endpoint_id}/secret", operation_id="showWebhookSecret", summary="Show the secret of an endpoint")
async def secret(
    caller: WebhookWriter, endpoint_id: UUID, edge: EdgeDep, session: Writes, act: ActDep
) -> EndpointSecret:
    """Show what the endpoint's messages are signed with; the look is recorded."""
    found = await webhooks.reveal(session, endpoint_id, caller=caller, act=act, desk=edge.webhooks)
    return EndpointSecret(
        livemode=edge.facts.livemode,
        secret=found.secret,
        previous_secret=found.previous,
        previous_secret_until=found.previous_until,
    )


@router.post(
    "/{endpoint_id}:rotate-secret",
    operation_id="rotateWebhookSecret",
    summary="Give an endpoint a new secret",
    response_model=ShownEndpoint,
)
async def rotate(
    caller: WebhookWriter, endpoint_id: UUID, wish: Rotation, edge: EdgeDep, once: Once, act: ActDep
) -> Response:
    """Make a new secret; the present one signs as well for a while, so that no message is missed."""
    overlap = timedelta(hours=wish.overlap_hours)
    changed = await webhooks.rotate(once.session, endpoint_id, overlap, caller=caller, act=act, desk=edge.webhooks)
    return await once.answer(200, shown(changed, livemode=edge.facts.livemode))


@router.post(
    "/{endpoint_id}:test",
    operation_id="testWebhook",
    summary="Send a test message",
    status_code=202,
    response_model=TestQueued,
)
async def test(caller: WebhookWriter, endpoint_id: UUID, edge: EdgeDep, once: Once, act: ActDep) -> Response:
    """Send a message of type `webhook.test` to one endpoint."""
    message_id = await webhooks.test(once.session, endpoint_id, caller=caller, act=act, desk=edge.webhooks)
    return await once.answer(202, TestQueued(livemode=edge.facts.livemode, message_id=message_id))


@router.post(
    "/{endpoint_id}:replay",
    operation_id="replayWebhook",
    summary="Send messages again",
    status_code=202,
    response_model=Queued,
)
async def replay(
    caller: WebhookWriter, endpoint_id: UUID, wish: Replay, edge: EdgeDep, once: Once, act: ActDep
) -> Response:
    """Send one message again, or all since an instant that have not arrived here; each keeps its id."""
    queued = await webhooks.replay(
        once.session, endpoint_id, wish.message_id, wish.since, caller=caller, act=act, desk=edge.webhooks
    )
    return await once.answer(202, Queued(livemode=edge.facts.livemode, queued=queued))


@router.get("/{endpoint_id}/deliveries", operation_id="listWebhookDeliveries", summary="List an endpoint's deliveries")
async def page(
    caller: WebhookReader,
    endpoint_id: UUID,
    edge: EdgeDep,
    session: Reads,
    state: Annotated[DeliveryState | None, Query(examples=["waiting"])] = None,
    limit: Annotated[int, Query(ge=1, le=cursors.MOST)] = 50,
    cursor: Cursor | None = None,
) -> DeliveryPage:
    """List what was or is to be sent to an endpoint, newest first."""
    endpoint = await store.get(session, endpoint_id, member_id=caller.member_id)
    after = cursors.decode(cursor, at="cursor")
    found = await deliveries.page(session, endpoint, state=state, limit=limit, after=after)
    more = len(found) == limit
    return DeliveryPage(
        livemode=edge.facts.livemode,
        deliveries=[shown_delivery(one) for one in found],
        next_cursor=cursors.encode(found[-1].created_at, found[-1].message_id) if more else None,
    )


@router.get(
    "/{endpoint_id}/deliveries/{message_id}",
    operation_id="showWebhookDelivery",
    summary="Show what became of a message",
)
async def delivery(
    caller: WebhookReader, endpoint_id: UUID, message_id: UUID, edge: EdgeDep, session: Reads
) -> DeliveryLog:
    """Show one delivery with every attempt."""
    await store.get(session, endpoint_id, member_id=caller.member_id)
    found = await deliveries.get(session, endpoint_id, message_id)
    attempts = await deliveries.attempts(session, endpoint_id, message_id)
    return shown_log(found, attempts, livemode=edge.facts.livemode)
