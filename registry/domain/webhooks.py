"""Webhooks: what members may be told of, when a delivery is tried again, and when nobody tries any more."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from registry.errors import Malformed

MOST_ENDPOINTS = 10
MOST_OVERLAP = timedelta(days=7)
# As Standard Webhooks 1.0.0 recommends, with one long step more: a weekend away is survived, 95 hours in all.
RETRY_AFTER = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=20),
    timedelta(hours=24),
)
_OK = range(200, 300)
_GONE = 410


class Event(StrEnum):
    """What a member may be told of; the message carries ids, and the rest is fetched."""

    APPEAL_ANSWER_DUE = "appeal.answer_due"
    APPEAL_DECIDED = "appeal.decided"
    APPEAL_OPENED = "appeal.opened"
    KEY_EPOCH_OPENED = "key.epoch_opened"
    MEMBER_WARNING = "member.warning"
    RECORD_AMENDED = "record.amended"
    RECORD_RECALLED = "record.recalled"
    REPORT_STATE = "report.state"
    RESTRICTION_LIFT_REQUIRED = "restriction.lift_required"
    TEST = "webhook.test"


class EndpointStatus(StrEnum):
    """Whether an endpoint is delivered to."""

    ACTIVE = "active"  # the worker delivers
    ENDED = "ended"  # nobody; the member may add another


class EndReason(StrEnum):
    """Why an endpoint ended."""

    GONE = "gone"  # it answered 410
    REMOVED = "removed"  # its member took it away


class DeliveryState(StrEnum):
    """How far the delivery of one message to one endpoint is."""

    WAITING = "waiting"  # the worker tries, now or later
    DELIVERED = "delivered"  # nobody; the member may ask for it again
    DEAD = "dead"  # nobody; the member may ask for it again


class Failure(StrEnum):
    """What went wrong with an attempt where no answer came, or none that counts."""

    ADDRESS = "address_refused"  # it resolves to an address that is nobody's public one
    CONNECTION = "connection_failed"
    RESOLUTION = "name_unresolved"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Result:
    """How an attempt ended: the status of the answer, or what went wrong."""

    status: int | None = None
    failure: Failure | None = None

    @property
    def delivered(self) -> bool:
        """Tell whether the receiver took the message; a redirect is no taking."""
        return self.status in _OK

    @property
    def gone(self) -> bool:
        """Tell whether the receiver wants no more messages."""
        return self.status == _GONE


@dataclass(frozen=True, slots=True)
class Next:
    """What follows an attempt; `after` is how long to wait for the next one."""

    state: DeliveryState
    after: timedelta = timedelta(0)


def decide(result: Result, *, attempts: int) -> Next:
    """Decide what follows the attempt of this number, the first being 1."""
    if result.delivered:
        return Next(DeliveryState.DELIVERED)
    if result.gone or attempts > len(RETRY_AFTER):
        return Next(DeliveryState.DEAD)
    return Next(DeliveryState.WAITING, RETRY_AFTER[attempts - 1])


def check_url(url: str, *, plain: bool) -> None:
    """Refuse an address that no message may be sent to; http only where `plain` says so. Malformed `url_refused`."""
    try:
        parts = urlsplit(url)
        told = parts.scheme in ({"https", "http"} if plain else {"https"}) and parts.hostname and parts.port != 0
    except ValueError:
        raise Malformed("url_refused") from None
    # A name and a password in a URL would stand in every list of endpoints, and a fragment is never sent.
    if not told or "@" in parts.netloc or "#" in url:
        raise Malformed("url_refused")
