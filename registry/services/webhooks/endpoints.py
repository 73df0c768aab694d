"""Endpoints: where a member wants to be told of what; added, changed, removed, tested, and sent to again."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from registry.domain.access import Caller
from registry.domain.events import Act
from registry.domain.webhooks import (
    MOST_ENDPOINTS,
    MOST_OVERLAP,
    EndpointStatus,
    EndReason,
    Event,
    check_url,
)
from registry.errors import Conflict, NotFound
from registry.services.webhooks.desk import Desk, text_of
from registry.store import webhook_deliveries as deliveries
from registry.store import webhooks as store
from registry.store.database import WriteSession
from registry.store.webhooks import Endpoint, Message
from registry_formats.leaf import JsonValue


@dataclass(frozen=True, slots=True)
class Secrets:
    """What an endpoint's messages are signed with, as Standard Webhooks writes it; the previous one until it ends."""

    secret: str = field(repr=False)
    previous: str | None = field(repr=False)
    previous_until: datetime | None


async def add(
    session: WriteSession, url: str, events: Collection[Event], *, caller: Caller, act: Act, desk: Desk
) -> Endpoint:
    """Add an endpoint. Malformed `url_refused`; Conflict `endpoints_too_many`."""
    check_url(url, plain=not desk.livemode)
    if await store.count_active(session, member_id=caller.member_id) >= MOST_ENDPOINTS:
        raise Conflict("endpoints_too_many")
    endpoint_id = desk.new_id(act.now)
    endpoint = Endpoint(
        id=endpoint_id,
        member_id=caller.member_id,
        url=url,
        events=frozenset(events),
        status=EndpointStatus.ACTIVE,
        end_reason=None,
        sealed_secret=desk.new_secret(endpoint_id),
        sealed_previous=None,
        previous_until=None,
        created_at=act.now,
        ended_at=None,
    )
    await store.insert_endpoint(session, endpoint)
    await _record(session, "webhook.add", endpoint, act, desk, events=_names(endpoint.events))
    return endpoint


async def change(
    session: WriteSession,
    endpoint_id: UUID,
    url: str | None,
    events: Collection[Event] | None,
    *,
    caller: Caller,
    act: Act,
    desk: Desk,
) -> Endpoint:
    """Change where or of what a member is told. Errors as of `add`; NotFound `endpoint_unknown`."""
    endpoint = await _active(session, endpoint_id, caller)
    if url is not None:
        check_url(url, plain=not desk.livemode)
    heard = endpoint.events if events is None else frozenset(events)
    changed = replace(endpoint, url=url or endpoint.url, events=heard)
    await store.save_endpoint(session, changed)
    await _record(session, "webhook.change", changed, act, desk, events=_names(heard))
    return changed


async def remove(session: WriteSession, endpoint_id: UUID, *, caller: Caller, act: Act, desk: Desk) -> None:
    """End an endpoint. NotFound `endpoint_unknown`; Conflict `endpoint_ended`."""
    endpoint = await _active(session, endpoint_id, caller)
    await store.end_endpoint(session, endpoint.id, EndReason.REMOVED, now=act.now)
    await _record(session, "webhook.remove", endpoint, act, desk)


async def rotate(
    session: WriteSession, endpoint_id: UUID, overlap: timedelta, *, caller: Caller, act: Act, desk: Desk
) -> Endpoint:
    """Give an endpoint a new secret; the present one signs as well for as long as `overlap`.

    Errors: NotFound `endpoint_unknown`; Conflict `endpoint_ended`, `overlap_too_long`.
    """
    if not timedelta(0) <= overlap <= MOST_OVERLAP:
        raise Conflict("overlap_too_long")
    endpoint = await _active(session, endpoint_id, caller)
    changed = replace(
        endpoint,
        sealed_secret=desk.new_secret(endpoint.id),
        sealed_previous=endpoint.sealed_secret if overlap else None,
        previous_until=desk.signing_time() + overlap if overlap else None,
    )
    await store.save_endpoint(session, changed)
    await _record(session, "webhook.rotate_secret", changed, act, desk, overlap_s=int(overlap.total_seconds()))
    return changed


async def reveal(session: WriteSession, endpoint_id: UUID, *, caller: Caller, act: Act, desk: Desk) -> Secrets:
    """Show an endpoint's secrets to its member; the look leaves a trace. NotFound `endpoint_unknown`."""
    endpoint = await store.get(session, endpoint_id, member_id=caller.member_id)
    previous, until = endpoint.sealed_previous, endpoint.previous_until
    if until is None or until <= desk.signing_time():
        previous = until = None
    await _record(session, "webhook.reveal_secret", endpoint, act, desk)
    return Secrets(
        text_of(desk.open(endpoint.id, endpoint.sealed_secret)),
        None if previous is None else text_of(desk.open(endpoint.id, previous)),
        until,
    )


async def test(session: WriteSession, endpoint_id: UUID, *, caller: Caller, act: Act, desk: Desk) -> UUID:
    """Send a message that says nothing; return its id. NotFound `endpoint_unknown`; Conflict `endpoint_ended`."""
    endpoint = await _active(session, endpoint_id, caller)
    message = Message(desk.new_id(act.now), caller.member_id, Event.TEST, {"endpoint_id": str(endpoint.id)}, act.now)
    await store.insert_test(session, message, endpoint_id=endpoint.id)
    await _record(session, "webhook.test", endpoint, act, desk, message=str(message.id))
    return message.id


async def replay(
    session: WriteSession,
    endpoint_id: UUID,
    message_id: UUID | None,
    since: datetime | None,
    *,
    caller: Caller,
    act: Act,
    desk: Desk,
) -> int:
    """Send one message again, or all since an instant that have not arrived; each keeps its id. Return how many.

    Errors: NotFound `endpoint_unknown`, `message_unknown`; Conflict `endpoint_ended`.
    """
    endpoint = await _active(session, endpoint_id, caller)
    if message_id is not None and not await store.is_message_of(session, message_id, member_id=caller.member_id):
        raise NotFound("message_unknown")
    queued = await deliveries.send_again(session, endpoint, message_id=message_id, since=since, now=act.now)
    await _record(session, "webhook.replay", endpoint, act, desk, messages=queued)
    return queued


async def _active(session: WriteSession, endpoint_id: UUID, caller: Caller) -> Endpoint:
    endpoint = await store.lock(session, endpoint_id, member_id=caller.member_id)
    if endpoint.status is EndpointStatus.ENDED:
        raise Conflict("endpoint_ended")
    return endpoint


async def _record(
    session: WriteSession, action: str, endpoint: Endpoint, act: Act, desk: Desk, **content: JsonValue
) -> None:
    await desk.record(session, action, "done", act=act, content={"endpoint": str(endpoint.id), **content})


def _names(events: Collection[Event]) -> list[JsonValue]:
    return [event.value for event in sorted(events)]
