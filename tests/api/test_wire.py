"""HTTP as the server speaks it, over a real socket: heads have an end, bodies may be long, answers leave in order."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from registry.api.hot import Ready
from registry.api.visits import Visit, begin
from registry.api.wire import MAX_HEAD, BoundedHead
from tests.browser.serving import HOST, QuietServer

pytestmark = pytest.mark.anyio
_LENGTH = re.compile(rb"content-length: (\d+)")
BAD_REQUEST = 400
GOOD = b"GET /whole HTTP/1.1\r\nhost: x\r\n\r\n"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the size of the body: on `/whole` as the hot path does, elsewhere as the framework does."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    begin(scope, Visit("an-id", head=b"x-own: 1\r\n"))
    if scope["path"] == "/whole":
        await Ready(b"%d" % size, ())(scope, receive, send)
        return
    said = b"%d" % size
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(said))]})
    await send({"type": "http.response.body", "body": said})


@dataclass
class Line:
    """A connection, byte by byte."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self) -> tuple[int, bytes]:
        """Read one answer: its status and its body."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)
        found = _LENGTH.search(head)
        assert found is not None
        return int(head.split(b" ", 2)[1]), await self.reader.readexactly(int(found[1]))

    async def say(self, *pieces: bytes) -> tuple[int, bytes]:
        """Send pieces, each when the server has had time for the last one; return the answer."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)
        return await self.answer()

    async def is_cut_off(self, *pieces: bytes) -> bool:
        """Tell whether the server refuses this and hangs up; who goes on sending may lose what it said."""
        try:
            status, _ = await self.say(*pieces)
            return status == BAD_REQUEST and await self.reader.read() == b""
        except (ConnectionError, asyncio.IncompleteReadError):
            return True


@pytest.fixture(scope="module")
async def port() -> AsyncIterator[int]:
    """Serve with our protocol."""
    with socket.socket() as door:
        door.bind((HOST, 0))
        server = QuietServer(uvicorn.Config(app, http=BoundedHead, lifespan="off", log_config=None, access_log=False))
        task = asyncio.create_task(server.serve([door]))
        yield door.getsockname()[1]
        server.should_exit = True
        await task


@pytest.fixture
async def line(port: int) -> AsyncIterator[Line]:
    """Open a connection."""
    reader, writer = await asyncio.open_connection(HOST, port)
    yield Line(reader, writer)
    writer.close()


def head(*headers: bytes, path: bytes = b"/", method: bytes = b"GET") -> bytes:
    return b"%b %b HTTP/1.1\r\nhost: x\r\n%b\r\n" % (method, path, b"".join(one + b"\r\n" for one in headers))


def piecewise(data: bytes, size: int) -> list[bytes]:
    return [data[place : place + size] for place in range(0, len(data), size)]


ALMOST, TOO_MUCH = b"y" * (MAX_HEAD - 200), b"y" * (MAX_HEAD + 1)


@pytest.mark.parametrize("way", [b"/", b"/whole"])
async def test_a_head_below_the_bound_is_read(line: Line, way: bytes) -> None:
    assert await line.say(head(b"x-filler: " + ALMOST, path=way)) == (200, b"0")
    assert await line.say(*piecewise(head(b"x-filler: " + ALMOST, path=way), 4096)) == (200, b"0")


LARGE = {
    "one header": head(b"x-filler: " + TOO_MUCH),
    "many headers": head(*(b"x-filler-%d: %b" % (number, b"y" * 100) for number in range(700))),
    "many empty headers": head(*(b"x-filler-%d:" % number for number in range(7000))),
    "the path": head(path=b"/" + TOO_MUCH),
    "the query": head(path=b"/?" + TOO_MUCH),
}


@pytest.mark.parametrize("large", LARGE.values(), ids=LARGE)
@pytest.mark.parametrize("size", [1 << 20, 4096], ids=["at once", "in pieces"])
async def test_a_head_above_the_bound_is_refused(line: Line, large: bytes, size: int) -> None:
    assert await line.is_cut_off(*piecewise(large, size))


async def test_the_head_of_a_second_request_is_bounded_like_the_first(line: Line) -> None:
    assert await line.say(GOOD) == (200, b"0")
    assert await line.is_cut_off(LARGE["one header"])


async def test_a_head_that_comes_with_the_request_before_it_is_bounded_too(line: Line) -> None:
    answers = [await line.say(GOOD + LARGE["one header"])]
    if answers == [(200, b"0")]:
        answers.append(await line.answer())
    assert answers[-1][0] == BAD_REQUEST


ENDLESS = {
    "a head that never ends": [b"GET / HTTP/1.1\r\nx: "] + [b"y" * 4096] * 100,
    "a chunk's extension": [head(b"transfer-encoding: chunked", method=b"POST"), b"5;"] + [b"y" * 4096] * 100,
    "a trailer": [head(b"transfer-encoding: chunked", method=b"POST"), b"0\r\nx: "] + [b"y" * 4096] * 100,
}


@pytest.mark.parametrize("pieces", ENDLESS.values(), ids=ENDLESS)
async def test_what_never_comes_to_anything_is_cut_off(line: Line, pieces: list[bytes]) -> None:
    assert await line.is_cut_off(*pieces)


@pytest.mark.parametrize("way", [b"/", b"/whole"])
async def test_a_body_may_be_longer_than_a_head(line: Line, way: bytes) -> None:
    body = b"z" * (MAX_HEAD * 5)
    announced = head(b"content-length: %d" % len(body), method=b"POST", path=way)
    assert await line.say(announced + body) == (200, b"%d" % len(body))
    assert await line.say(announced, *piecewise(body, 4096)) == (200, b"%d" % len(body))
    chunks = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in piecewise(body, 8192)]
    sent = [head(b"transfer-encoding: chunked", method=b"POST", path=way), *chunks, b"0\r\n\r\n"]
    assert await line.say(*sent) == (200, b"%d" % len(body))


async def test_requests_on_one_connection_are_answered_in_their_order(line: Line) -> None:
    requests = [head(b"content-length: %d" % size, method=b"POST", path=path) + b"z" * size for size, path in PIPELINED]
    line.writer.write(b"".join(requests))
    assert [await line.answer() for _ in requests] == [(200, b"%d" % size) for size, _ in PIPELINED]


PIPELINED = [(size, path) for size in (0, 3, 70_000) for path in (b"/whole", b"/")]


async def test_a_head_and_its_body_leave_in_one_piece(port: int) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    for path in (b"/", b"/whole"):
        writer.write(head(path=path))
        assert (await reader.read(1 << 16)).endswith(b"\r\n\r\n0")
    writer.close()
