"""Members' endpoints, and the messages to them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, exists, func, insert, literal, or_, select, update

from registry.domain.webhooks import DeliveryState, EndpointStatus, EndReason, Event
from registry.errors import NotFound
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import webhook_delivery, webhook_endpoint, webhook_message
from registry_formats.leaf import JsonValue


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a member wants to be told; no `events` means all of them. `sealed_previous` signs too until its end."""

    id: UUID
    member_id: UUID
    url: str
    events: frozenset[Event]
    status: EndpointStatus
    end_reason: EndReason | None
    sealed_secret: bytes = field(repr=False)
    sealed_previous: bytes | None = field(repr=False)
    previous_until: datetime | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Message:
    """What one member is told; the id is the same at every endpoint and in every attempt."""

    id: UUID
    member_id: UUID
    event: Event
    data: Mapping[str, JsonValue]
    created_at: datetime


async def insert_endpoint(session: WriteSession, new: Endpoint) -> None:
    """Add an endpoint."""
    await session.execute(insert(webhook_endpoint).values(_values(new)))


async def save_endpoint(session: WriteSession, changed: Endpoint) -> None:
    """Replace what can change of an endpoint."""
    values = {name: value for name, value in _values(changed).items() if name not in {"id", "member_id", "created_at"}}
    await session.execute(update(webhook_endpoint).where(webhook_endpoint.c.id == changed.id).values(values))


async def end_endpoint(session: WriteSession, endpoint_id: UUID, reason: EndReason, *, now: datetime) -> None:
    """End an endpoint; what still waits for it is dead."""
    ended = {"status": EndpointStatus.ENDED, "end_reason": reason, "ended_at": now}
    await session.execute(update(webhook_endpoint).where(webhook_endpoint.c.id == endpoint_id).values(ended))
    waiting = webhook_delivery.c.state == DeliveryState.WAITING
    dead = update(webhook_delivery).where(webhook_delivery.c.endpoint_id == endpoint_id, waiting)
    await session.execute(dead.values(state=DeliveryState.DEAD, settled_at=now))


async def get(session: ReadSession, endpoint_id: UUID, *, member_id: UUID) -> Endpoint:
    """Return an endpoint of this member; NotFound `endpoint_unknown`."""
    return await _one(session, _mine(member_id).where(webhook_endpoint.c.id == endpoint_id))


async def lock(session: WriteSession, endpoint_id: UUID, *, member_id: UUID) -> Endpoint:
    """Return an endpoint of this member and keep it from changing; NotFound `endpoint_unknown`."""
    wanted = _mine(member_id).where(webhook_endpoint.c.id == endpoint_id)
    return await _one(session, wanted.with_for_update(key_share=True))


async def list_endpoints(session: ReadSession, *, member_id: UUID) -> list[Endpoint]:
    """List the endpoints of a member that have not ended and those that have, oldest first."""
    wanted = _mine(member_id).order_by(webhook_endpoint.c.created_at, webhook_endpoint.c.id)
    return [_endpoint(row) for row in await session.execute(wanted)]


async def count_active(session: WriteSession, *, member_id: UUID) -> int:
    """Count the endpoints of a member that have not ended; whoever else adds one of its waits until this one is in."""
    await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(member_id.bytes[8:], signed=True))))
    mine = (webhook_endpoint.c.member_id == member_id) & (webhook_endpoint.c.status == EndpointStatus.ACTIVE)
    return (await session.execute(select(func.count()).where(mine))).scalar_one()


async def with_endpoints(session: ReadSession, member_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the members who have, or ever had, an endpoint."""
    wanted = select(webhook_endpoint.c.member_id).where(webhook_endpoint.c.member_id.in_(member_ids)).distinct()
    return set((await session.execute(wanted)).scalars())


async def insert_messages(session: WriteSession, rows: Sequence[Message]) -> None:
    """Write messages, and their way to every endpoint that listens to them."""
    await session.execute(insert(webhook_message).values([{**asdict(one), "data": dict(one.data)} for one in rows]))
    listening = or_(
        func.cardinality(webhook_endpoint.c.events) == 0,
        webhook_message.c.event == webhook_endpoint.c.events.any_(),
    )
    ways = (
        select(
            webhook_message.c.id,
            webhook_endpoint.c.id,
            literal(DeliveryState.WAITING.value),
            literal(0),
            webhook_message.c.created_at,
        )
        .join(webhook_endpoint, webhook_endpoint.c.member_id == webhook_message.c.member_id)
        .where(webhook_message.c.id.in_([one.id for one in rows]))
        .where(webhook_endpoint.c.status == EndpointStatus.ACTIVE, listening)
    )
    columns = ["message_id", "endpoint_id", "state", "attempts", "next_at"]
    await session.execute(insert(webhook_delivery).from_select(columns, ways))


async def insert_test(session: WriteSession, message: Message, *, endpoint_id: UUID) -> None:
    """Write a message for one endpoint alone."""
    await session.execute(insert(webhook_message).values({**asdict(message), "data": dict(message.data)}))
    way = {"message_id": message.id, "endpoint_id": endpoint_id, "state": DeliveryState.WAITING, "attempts": 0}
    await session.execute(insert(webhook_delivery).values(way | {"next_at": message.created_at}))


async def is_message_of(session: ReadSession, message_id: UUID, *, member_id: UUID) -> bool:
    """Tell whether a message is to this member."""
    mine = (webhook_message.c.id == message_id) & (webhook_message.c.member_id == member_id)
    return bool((await session.execute(select(exists().where(mine)))).scalar_one())


async def _one(session: ReadSession, wanted: Select[Any]) -> Endpoint:
    row = (await session.execute(wanted)).one_or_none()
    if row is None:
        raise NotFound("endpoint_unknown")
    return _endpoint(row)


def _mine(member_id: UUID) -> Select[Any]:
    return select(webhook_endpoint).where(webhook_endpoint.c.member_id == member_id)


def _endpoint(row: Row[Any]) -> Endpoint:
    values = dict(row._mapping)  # noqa: SLF001 - public name
    values["events"] = frozenset(Event(one) for one in values["events"])
    values["status"] = EndpointStatus(values["status"])
    values["end_reason"] = EndReason(values["end_reason"]) if values["end_reason"] else None
    return Endpoint(**values)


def _values(one: Endpoint) -> dict[str, Any]:
    return {**asdict(one), "events": sorted(one.events)}
