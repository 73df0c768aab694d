"""Bytes that no honest client sends: refused, the connection ended, nothing of them in the log."""

import asyncio
import socket

import pytest

from tests.bench.servers import Server
from tests.faults.machine import Machine
from tests.ports import HOST

pytestmark = pytest.mark.anyio

_HEALTH = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
_POST = "POST /v1/scores:query HTTP/1.1\r\nHost: x\r\n"
AMBIGUOUS = {
    "both lengths": f"{_POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{_HEALTH}",
    "two lengths": f"{_POST}Content-Length: 2\r\nContent-Length: 40\r\n\r\n{{}}{_HEALTH}",
    "a coding that is none": f"{_POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{_HEALTH}",
    "a length beyond numbers": f"{_POST}Content-Length: {'9' * 40}\r\n\r\n{{}}",
    "a signed length": f"{_POST}Content-Length: +2\r\n\r\n{{}}",
    "a space before the colon": f"{_POST}Content-Length : 5\r\n\r\nhello{_HEALTH}",
    "a zero byte": _HEALTH.replace("/healthz", "/healthz\0"),
    "bare line feeds": _HEALTH.replace("\r\n", "\n"),
    "a long header": _HEALTH.replace("x\r\n", f"x\r\nX-Long: {'a' * 200_000}\r\n", 1),
    "many headers": _HEALTH.replace("x\r\n", "x\r\n" + "X-Many: header\r\n" * 10_000, 1),
    "a header that never ends": _HEALTH.replace("x\r\n", f"x\r\nX-Endless: {'a' * 700_000}", 1).rstrip(),
    "a long address": _HEALTH.replace("/healthz", "/" + "a" * 200_000),
}


def said(server: Server, sent: str) -> bytes:
    """Send bytes; return everything until the server ends the connection."""
    with socket.create_connection((HOST, server.port), timeout=5) as connection:
        heard = b""
        try:
            connection.sendall(sent.encode("latin1"))
            while part := connection.recv(65_536):
                heard += part
        except (BrokenPipeError, ConnectionResetError):
            pass
        return heard


async def test_bytes_with_two_meanings_have_none(serving_machine: tuple[Machine, Server]) -> None:
    _, server = serving_machine
    for name, sent in AMBIGUOUS.items():
        heard = await asyncio.to_thread(said, server, sent)
        assert b"200 OK" not in heard, name
        assert heard.count(b"HTTP/1.1 ") <= 1, name
    body = "a" * 300_000
    answer = await asyncio.to_thread(
        said, server, f"{_POST}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
    assert b"401 Unauthorized" in answer  # a long body is no long head


async def test_what_a_stranger_asks_for_does_not_stand_in_the_log(serving_machine: tuple[Machine, Server]) -> None:
    machine, server = serving_machine
    upgrade = (
        "Connection: close, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AA==\r\n"
    )
    for path in ("/buyer%40example.com", "/v1/scores:query?name=zhangsan"):
        sent = f"GET {path} HTTP/1.1\r\nHost: x\r\n{upgrade}\r\n"
        assert b"HTTP/1.1 4" in await asyncio.to_thread(said, server, sent)
    written = (machine.place / "serve.log").read_text()
    assert "unmatched" in written
    assert "buyer" not in written
    assert "zhangsan" not in written
