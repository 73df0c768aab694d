"""An API that tests run in their own event loop, reachable over loopback for a browser."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import uvicorn

from tests.running import Running

HOST = "127.0.0.1"


class QuietServer(uvicorn.Server):
    """Leaves the signals of the test run alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(api: Running) -> AsyncIterator[str]:
    """Serve this API until the block ends; give its origin, whose cookies browsers treat as those of https."""
    usual = api.client._transport
    assert isinstance(usual, httpx.ASGITransport)
    with socket.socket() as door:
        door.bind((HOST, 0))
        server = QuietServer(uvicorn.Config(usual.app, lifespan="off", log_config=None, access_log=False))
        task = asyncio.create_task(server.serve([door]))
        try:
            yield f"http://{HOST}:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task
