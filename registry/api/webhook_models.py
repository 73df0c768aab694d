"""What members send and see of their webhooks."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from registry.api.strings import Instant, NoRawIdentifier, RequestModel
from registry.domain.webhooks import DeliveryState, EndpointStatus, EndReason, Event, Failure
from registry.store.webhook_deliveries import Attempt, Delivery
from registry.store.webhooks import Endpoint

Url = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{1,480}$"), NoRawIdentifier]
Events = Annotated[list[Event], Field(max_length=len(Event))]

_ID = "01937d5e-8c00-7a10-8000-0000000000e1"
_MESSAGE = "01937d5e-8c00-7a10-8000-0000000000e2"
_AT = "2026-11-21T00:00:00Z"
_ENDPOINT: dict[str, Any] = {
    "endpoint_id": _ID,
    "url": "https://shop.example/registry-webhooks",
    "events": ["record.recalled", "record.amended"],
    "status": "active",
    "end_reason": None,
    "previous_secret_until": None,
    "created_at": _AT,
    "ended_at": None,
}
_DELIVERY: dict[str, Any] = {
    "message_id": _MESSAGE,
    "event": "record.recalled",
    "created_at": _AT,
    "state": "waiting",
    "attempts": 1,
    "next_at": "2026-11-21T00:05:00Z",
    "settled_at": None,
}
_ATTEMPT = {"at": _AT, "status": 500, "failure": None, "duration_ms": 41}


def _example(**values: Any) -> ConfigDict:  # noqa: ANN401 - any JSON
    return ConfigDict(json_schema_extra={"examples": [values]})


class NewEndpoint(RequestModel):
    """Where to send, and of what; no events means all of them, also those to come."""

    model_config = _example(url=_ENDPOINT["url"], events=_ENDPOINT["events"])

    url: Url
    events: Events = Field(default_factory=list)


class EndpointChange(RequestModel):
    """What to change; what is left out stays."""

    model_config = _example(events=[])

    url: Url | None = None
    events: Events | None = None


class Rotation(RequestModel):
    """For how long the present secret signs as well; zero for one that was lost or stolen."""

    model_config = _example(overlap_hours=24)

    overlap_hours: Annotated[int, Field(ge=0, le=168)]


class Replay(RequestModel):
    """What to send again: one message, or all since an instant that have not arrived."""

    model_config = _example(since=_AT)

    message_id: UUID | None = None
    since: Instant | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.message_id is None) == (self.since is None):
            raise PydanticCustomError("invalid", "send message_id or since")
        return self


class ShownEndpoint(BaseModel):
    """An endpoint. Its secret is shown by an operation of its own."""

    model_config = _example(livemode=False, **_ENDPOINT)

    livemode: bool
    endpoint_id: UUID
    url: str
    events: list[Event]
    status: EndpointStatus
    end_reason: EndReason | None
    previous_secret_until: datetime | None
    created_at: datetime
    ended_at: datetime | None


class Endpoints(BaseModel):
    """All endpoints a member ever had, oldest first."""

    model_config = _example(livemode=False, endpoints=[{"livemode": False, **_ENDPOINT}])

    livemode: bool
    endpoints: list[ShownEndpoint]


class EndpointSecret(BaseModel):
    """What messages are signed with; during a rotation the previous one signs as well."""

    model_config = _example(
        livemode=False,
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",  # noqa: S106 - an example
        previous_secret=None,
        previous_secret_until=None,
    )

    livemode: bool
    secret: str
    previous_secret: str | None
    previous_secret_until: datetime | None


class Queued(BaseModel):
    """How many messages wait for delivery now."""

    model_config = _example(livemode=False, queued=3)

    livemode: bool
    queued: int


class TestQueued(BaseModel):
    """The id of the message that was sent to see whether it arrives."""

    model_config = _example(livemode=False, message_id=_MESSAGE)

    livemode: bool
    message_id: UUID


class ShownDelivery(BaseModel):
    """How far a message is on its way: `waiting` until `next_at`, `delivered`, or `dead` after the last attempt."""

    message_id: UUID
    event: Event
    created_at: datetime
    state: DeliveryState
    attempts: int
    next_at: datetime
    settled_at: datetime | None


class DeliveryPage(BaseModel):
    """Deliveries to an endpoint, newest first, kept for 30 days."""

    model_config = _example(livemode=False, deliveries=[_DELIVERY], next_cursor=None)

    livemode: bool
    deliveries: list[ShownDelivery]
    next_cursor: str | None


class ShownAttempt(BaseModel):
    """One attempt: the status of the answer, or what went wrong before there was one."""

    at: datetime
    status: int | None
    failure: Failure | None
    duration_ms: int


class DeliveryLog(ShownDelivery):
    """One delivery with every attempt, oldest first."""

    model_config = _example(livemode=False, **_DELIVERY, log=[_ATTEMPT])

    livemode: bool
    log: list[ShownAttempt]


def shown(one: Endpoint, *, livemode: bool) -> ShownEndpoint:
    """Show an endpoint to its member."""
    return ShownEndpoint(
        livemode=livemode,
        endpoint_id=one.id,
        url=one.url,
        events=sorted(one.events),
        status=one.status,
        end_reason=one.end_reason,
        previous_secret_until=one.previous_until,
        created_at=one.created_at,
        ended_at=one.ended_at,
    )


def shown_delivery(one: Delivery) -> ShownDelivery:
    """Show how far a message is."""
    return ShownDelivery(**asdict(one))


def shown_log(one: Delivery, attempts: list[Attempt], *, livemode: bool) -> DeliveryLog:
    """Show how far a message is, and how it went."""
    log = [
        ShownAttempt(at=each.at, status=each.status, failure=each.failure, duration_ms=each.duration_ms)
        for each in attempts
    ]
    return DeliveryLog(**asdict(one), livemode=livemode, log=log)
