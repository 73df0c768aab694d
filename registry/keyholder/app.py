"""The operator's own small HTTP server, on a unix socket or loopback only."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from registry.clock import Clock
from registry.errors import Conflict, Malformed, Misconfigured, QuotaExceeded, RegistryError, Unauthenticated
from registry.keyholder.operator import NOTICE, Operator

_log = logging.getLogger("registry.keyholder")
_BODY_MAX = 64 * 1024  # 256 elements are 12 kB
_HEADERS = {"Registry-Key-Operators": NOTICE, "Cache-Control": "no-store"}
_STATUS: dict[type[RegistryError], HTTPStatus] = {
    Malformed: HTTPStatus.BAD_REQUEST,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Conflict: HTTPStatus.CONFLICT,
    QuotaExceeded: HTTPStatus.TOO_MANY_REQUESTS,
}


def build_app(directory: Path, clock: Clock) -> ASGIApp:
    """Build the app of the operator in `directory`; it holds the directory until its lifespan ends."""
    operator = Operator(directory, clock)
    pool = ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="evaluate")
    _log.warning("%s; whoever holds this directory and the store can invert every token", NOTICE)

    async def answer(work: Callable[[], dict[str, Any]]) -> Response:
        # libsodium lets go of the GIL and the journal waits for the disk: neither may hold up the loop.
        return JSONResponse(await asyncio.get_running_loop().run_in_executor(pool, work), headers=_HEADERS)

    async def evaluate(request: Request) -> Response:
        body = await _bounded(request)
        return await answer(lambda: operator.evaluate(body))

    async def manifest(_: Request) -> Response:
        return await answer(operator.manifest)

    async def status(_: Request) -> Response:
        return await answer(operator.status)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        pool.shutdown()
        operator.close()

    return Starlette(
        routes=[
            Route("/v1/evaluate", evaluate, methods=["POST"]),
            Route("/v1/manifest", manifest),
            Route("/v1/status", status),
        ],
        exception_handlers={RegistryError: _refuse},
        lifespan=lifespan,
    )


def serve(
    directory: Path,
    clock: Clock,
    *,
    path: Path | None = None,
    port: int | None = None,
    listening: Callable[[], None] = lambda: None,
) -> None:
    """Serve until stopped, on a unix socket that only this user may open, or on a loopback port.

    `listening` is called once somebody can connect. Errors: Misconfigured `listen_invalid`, `operator_missing`,
    `directory_in_use`.
    """
    if (path is None) == (port is None):
        raise Misconfigured("listen_invalid", "a key operator listens on a unix socket or on a loopback port")
    app = build_app(directory, clock)  # before the socket: whoever holds the directory may replace a dead one
    try:
        listener = _loopback(port) if path is None else _private_socket(path)
    except OSError as error:
        raise Misconfigured("listen_invalid", f"REGISTRY_KEYHOLDER_URL cannot be used: {error.strerror}.") from None
    config = uvicorn.Config(app, access_log=False, server_header=False, log_level="warning")
    with listener:
        listener.listen()
        listening()
        uvicorn.Server(config).run(sockets=[listener])


def _loopback(port: int | None) -> socket.socket:
    return socket.create_server(("127.0.0.1", port or 0))


def _private_socket(path: Path) -> socket.socket:
    if path.is_socket():  # of a process that ended: this one holds the directory
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


async def _bounded(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_MAX:
            raise Malformed("request_malformed")
    return body


async def _refuse(_: Request, error: Exception) -> Response:
    if not isinstance(error, RegistryError):
        raise error
    status = _STATUS.get(type(error), HTTPStatus.SERVICE_UNAVAILABLE)
    wait = error.facts.get("retry_after")
    return JSONResponse(
        {"type": "about:blank", "title": status.phrase, "status": status.value, "code": error.code},
        status_code=status.value,
        headers=_HEADERS if wait is None else _HEADERS | {"Retry-After": str(wait)},
        media_type="application/problem+json",
    )
