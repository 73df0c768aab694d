"""A member asks, the person is told once, the registry knows; and each thing that fails leaves nothing half done."""

import asyncio
from datetime import datetime

import pytest

from registry.domain.ids import ReportState
from registry.relay.contacts import ContactKind
from tests.recorded import fetch
from tests.relay.stage import EMAIL, OTHER, PHONE, Stage

pytestmark = pytest.mark.anyio


async def test_a_notice_is_delivered_written_down_and_recorded(scene: Stage) -> None:
    report = await scene.file()
    answer = await scene.ask(report)
    assert answer.status_code == 201, answer.text
    assert answer.json() | {"served_at": ""} == {
        "livemode": False,
        "report_id": str(report.id),
        "kind": "phone",
        "served_at": "",
        "repeated": False,
    }
    state = await scene.state(report)
    assert state["state"] == "notice_window"
    assert datetime.fromisoformat(state["served_at"]) == datetime.fromisoformat(answer.json()["served_at"])
    assert [line.get("outcome", "delivered") for line in scene.journal] == ["delivered", "recorded"]
    (letter,) = scene.letters
    assert str(report.id) in letter
    assert "Alpha" in letter


async def test_an_email_is_served_like_a_phone(scene: Stage) -> None:
    report = await scene.file(phone=PHONE, email=EMAIL)
    assert (await scene.ask(report, EMAIL)).status_code == 201
    assert [one["kind"] for one in (await scene.state(report))["notices"]] == ["email"]


async def test_the_same_contact_spelt_otherwise_is_the_same_contact(scene: Stage) -> None:
    report = await scene.file()
    first = await scene.ask(report, "+8613800138000")
    again = await scene.ask(report, "+86-138-0013-8000")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["repeated"] is True
    assert datetime.fromisoformat(again.json()["served_at"]) == datetime.fromisoformat(first.json()["served_at"])
    assert scene.postman.sent == 1


async def test_a_contact_that_is_not_on_the_report_is_refused_and_forgotten(scene: Stage) -> None:
    report = await scene.file()
    answer = await scene.ask(report, OTHER)
    assert (answer.status_code, answer.json()["code"]) == (409, "contact_not_on_report")
    assert (scene.letters, scene.journal) == ([], [])
    assert (await scene.state(report))["state"] == "submitted"


async def test_another_members_report_is_refused_in_the_same_words(scene: Stage) -> None:
    beta = await scene.api.admit("Beta")
    theirs = await scene.ask(await scene.file(), member=beta)
    none = await scene.ask(await scene.file(), OTHER)
    assert theirs.status_code == none.status_code == 409
    assert theirs.json() | {"request_id": ""} == none.json() | {"request_id": ""}


@pytest.mark.parametrize(
    "path", ["*", "/oauth/token", "/v1/tokens/manifest", "/v1/tokens:evaluate", "/v1/notices:match"]
)
async def test_a_registry_that_is_away_before_the_delivery_leaves_nothing_behind(scene: Stage, path: str) -> None:
    report = await scene.file()
    headers = await scene.alpha.headers("notices:serve")
    scene.wire.cut.add(path)
    body = {"report_id": str(report.id), "kind": "phone", "contact": PHONE, "language": "en"}
    answer = await scene.client.post("/v1/notices", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "registry_unavailable")
    assert (scene.letters, scene.journal) == ([], [])
    scene.wire.cut.clear()
    assert (await scene.ask(report)).status_code == 201


async def test_a_registry_that_is_away_after_the_delivery_is_told_later_and_nobody_is_told_twice(scene: Stage) -> None:
    report = await scene.file()
    scene.wire.cut.add("/v1/notices")
    answer = await scene.ask(report)
    assert (answer.status_code, answer.json()["code"]) == (503, "registry_unavailable")
    assert (await scene.client.get("/healthz")).json()["pending"] == 1
    scene.wire.cut.clear()
    retried = await scene.ask(report)
    assert retried.status_code == 201
    assert retried.json()["served_at"] == scene.journal[0]["served_at"]
    assert scene.postman.sent == 1
    assert (await scene.client.get("/healthz")).json()["pending"] == 0


async def test_two_requests_at_once_send_one_letter(scene: Stage) -> None:
    report = await scene.file()
    scene.postman.released = asyncio.Event()
    first = asyncio.create_task(scene.ask(report))
    await scene.postman.waiting.wait()
    second = await scene.ask(report)
    scene.postman.released.set()
    assert (second.status_code, second.json()["code"]) == (409, "notice_under_way")
    assert (await first).status_code == 201
    assert scene.postman.sent == 1


async def test_a_report_that_is_over_has_no_notice(scene: Stage) -> None:
    report = await scene.file(state=ReportState.WITHDRAWN)
    answer = await scene.ask(report)
    assert (answer.status_code, answer.json()["code"]) == (409, "report_closed")
    assert scene.letters == []


async def test_what_was_delivered_before_a_restart_is_reported_after_it(built: Stage) -> None:
    async with built.relay():
        report = await built.file()
        built.wire.cut.add("/v1/notices")
        assert (await built.ask(report)).status_code == 503
    built.wire.cut.clear()
    async with built.relay():
        assert await built.settled() == "recorded"
        state = await built.state(report)
        assert datetime.fromisoformat(state["served_at"]) == datetime.fromisoformat(built.journal[0]["served_at"])
        assert (await built.ask(report)).status_code == 200
    assert built.postman.sent == 1


async def test_what_the_registry_refuses_for_ever_is_reported_once(built: Stage) -> None:
    async with built.relay():
        report = await built.file()
        built.wire.cut.add("/v1/notices")
        await built.ask(report)
        await fetch(built.database.dsn(), "UPDATE report SET state = 'withdrawn'")
        built.wire.cut.clear()
        assert (await built.ask(report)).json()["code"] == "report_closed"
    async with built.relay():
        assert await built.settled() == "report_step_refused"
        assert (await built.state(report))["notices"] == []
        assert (await built.client.get("/healthz")).json()["pending"] == 0


async def test_without_a_channel_nobody_counts_as_told(built: Stage) -> None:
    built.reachable = [ContactKind.EMAIL]
    async with built.relay():
        report = await built.file(phone=PHONE, email=EMAIL)
        answer = await built.ask(report)
        assert (answer.status_code, answer.json()["code"]) == (503, "channel_missing")
        assert (await built.state(report))["state"] == "submitted"
        assert (await built.ask(report, EMAIL)).status_code == 201


async def test_wrong_contacts_run_out(scene: Stage) -> None:
    report = await scene.file()
    codes = [(await scene.ask(report, OTHER)).json()["code"] for _ in range(6)]
    assert codes == ["contact_not_on_report"] * 5 + ["notices_limited"]
    limited = await scene.ask(report)
    assert (limited.status_code, limited.json()["code"]) == (429, "notices_limited")
    assert 0 < int(limited.headers["retry-after"]) <= 3600
