"""The outermost layer, as plain ASGI: request id, language, bounded body, security headers, access log, last resort."""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from secrets import token_bytes
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from registry.api.problems import internal
from registry.api.visits import Visit, begin
from registry.clock import real_time
from registry.crypto.entropy import Entropy
from registry.domain.uuids import uuid7_text
from registry.logs import access, accesses
from registry.translations import negotiate

MAX_BODY = 1 << 20
# Anything freer could be a phone number, which would then stand in every log.
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TOO_LARGE = 413
_LENGTH = re.compile(rb"[0-9]{1,18}")

# The first one differs for the page of the documentation.
_HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    # Answers are about people, or for one member alone, unless an endpoint says otherwise.
    "cache-control": "no-store",
}
# The page of the API's description is a script of our own origin, started by a line inside the page.
_DOCS_PATH = "/docs"
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'"
)
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_TRANSPORT = {"strict-transport-security": "max-age=63072000; includeSubDomains"}


class Outermost:
    """Wraps the application.

    Args:
        larger: paths that accept a larger body, with its bound in bytes; their endpoints read it as a stream. Of paths
            with ids in them, `*/` and their last part.
        encrypted: the public address is https, so that browsers may be told to insist on it.
    """

    def __init__(self, app: ASGIApp, *, larger: Mapping[str, int], encrypted: bool) -> None:
        self._app = app
        self._larger = larger
        self._headers = _encode({**_HEADERS, **(_TRANSPORT if encrypted else {})})
        self._head = b"".join(name + b": " + value + b"\r\n" for name, value in self._headers)
        self._served: list[dict[str, Any]] = []
        self._docs_headers = _encode({"content-security-policy": _DOCS_POLICY}) + self._headers[1:]
        self._log = structlog.get_logger("registry.access")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; whatever fails inside, an answer leaves and a line is written."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # The first one of a name counts; a mapping of them would cost more than all that is asked of it here.
        headers = dict(reversed(scope["headers"]))
        language = negotiate(headers.get(b"accept-language", b"").decode("latin-1"))
        visit = Visit(_request_id(headers), language, headers, head=self._head)
        begin(scope, visit)
        answer = _Answer(send, visit, self._docs_headers if scope["path"] == _DOCS_PATH else self._headers)
        began = time.perf_counter()
        try:
            bound = self._larger.get(scope["path"]) or self._larger.get(_ending(scope["path"]), MAX_BODY)
            await self._app(scope, _bounded(receive, headers.get(b"content-length", b"0"), bound), answer.send)
        except Exception as error:  # noqa: BLE001 - the last resort: nothing may reach the server's own log
            self._log.error("request.failed", request_id=visit.request_id, exc_info=error)
            visit.code = "internal"
            if visit.status is None:
                await internal(visit)(scope, receive, answer.send)
        finally:
            if accesses():
                self._log_access(_facts(scope, visit, time.perf_counter() - began))

    def _log_access(self, facts: dict[str, Any]) -> None:
        """Have the lines of one turn of the event loop written together."""
        if not self._served:
            asyncio.get_running_loop().call_soon(self._write_accesses)
        self._served.append(facts)

    def _write_accesses(self) -> None:
        served, self._served = self._served, []
        access(served)


def _ending(path: str) -> str:
    return "*" + path[path.rfind("/") :]


def _facts(scope: Scope, visit: Visit, seconds: float) -> dict[str, Any]:
    return {
        "request_id": visit.request_id,
        # HTTP lets a client invent a method, which could then be anything.
        "method": scope["method"] if scope["method"] in _METHODS else "other",
        # The template, not the path: what stands in its place was written by the sender.
        "route": getattr(scope.get("route"), "path", "unmatched"),
        "status": visit.status,
        "code": visit.code,
        "member": visit.caller.member_id if visit.caller else None,
        "ms": round(seconds * 1000, 1),
    }


def _encode(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


class _Answer:
    """Watches an answer leave, and completes its headers."""

    def __init__(self, send: Send, visit: Visit, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._visit = visit
        self._headers = headers

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._visit.status = message["status"]
            headers = message["headers"] = list(message["headers"])
            present = {name for name, _ in headers}
            headers.append((b"x-request-id", self._visit.request_id.encode()))
            headers += [header for header in self._headers if header[0] not in present]
        await self._send(message)


_entropy = Entropy(token_bytes)


def _request_id(headers: Mapping[bytes, bytes]) -> str:
    offered = headers.get(b"x-request-id")
    if offered is not None and _REQUEST_ID.fullmatch(text := offered.decode("latin-1")):
        return text.lower()
    return uuid7_text(int(real_time().timestamp() * 1000), _entropy(10))


def _bounded(receive: Receive, announced: bytes, bound: int) -> Receive:
    """Refuse a body by its announced size before it is read, and by its true size while it is."""
    left = bound

    async def read() -> Message:
        nonlocal left
        if not _LENGTH.fullmatch(announced) or int(announced) > bound:
            raise HTTPException(_TOO_LARGE)
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(_TOO_LARGE)
        return message

    return read
