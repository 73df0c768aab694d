"""Deliveries: taken by one of several workers, carried by its courier, settled; at least once, always with one id."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from registry.domain.events import Act
from registry.domain.webhooks import DeliveryState, EndReason, Result, decide
from registry.services.webhooks.desk import Desk, headers
from registry.store import webhook_deliveries as store
from registry.store import webhooks
from registry.store.database import WriteSession
from registry.store.webhook_deliveries import Taken

# Longer than an attempt may take: a delivery still open then was lost with its worker.
LEASE = timedelta(minutes=1)
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One attempt, ready to be sent."""

    taken: Taken
    body: bytes
    headers: Mapping[str, str] = field(repr=False)


async def take(
    session: WriteSession, *, most: int, without: Collection[UUID], now: datetime, desk: Desk
) -> list[Parcel]:
    """Take what is due, except for the endpoints in `without`; each is this worker's for as long as the lease."""
    taken = await store.take(session, now=now, lease=LEASE, most=most, without=without)
    return [_parcel(one, desk) for one in taken]


async def settle(
    session: WriteSession, parcel: Parcel, result: Result, *, duration_ms: int, act: Act, desk: Desk
) -> None:
    """Write down how an attempt ended, and decide what follows."""
    taken = parcel.taken
    state, latest = await store.lock(session, taken)
    await store.insert_attempt(
        session, taken, result, attempt_id=desk.new_id(act.now), now=act.now, duration_ms=duration_ms
    )
    # Another worker, a removal or a replay may have come first; that it arrived stays true all the same.
    ours = state is DeliveryState.WAITING and latest == taken.attempt
    if state is DeliveryState.DELIVERED or not (ours or result.delivered):
        return
    following = decide(result, attempts=taken.attempt)
    await store.settle(session, taken, following, now=act.now)
    content = {"endpoint": str(taken.endpoint_id), "member": str(taken.message.member_id)}
    if result.gone:
        await webhooks.end_endpoint(session, taken.endpoint_id, EndReason.GONE, now=act.now)
        await desk.record(session, "webhook.end", EndReason.GONE, act=act, content=content)
    elif following.state is DeliveryState.DEAD:
        whole = {**content, "message": str(taken.message.id)}
        await desk.record(session, "webhook.give_up", "dead", act=act, content=whole)


async def forget(session: WriteSession, *, now: datetime) -> int:
    """Forget messages and their deliveries after a month; return how many rows."""
    return await store.forget(session, before=now - KEPT)


def _parcel(taken: Taken, desk: Desk) -> Parcel:
    at = desk.signing_time()
    secrets = [desk.open(taken.endpoint_id, taken.sealed_secret)]
    if taken.sealed_previous is not None and taken.previous_until is not None and at < taken.previous_until:
        secrets.append(desk.open(taken.endpoint_id, taken.sealed_previous))
    body = desk.body(taken.message)
    return Parcel(taken, body, headers(taken.message, body, secrets, at=at))
