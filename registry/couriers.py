"""Couriers: carry webhooks to members' receivers, which are strangers' machines at addresses that strangers chose.

The name is resolved here and the connection goes to the very address that was looked at, so that no second answer of
the name server can lead inside. Redirects are not followed, proxies not asked, connections not kept for another name.
"""

import asyncio
import socket
import ssl
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Self
from uuid import UUID

import httpx
import structlog

from registry.clock import Clock
from registry.domain.addresses import is_public
from registry.domain.events import Act
from registry.domain.webhooks import Failure, Result
from registry.services import webhooks
from registry.services.webhooks import Desk, Parcel
from registry.store.database import Database

SECONDS = 15.0
AT_ONCE = 50
REST = timedelta(seconds=1)

_log = structlog.get_logger("registry.couriers")


class Courier:
    """Posts one parcel at a time, and says how it went.

    Args:
        private: whether private addresses may be connected to; a sandbox's own receivers.
        seconds: how long an attempt may take in all.
        trust: what certificates of receivers are checked against; None for the usual authorities.
    """

    def __init__(self, *, private: bool = False, seconds: float = SECONDS, trust: ssl.SSLContext | None = None) -> None:
        self._private = private
        self._seconds = seconds
        self._client = httpx.AsyncClient(
            verify=trust or True,
            trust_env=False,
            follow_redirects=False,
            timeout=seconds,
            # A kept connection would serve the next name at the same address without looking at its certificate.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def __aenter__(self) -> Self:
        """Open the courier."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Result:
        """Make one attempt; whatever happens is a result."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._post(httpx.URL(url), body, headers)
        except (TimeoutError, httpx.TimeoutException):
            return Result(failure=Failure.TIMEOUT)
        except socket.gaierror:
            return Result(failure=Failure.RESOLUTION)
        except (OSError, httpx.HTTPError, httpx.InvalidURL, ValueError):
            return Result(failure=Failure.CONNECTION)

    async def _post(self, url: httpx.URL, body: bytes, headers: dict[str, str]) -> Result:
        addresses = await _resolve(url)
        # One address that leads inside is enough: whoever gives such answers is not to be trusted with the others.
        if not self._private and not all(is_public(ip_address(one)) for one in addresses):
            return Result(failure=Failure.ADDRESS)
        request = self._client.build_request(
            "POST",
            url.copy_with(host=addresses[0]),
            content=body,
            headers={**headers, "host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": url.host},
        )
        answer = await self._client.send(request, stream=True)
        await answer.aclose()  # unread: only the status means anything
        return Result(status=answer.status_code)


async def _resolve(url: httpx.URL) -> list[str]:
    port = url.port or (443 if url.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(slots=True)
class Rounds:
    """What one worker delivers: takes what is due, carries it, writes down what became of it."""

    database: Database
    clock: Clock
    courier: Courier
    desk: Desk

    async def work(self, stop: asyncio.Event) -> None:
        """Deliver until told to stop; what is under way then is another worker's after its lease."""
        under_way: dict[asyncio.Task[None], UUID] = {}
        while not stop.is_set():
            try:
                await self._start(under_way)
            except Exception:  # noqa: BLE001 - a round that fails once is tried again
                _log.exception("webhooks failed")
            await _rest(stop, under_way)
            for task in [task for task in under_way if task.done()]:
                del under_way[task]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def round(self) -> int:
        """Take what is due, carry all of it, and return how many that were."""
        under_way: dict[asyncio.Task[None], UUID] = {}
        await self._start(under_way)
        await asyncio.gather(*under_way)
        return len(under_way)

    async def _start(self, under_way: dict[asyncio.Task[None], UUID]) -> None:
        room = AT_ONCE - len(under_way)
        if room <= 0:
            return
        busy = set(under_way.values())
        async with self.database.write() as session:
            parcels = await webhooks.take(session, most=room, without=busy, now=self.clock(), desk=self.desk)
        for parcel in parcels:
            under_way[asyncio.create_task(self._carry(parcel))] = parcel.taken.endpoint_id

    async def _carry(self, parcel: Parcel) -> None:
        began = time.monotonic()
        result = await self.courier.post(parcel.taken.url, parcel.body, dict(parcel.headers))
        took = int((time.monotonic() - began) * 1000)
        try:
            async with self.database.write() as session:
                act = _act(self.clock())
                await webhooks.settle(session, parcel, result, duration_ms=took, act=act, desk=self.desk)
        except Exception:  # noqa: BLE001 - it is tried again after the lease, under the same id
            _log.exception("delivery not written down", message=str(parcel.taken.message.id))


def _act(now: datetime) -> Act:
    return Act(now, request_id="worker", operator="worker")


async def _rest(stop: asyncio.Event, under_way: dict[asyncio.Task[None], UUID]) -> None:
    """Wait for a second, or until told to stop, or until there is room again."""
    waiting = asyncio.create_task(stop.wait())
    first = {waiting, *under_way} if len(under_way) >= AT_ONCE else {waiting}
    await asyncio.wait(first, timeout=REST.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
