"""From the member's request to the registry's record, over a real mail server and a real gateway."""

import asyncio
import re
from email import message_from_bytes
from email.policy import default

import pytest

from registry.relay.bounces import Marks
from registry.relay.contacts import ContactKind
from registry.relay.gateway import Gateway, GatewayAdapter
from registry.relay.identity import load_key
from registry.relay.mail import MailAdapter, MailServer, Safety
from tests.relay.mailroom import Mailroom, answering, mailroom
from tests.relay.person import Person
from tests.relay.stage import EMAIL, PHONE, RETURN_URL, Stage

pytestmark = pytest.mark.anyio


def mailing(built: Stage, room: Mailroom) -> None:
    server = MailServer("127.0.0.1", room.port, Safety.NONE)
    built.channels[ContactKind.EMAIL] = MailAdapter(
        server, "registry@registry.example", Marks(load_key(built.directory))
    )


def text_of(room: Mailroom) -> str:
    content = room.taken[-1].content
    assert isinstance(content, bytes)
    text: str = message_from_bytes(content, policy=default).get_content()
    return text


async def test_a_greylisted_letter_is_served_when_the_mail_server_takes_it_and_not_before(built: Stage) -> None:
    built.pauses = (0.1,) * 100
    async with mailroom() as room:
        mailing(built, room)
        room.refusals["RCPT"] = "450 greylisted"
        async with built.relay():
            report = await built.file(phone=PHONE, email=EMAIL)
            assert (await built.ask(report, EMAIL)).json()["code"] == "delivery_retrying"
            assert (await built.state(report))["served_at"] is None
            room.refusals.clear()
            while await built.undelivered(report):  # noqa: ASYNC110 - what is delivered wakes nobody
                await asyncio.sleep(0.02)
            assert await built.settled() == "recorded"
            state = await built.state(report)
            assert [(one["kind"], one["channel"]) for one in state["notices"]] == [("email", "email")]
    assert len(room.taken) == 1
    assert str(report.id) in text_of(room)


async def test_the_return_address_of_a_letter_takes_its_bounce(built: Stage) -> None:
    async with mailroom() as room:
        mailing(built, room)
        async with built.relay():
            report = await built.file(phone=PHONE, email=EMAIL)
            assert (await built.ask(report, EMAIL)).status_code == 201
            (mark,) = re.findall(r"^bounces\+([a-z0-9]+)@", room.taken[0].mail_from or "")
            assert (await built.client.post(f"/v1/bounces/{mark}")).status_code == 204
            assert await built.undelivered(report) == ["bounced"]


async def test_an_sms_is_served_when_the_gateway_takes_it(built: Stage) -> None:
    async with answering() as server:
        gateway = Gateway(server.url, {}, {"to": "{to}", "text": "{text}"}, '"Code":"OK"')
        built.channels[ContactKind.PHONE] = GatewayAdapter(gateway)
        async with built.relay():
            report = await built.file()
            assert (await built.ask(report)).status_code == 201
            assert [one["channel"] for one in (await built.state(report))["notices"]] == ["sms"]
    ((_, __, sent),) = server.heard
    assert sent["to"] == "+8613800138000"
    assert str(report.id) in sent["text"]


async def test_a_code_that_came_by_mail_proves_the_address(built: Stage) -> None:
    async with mailroom() as room:
        mailing(built, room)
        async with built.relay():
            person = Person(built, language="zh")
            asked = await person.asks(EMAIL)
            while not room.taken:  # noqa: ASYNC110 - likewise
                await asyncio.sleep(0.01)
            (code,) = re.findall(r"您的验证码是([0-9]{8})", text_of(room))
            assert (await person.types(asked, code=code)).action == RETURN_URL
