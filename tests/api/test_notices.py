"""Notices over HTTP: who may ask and record what, and what comes back."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from registry.clock import real_time
from registry.domain.access import MemberKind
from registry.keys import load
from registry_formats.cfr1 import Token
from tests.recorded import Recorded, token, write_report
from tests.running import Platform, Running

pytestmark = pytest.mark.anyio

PHONE, EMAIL = token("phone", "one"), token("email", "one")
KEY = "01937d5e-8c00-7a10-8000-00000000f00d"


@pytest.fixture
async def relay(api: Running) -> Platform:
    return await api.admit("Relay", kind=MemberKind.RELAY)


async def filed(api: Running, member: Platform, *tokens: Token) -> Recorded:
    pepper = load(api.settings.keys_path, []).peppers[1]
    dsn = api.settings.database_url.get_secret_value() if api.settings.database_url else ""
    owner = dsn.replace("+asyncpg", "")
    return await write_report(owner, member.member.id, tokens, filed_at=real_time() - timedelta(hours=1), pepper=pepper)


def question(report: Recorded, member: Platform, *tokens: Token, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    asked = {
        "report_id": str(report.id),
        "member_id": str(member.member.id),
        "kind": tokens[0].kind.value,
        "tokens": [one.text for one in tokens],
    }
    return asked | changes


def delivery(report: Recorded, *tokens: Token, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    told = {
        "report_id": str(report.id),
        "kind": tokens[0].kind.value,
        "channel": "file",
        "tokens": [one.text for one in tokens],
        "served_at": real_time().isoformat(),
    }
    return told | changes


async def record(api: Running, relay: Platform, body: dict[str, Any], key: str = KEY) -> httpx.Response:
    headers = await relay.headers() | {"Idempotency-Key": key}
    return await api.client.post("/v1/notices", json=body, headers=headers)


async def test_the_relay_asks_delivers_and_records_and_the_member_sees_it(
    api: Running, alpha: Platform, relay: Platform
) -> None:
    report = await filed(api, alpha, PHONE)
    headers = await relay.headers()
    asked = await api.client.post("/v1/notices:match", json=question(report, alpha, PHONE), headers=headers)
    assert asked.status_code == 200
    assert asked.json()["outcome"] == "due"
    assert asked.json()["letter"]["member"] == "Alpha"
    assert asked.json()["appeal_url"] == "http://registry.test/me"
    told = delivery(report, PHONE)
    recorded = await record(api, relay, told)
    assert recorded.status_code == 201, recorded.text
    assert recorded.json()["state"] == "notice_window"
    again = await record(api, relay, told)
    assert (again.content, again.headers["idempotency-replayed"]) == (recorded.content, "true")
    answer = await api.client.get(f"/v1/notices?report_id={report.id}", headers=await alpha.headers())
    assert answer.json()["state"] == "notice_window"
    assert [one["epoch"] for one in answer.json()["notices"]] == [1]


async def test_a_platform_can_neither_ask_nor_record(api: Running, alpha: Platform) -> None:
    report, headers = await filed(api, alpha, PHONE), await alpha.headers() | {"Idempotency-Key": KEY}
    for path, body in (
        ("/v1/notices:match", question(report, alpha, PHONE)),
        ("/v1/notices", delivery(report, PHONE)),
    ):
        answer = await api.client.post(path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


async def test_the_relay_cannot_read_how_a_report_stands(api: Running, alpha: Platform, relay: Platform) -> None:
    report = await filed(api, alpha, PHONE)
    answer = await api.client.get(f"/v1/notices?report_id={report.id}", headers=await relay.headers())
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


async def test_another_members_report_is_not_found(api: Running, alpha: Platform) -> None:
    report, other = await filed(api, alpha, PHONE), await api.admit("Beta")
    answer = await api.client.get(f"/v1/notices?report_id={report.id}", headers=await other.headers())
    assert (answer.status_code, answer.json()["code"]) == (404, "report_unknown")


async def test_a_contact_that_is_not_on_the_report_is_not_recorded(
    api: Running, alpha: Platform, relay: Platform
) -> None:
    answer = await record(api, relay, delivery(await filed(api, alpha, PHONE), EMAIL))
    assert (answer.status_code, answer.json()["code"]) == (409, "contact_not_on_report")


@pytest.mark.parametrize(
    ("tokens", "code"),
    [
        ([EMAIL.text], "token_kind_differs"),
        ([token("phone", "one", 2).text], "epoch_not_live"),
        ([PHONE.text, PHONE.text], "epoch_repeated"),
    ],
)
async def test_tokens_of_another_kind_or_epoch_are_refused_by_place(
    api: Running, alpha: Platform, relay: Platform, tokens: list[str], code: str
) -> None:
    report = await filed(api, alpha, PHONE)
    body = question(report, alpha, PHONE, tokens=tokens)
    answer = await api.client.post("/v1/notices:match", json=body, headers=await relay.headers())
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"pointer": f"/tokens/{len(tokens) - 1}", "code": code}]


@pytest.mark.parametrize("raw", ["13800138000", "li.lei@example.com", "+86 138 0013 8000"])
async def test_no_field_of_the_registry_takes_a_contact(
    api: Running, alpha: Platform, relay: Platform, raw: str
) -> None:
    report, headers = await filed(api, alpha, PHONE), await relay.headers()
    asked = question(report, alpha, PHONE)
    for field, value in (("tokens", [raw]), ("kind", raw), ("report_id", raw), ("contact", raw)):
        answer = await api.client.post("/v1/notices:match", json=asked | {field: value}, headers=headers)
        assert answer.status_code == 422
        assert raw not in answer.text
        answer = await record(api, relay, delivery(report, PHONE) | {field: value, "channel": raw})
        assert answer.status_code == 422
        assert raw not in answer.text
    assert raw not in api.log.getvalue()
