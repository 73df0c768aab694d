"""Deliveries of messages to endpoints: taken by one worker at a time, settled, listed, asked for again, forgotten."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Select, and_, delete, insert, lateral, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.domain.webhooks import DeliveryState, EndpointStatus, Event, Failure, Next, Result
from registry.errors import NotFound
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import webhook_attempt, webhook_delivery, webhook_endpoint, webhook_message
from registry.store.webhooks import Endpoint, Message

_EACH = 5
_FORGET_AT_ONCE = 1_000
_way = webhook_delivery.c


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that this worker may attempt now; `attempt` counts from 1."""

    message: Message
    endpoint_id: UUID
    attempt: int
    url: str
    sealed_secret: bytes = field(repr=False)
    sealed_previous: bytes | None = field(repr=False)
    previous_until: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far the delivery of a message to an endpoint is."""

    message_id: UUID
    event: Event
    created_at: datetime
    state: DeliveryState
    attempts: int
    next_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, as the delivery log has it."""

    id: UUID
    message_id: UUID
    endpoint_id: UUID
    at: datetime
    status: int | None
    failure: Failure | None
    duration_ms: int


async def take(
    session: WriteSession, *, now: datetime, lease: timedelta, most: int, without: Collection[UUID]
) -> list[Taken]:
    """Take deliveries that are due, a few of each endpoint, and that no other worker holds.

    They are due again after `lease`: whoever took them and died has lost them by then.
    """
    due = (
        select(_way.message_id)
        .where(_way.endpoint_id == webhook_endpoint.c.id, _way.state == DeliveryState.WAITING, _way.next_at <= now)
        .order_by(_way.next_at)
        .limit(_EACH)
        .with_for_update(skip_locked=True)
    )
    some = lateral(due).alias("due")
    chosen = (
        select(some.c.message_id, webhook_endpoint.c.id)
        .select_from(webhook_endpoint)
        .join(some, literal(True))  # noqa: FBT003 - every row of the lateral
        .where(webhook_endpoint.c.status == EndpointStatus.ACTIVE, webhook_endpoint.c.id.not_in(without))
        .limit(most)
    )
    keys = [tuple(row) for row in await session.execute(chosen)]
    if not keys:
        return []
    mine = tuple_(_way.message_id, _way.endpoint_id).in_(keys)
    await session.execute(update(webhook_delivery).where(mine).values(next_at=now + lease, attempts=_way.attempts + 1))
    rows = await session.execute(_parcels().where(mine).order_by(webhook_message.c.created_at, webhook_message.c.id))
    return [_taken(row) for row in rows]


async def lock(session: WriteSession, taken: Taken) -> tuple[DeliveryState, int]:
    """Return the state of a delivery and the number of its latest attempt, and keep both."""
    wanted = select(_way.state, _way.attempts).where(_this(taken.message.id, taken.endpoint_id)).with_for_update()
    row = (await session.execute(wanted)).one()
    return DeliveryState(row.state), row.attempts


async def settle(session: WriteSession, taken: Taken, following: Next, *, now: datetime) -> None:
    """Write down what follows an attempt."""
    waits = following.state is DeliveryState.WAITING
    values = {"state": following.state, "next_at": now + following.after, "settled_at": None if waits else now}
    await session.execute(update(webhook_delivery).where(_this(taken.message.id, taken.endpoint_id)).values(values))


async def insert_attempt(
    session: WriteSession, taken: Taken, result: Result, *, attempt_id: UUID, now: datetime, duration_ms: int
) -> None:
    """Write an attempt into the delivery log."""
    new = insert(webhook_attempt).values(
        id=attempt_id,
        message_id=taken.message.id,
        endpoint_id=taken.endpoint_id,
        at=now,
        status=result.status,
        failure=result.failure,
        duration_ms=duration_ms,
    )
    await session.execute(new)


async def page(
    session: ReadSession,
    endpoint: Endpoint,
    *,
    state: DeliveryState | None,
    limit: int,
    after: tuple[datetime, UUID] | None,
) -> list[Delivery]:
    """List deliveries to an endpoint, newest message first."""
    at, key = webhook_message.c.created_at, webhook_message.c.id
    # Whose messages they are goes without saying, but tells the way: along these, from the newest back.
    wanted = _deliveries(endpoint.id).where(webhook_message.c.member_id == endpoint.member_id)
    wanted = wanted.order_by(at.desc(), key.desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(_way.state == state)
    if after is not None:
        wanted = wanted.where(tuple_(at, key) < after)
    return [Delivery(**row._mapping) for row in await session.execute(wanted)]  # noqa: SLF001 - public name


async def get(session: ReadSession, endpoint_id: UUID, message_id: UUID) -> Delivery:
    """Return one delivery; NotFound `message_unknown`."""
    row = (await session.execute(_deliveries(endpoint_id).where(_way.message_id == message_id))).one_or_none()
    if row is None:
        raise NotFound("message_unknown")
    return Delivery(**row._mapping)  # noqa: SLF001 - public name


async def attempts(session: ReadSession, endpoint_id: UUID, message_id: UUID) -> list[Attempt]:
    """List the attempts of one delivery, oldest first."""
    tried = webhook_attempt.c
    wanted = select(webhook_attempt).where(tried.endpoint_id == endpoint_id, tried.message_id == message_id)
    rows = await session.execute(wanted.order_by(tried.at, tried.id))
    return [Attempt(**row._mapping) for row in rows]  # noqa: SLF001 - public name


async def send_again(
    session: WriteSession, endpoint: Endpoint, *, message_id: UUID | None, since: datetime | None, now: datetime
) -> int:
    """Make one message, or every one since an instant that has not arrived, wait for delivery; return how many.

    Messages that were never on their way to this endpoint are put on it, so that a new endpoint can take over.
    """
    sent = webhook_message.c
    way = (literal(endpoint.id), literal(DeliveryState.WAITING.value), literal(0), literal(now))
    wanted = select(sent.id, *way).where(sent.member_id == endpoint.member_id)
    if message_id is not None:
        wanted = wanted.where(sent.id == message_id)
    if since is not None:
        wanted = wanted.where(sent.created_at >= since, sent.event != Event.TEST)
        if endpoint.events:
            wanted = wanted.where(sent.event.in_(sorted(endpoint.events)))
    columns = ["message_id", "endpoint_id", "state", "attempts", "next_at"]
    fresh = upsert(webhook_delivery).from_select(columns, wanted)
    replaced = {"state": DeliveryState.WAITING, "attempts": 0, "next_at": now, "settled_at": None}
    settled = (DeliveryState.DEAD, DeliveryState.DELIVERED) if message_id is not None else (DeliveryState.DEAD,)
    again = fresh.on_conflict_do_update(
        index_elements=["message_id", "endpoint_id"], set_=replaced, where=_way.state.in_(settled)
    )
    return _count(await session.execute(again))


async def forget(session: WriteSession, *, before: datetime) -> int:
    """Delete attempts, deliveries and messages older than an instant; return how many rows."""
    tried, sent = webhook_attempt.c, webhook_message.c
    some = select(tried.id).where(tried.at < before).limit(_FORGET_AT_ONCE)
    gone = _count(await session.execute(delete(webhook_attempt).where(tried.id.in_(some))))
    old = select(sent.id).where(sent.created_at < before).order_by(sent.created_at).limit(_FORGET_AT_ONCE)
    ids = list((await session.execute(old)).scalars())
    if ids:
        gone += _count(await session.execute(delete(webhook_delivery).where(_way.message_id.in_(ids))))
        gone += _count(await session.execute(delete(webhook_message).where(sent.id.in_(ids))))
    return gone


def _this(message_id: UUID, endpoint_id: UUID) -> Any:  # noqa: ANN401 - SQLAlchemy's own
    return and_(_way.message_id == message_id, _way.endpoint_id == endpoint_id)


def _deliveries(endpoint_id: UUID) -> Select[Any]:
    return (
        select(
            _way.message_id,
            webhook_message.c.event,
            webhook_message.c.created_at,
            _way.state,
            _way.attempts,
            _way.next_at,
            _way.settled_at,
        )
        .join(webhook_message, webhook_message.c.id == _way.message_id)
        .where(_way.endpoint_id == endpoint_id)
    )


def _parcels() -> Select[Any]:
    endpoint = webhook_endpoint.c
    return (
        select(
            webhook_message,
            _way.endpoint_id,
            _way.attempts,
            endpoint.url,
            endpoint.sealed_secret,
            endpoint.sealed_previous,
            endpoint.previous_until,
        )
        .join(webhook_message, webhook_message.c.id == _way.message_id)
        .join(webhook_endpoint, endpoint.id == _way.endpoint_id)
    )


def _taken(row: Any) -> Taken:  # noqa: ANN401 - a row
    message = Message(row.id, row.member_id, Event(row.event), row.data, row.created_at)
    return Taken(
        message,
        row.endpoint_id,
        row.attempts,
        row.url,
        row.sealed_secret,
        row.sealed_previous,
        row.previous_until,
    )


def _count(done: object) -> int:
    return done.rowcount if isinstance(done, CursorResult) else 0
