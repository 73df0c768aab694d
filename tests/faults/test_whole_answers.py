"""An answer that is written whole, around the server's own way: no client can tell the difference."""

import asyncio
import json
import socket
from collections.abc import Mapping
from uuid import uuid4

import pytest

from tests.bench.servers import Server
from tests.faults.machine import Machine, question
from tests.ports import HOST
from tests.questions import PHONE

pytestmark = pytest.mark.anyio
# Where it is not the usual JSON, the same path goes the ordinary way.
USUAL, UNUSUAL = "application/json", "application/vnd.api+json"
OF_THE_MOMENT = {"content-length", "date", "ratelimit", "x-request-id"}


def posted(headers: Mapping[str, str], *, kind: str = USUAL, more: str = "") -> bytes:
    """Write a question as a client sends it."""
    body = json.dumps(question(PHONE.text)).encode()
    head = (
        f"POST /v1/scores:query HTTP/1.1\r\nHost: x\r\nAuthorization: {headers['Authorization']}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    )
    return head.encode() + body


def said(server: Server, sent: bytes, answers: int) -> bytes:
    """Send bytes; return what was heard until so many answers were there, or the server ended the connection."""
    heard = b""
    with socket.create_connection((HOST, server.port), timeout=10) as connection:
        connection.sendall(sent)
        while heard.count(b'"under_dispute":false') < answers and (part := connection.recv(65_536)):
            heard += part
    return heard


def head(answer: bytes) -> tuple[bytes, dict[str, str]]:
    """Return the status line and the headers, each of which stands once."""
    status, *lines = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")
    pairs = [line.decode().split(": ", 1) for line in lines]
    assert len({name for name, _ in pairs}) == len(pairs)
    return status, dict(pairs)


@pytest.fixture
async def server(serving_machine: tuple[Machine, Server]) -> Server:
    return serving_machine[1]


@pytest.fixture
async def headers(serving_machine: tuple[Machine, Server]) -> dict[str, str]:
    """Sign in as a member of the test's own."""
    machine, _ = serving_machine
    async with machine.client() as client:
        return await (await machine.admit(client, uuid4().hex)).headers()


async def test_a_whole_answer_has_the_head_of_an_ordinary_one(server: Server, headers: dict[str, str]) -> None:
    whole = head(await asyncio.to_thread(said, server, posted(headers), 1))
    ordinary = head(await asyncio.to_thread(said, server, posted(headers, kind=UNUSUAL), 1))
    assert whole[0] == ordinary[0] == b"HTTP/1.1 200 OK"
    assert set(whole[1]) == set(ordinary[1]) >= OF_THE_MOMENT
    steady = [
        {name: value for name, value in one.items() if name not in OF_THE_MOMENT} for one in (whole[1], ordinary[1])
    ]
    assert steady[0] == steady[1]


async def test_questions_sent_at_once_on_one_connection_are_answered_in_order(
    server: Server, headers: dict[str, str]
) -> None:
    several = [posted(headers, kind=kind) for kind in (USUAL, UNUSUAL, USUAL, USUAL)]
    heard = await asyncio.to_thread(said, server, b"".join(several), 4)
    asked = [json.loads(one.partition(b"\r\n\r\n")[2])["claim_ref"] for one in several]
    told = [json.loads(part.partition(b"\r\n\r\n")[2])["claim_ref"] for part in heard.split(b"HTTP/1.1 200 OK\r\n")[1:]]
    assert told == asked


async def test_who_wants_the_connection_closed_gets_its_answer_and_the_end(
    server: Server, headers: dict[str, str]
) -> None:
    heard = await asyncio.to_thread(said, server, posted(headers, more="Connection: close\r\n"), 2)
    assert head(heard)[1]["connection"] == "close"
    assert heard.count(b"HTTP/1.1 ") == 1
