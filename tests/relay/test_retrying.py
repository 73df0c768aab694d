"""What a channel does not take now is tried again, what it refuses for ever is not, and the member can ask."""

import asyncio
import gc

import pytest

from registry.domain.ids import ReportState
from registry.relay.bounces import Marks
from registry.relay.contacts import Contact
from registry.relay.identity import load_key
from tests.recorded import fetch
from tests.relay.stage import EMAIL, PHONE, Stage

pytestmark = pytest.mark.anyio


def contacts() -> list[Contact]:
    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, Contact)]


async def until_forgotten() -> None:
    while contacts():  # noqa: ASYNC110 - what is forgotten wakes nobody
        await asyncio.sleep(0.05)


async def test_a_channel_that_comes_back_gets_the_letter_from_the_relay_itself(built: Stage) -> None:
    built.pauses = (0.05,) * 200
    built.postman.failing = True
    async with built.relay():
        report = await built.file()
        failed = await built.ask(report)
        assert (failed.status_code, failed.json()["code"]) == (503, "delivery_retrying")
        assert failed.json()["retryable"] is True
        assert (await built.state(report))["state"] == "submitted"
        assert await built.undelivered(report) == ["retrying"]
        built.postman.failing = False
        await until_forgotten()
        assert (await built.state(report))["state"] == "notice_window"
        assert await built.undelivered(report) == []
        assert (await built.ask(report)).status_code == 200
    assert built.postman.sent == 1
    assert {line["notice"] for line in built.journal} == {built.journal[0]["notice"]}


async def test_a_member_that_repeats_the_request_meanwhile_makes_no_second_letter(scene: Stage) -> None:
    report = await scene.file(phone=PHONE, email=EMAIL)
    scene.postman.failing = True
    codes = [(await scene.ask(report)).json()["code"] for _ in range(2)]
    assert codes == ["delivery_retrying"] * 2
    assert scene.postman.tried == 1
    scene.postman.failing = False
    assert (await scene.ask(report, "+8613800138000")).json()["code"] == "delivery_retrying"
    assert (await scene.ask(report, EMAIL)).status_code == 201


async def test_after_the_last_attempt_the_contact_is_given_up_and_forgotten(built: Stage) -> None:
    built.pauses, built.postman.failing = (0.01, 0.01), True
    async with built.relay():
        report = await built.file()
        await built.ask(report)
        await until_forgotten()
        assert await built.undelivered(report) == ["given_up"]
        built.postman.failing = False
        assert (await built.ask(report)).status_code == 201
    assert built.postman.tried == 4


async def test_a_contact_refused_for_ever_is_forgotten_at_once(scene: Stage) -> None:
    report = await scene.file()
    scene.postman.unreachable = True
    answer = await scene.ask(report)
    assert (answer.status_code, answer.json()["code"]) == (409, "contact_unreachable")
    assert contacts() == []
    assert await scene.undelivered(report) == ["unreachable"]
    assert (await scene.state(report))["state"] == "submitted"


async def test_a_contact_refused_for_ever_at_a_later_attempt_is_forgotten_then(built: Stage) -> None:
    built.pauses, built.postman.failing = (0.05,) * 200, True
    async with built.relay():
        report = await built.file()
        await built.ask(report)
        built.postman.unreachable = True
        await until_forgotten()
        assert await built.undelivered(report) == ["unreachable"]


async def test_a_report_that_ends_meanwhile_has_no_letter_any_more(built: Stage) -> None:
    built.pauses, built.postman.failing = (0.3,), True
    async with built.relay():
        report = await built.file()
        await built.ask(report)
        await fetch(built.database.dsn(), f"UPDATE report SET state = '{ReportState.WITHDRAWN}'")  # noqa: S608 - ours
        built.postman.failing = False
        await until_forgotten()
        assert await built.undelivered(report) == ["given_up"]
    assert built.letters == []


async def test_a_restart_loses_who_was_still_being_tried_and_says_so_to_that_member_alone(built: Stage) -> None:
    built.postman.failing = True
    async with built.relay():
        report = await built.file()
        await built.ask(report)
    assert contacts() == []
    built.postman.failing = False
    async with built.relay():
        assert await built.undelivered(report) == ["lost"]
        assert await built.undelivered(report, member=await built.api.admit("Beta")) == []
        assert (await built.ask(report)).status_code == 201


async def test_a_bounce_is_told_by_the_mark_of_its_letter_and_by_nothing_else(scene: Stage) -> None:
    report = await scene.file()
    await scene.ask(report)
    (letter,) = scene.notices
    other = await scene.client.post(f"/v1/bounces/{letter}")
    assert (other.status_code, other.json()["code"]) == (404, "notice_unknown")
    assert await scene.undelivered(report) == []
    mark = Marks(load_key(scene.directory)).write(letter)
    assert (await scene.state(report))["state"] == "notice_window"
    scene.wire.cut.add(f"/v1/notices/{letter}:bounced")
    assert (await scene.client.post(f"/v1/bounces/{mark}")).status_code == 503
    scene.wire.cut.clear()
    assert [(await scene.client.post(f"/v1/bounces/{mark}")).status_code for _ in range(2)] == [204, 204]
    # Nobody was told of it after all, and the registry knows.
    assert (await scene.state(report))["state"] == "submitted"
    assert await scene.undelivered(report) == ["bounced"]


async def test_a_letter_that_bounced_before_the_registry_heard_of_it_was_never_served(scene: Stage) -> None:
    report = await scene.file()
    scene.wire.cut.add("/v1/notices")
    await scene.ask(report)
    (letter,) = scene.notices
    mark = Marks(load_key(scene.directory)).write(letter)
    assert (await scene.client.post(f"/v1/bounces/{mark}")).status_code == 204
    scene.wire.cut.clear()
    assert (await scene.client.get("/healthz")).json()["pending"] == 0
    assert (await scene.state(report))["state"] == "submitted"
    assert await scene.undelivered(report) == ["bounced"]


async def test_who_asks_for_nothing_is_told_the_place(scene: Stage) -> None:
    headers = await scene.alpha.headers("notices:serve")
    answer = await scene.client.get("/v1/notices?report_id=+8613800138000", headers=headers)
    assert (answer.status_code, answer.json()["errors"]) == (422, [{"pointer": "/report_id", "code": "invalid"}])
    assert (await scene.client.get("/v1/notices")).status_code == 401
