"""SMS against a real HTTP server: the operator's JSON, filled in once, and what each answer means."""

from uuid import UUID

import pytest

from registry.relay.adapters import Unreachable
from registry.relay.contacts import Contact, ContactKind
from registry.relay.gateway import Gateway, GatewayAdapter, NotTaken
from registry.relay.letters import Written
from tests.relay.mailroom import Answering, answering

pytestmark = pytest.mark.anyio

NOTICE = UUID("01937d5e-8c00-7a10-8000-0000000000a1")
LETTER = Written("Subject", (("Heading {to}", "您的验证码"),))
BODY = {"PhoneNumbers": ["{to}"], "Param": {"text": "{text}", "about": "{subject} ({id})"}, "n": 1, "{to}": None}
HEADERS = {"Authorization": "Key made-up"}


def to() -> Contact:
    """Not a constant: other tests count the contacts there are."""
    return Contact(ContactKind.PHONE, "+86 138-0013 8000")


async def deliver(server: Answering, *, accepted: str = "") -> None:
    await GatewayAdapter(Gateway(server.url, HEADERS, BODY, accepted)).deliver(to(), LETTER, notice_id=NOTICE)


async def test_the_gateway_gets_the_operators_json_with_its_places_filled_in_once() -> None:
    async with answering() as server:
        await deliver(server, accepted='"Code":"OK"')
    ((first, headers, body),) = server.heard
    assert first == "POST /sms HTTP/1.1"
    assert (headers["authorization"], headers["idempotency-key"]) == ("Key made-up", str(NOTICE))
    text = "Subject\n\nHeading {to}\n您的验证码\n"
    about = {"text": text, "about": f"Subject ({NOTICE})"}
    assert body == {"PhoneNumbers": ["+8613800138000"], "Param": about, "n": 1, "{to}": None}


@pytest.mark.parametrize("status", [400, 410, 422])
async def test_a_number_the_gateway_refuses_for_ever_is_unreachable(status: int) -> None:
    async with answering() as server:
        server.answer = f"HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n".encode()
        with pytest.raises(Unreachable):
            await deliver(server)


@pytest.mark.parametrize(
    "answer",
    [
        *(f"HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n" for status in (401, 403, 404, 429, 500, 503)),
        "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n",
        'HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{"Code":"BUSY"}',
        "HTTP/1.1 200 OK\r\ncontent-length: 70000\r\n\r\n" + "x" * 70_000,
    ],
    ids=range(9),
)
async def test_any_other_answer_may_pass(answer: str) -> None:
    async with answering() as server:
        server.answer = answer.encode()
        with pytest.raises(NotTaken):
            await deliver(server, accepted='"Code":"OK"')
    assert len(server.heard) == 1


async def test_what_is_no_phone_number_is_never_sent() -> None:
    async with answering() as server:
        adapter = GatewayAdapter(Gateway(server.url, HEADERS, BODY))
        with pytest.raises(Unreachable):
            await adapter.deliver(Contact(ContactKind.PHONE, "12"), LETTER, notice_id=NOTICE)
    assert server.heard == []


def test_what_signs_us_in_is_not_shown() -> None:
    assert "made-up" not in repr(Gateway("https://sms.example", HEADERS, BODY))
