"""The only module that touches the network: it runs flows, and knows nothing of what they are about.

A flow is a generator. It yields what it needs done (`Send`, `Pause`, `Compute`), is given the outcome, and returns its
result. All that the SDK does is written once, as flows; the two runners here are what differs between `Client` and
`AsyncClient`.
"""

import asyncio
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias, TypeVar, cast

import httpx

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it will be sent. Its headers hold credentials and its body may hold a contact: neither is shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NoReply:
    """Nothing came back. `reason` names the kind of failure, without addresses."""

    reason: str


@dataclass(frozen=True, slots=True)
class Send:
    """Send this and give me a `Reply` or a `NoReply`, within `timeout` seconds for each of its phases."""

    request: Request
    timeout: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Wake me in so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Compute:
    """Call this, which takes long and touches no network, and give me what it returns or raise in me what it raises."""

    work: Callable[[], Any]


Step: TypeAlias = Send | Pause | Compute
Flow: TypeAlias = Generator[Step, Any, T]


class Runner:
    """Runs flows, one step after another, in the calling thread."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(transport=transport, follow_redirects=False)

    def run(self, flow: Flow[T]) -> T:
        """Run a flow to its result."""
        resume = partial(next, flow)
        while True:
            try:
                step = resume()
            except StopIteration as done:
                return cast("T", done.value)
            try:
                resume = partial(flow.send, self._do(step))
            except Exception as error:  # noqa: BLE001 - it belongs to the flow, which may have more to say
                resume = partial(flow.throw, error)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _do(self, step: Step) -> object:
        match step:
            case Send(request, timeout):
                try:
                    reply = self._http.request(request.method, request.url, **_arguments(request, timeout))
                except httpx.RequestError as error:
                    return NoReply(type(error).__name__)
                return Reply(reply.status_code, dict(reply.headers.items()), reply.content)
            case Pause(seconds):
                time.sleep(seconds)
                return None
            case Compute(work):
                return work()


class AsyncRunner:
    """Runs flows on the event loop; what computes goes to a thread."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(transport=transport, follow_redirects=False)

    async def run(self, flow: Flow[T]) -> T:
        """Run a flow to its result."""
        resume = partial(next, flow)
        while True:
            try:
                step = resume()
            except StopIteration as done:
                return cast("T", done.value)
            try:
                resume = partial(flow.send, await self._do(step))
            except Exception as error:  # noqa: BLE001 - it belongs to the flow, which may have more to say
                resume = partial(flow.throw, error)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _do(self, step: Step) -> object:
        match step:
            case Send(request, timeout):
                try:
                    reply = await self._http.request(request.method, request.url, **_arguments(request, timeout))
                except httpx.RequestError as error:
                    return NoReply(type(error).__name__)
                return Reply(reply.status_code, dict(reply.headers.items()), reply.content)
            case Pause(seconds):
                await asyncio.sleep(seconds)
                return None
            case Compute(work):
                return await asyncio.to_thread(work)


def _arguments(request: Request, timeout: float) -> dict[str, Any]:
    return {"headers": dict(request.headers), "content": request.content or None, "timeout": timeout}
