"""A member's endpoints over HTTP: its own and nobody else's, and what became of every message."""

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from standardwebhooks import Webhook

from registry import keys
from registry.clock import real_time
from registry.couriers import Courier, Rounds
from registry.domain.webhooks import MOST_ENDPOINTS
from registry.keys import KeyName
from registry.services.webhooks import Desk, WebhookKeys
from registry.settings import Mode
from tests.databases import ScratchDatabase
from tests.receiving import receiver
from tests.running import Platform, Running, running

pytestmark = pytest.mark.anyio
HOOKS = "/v1/webhooks"
URL = "https://shop.example/hooks"


class Member:
    """A member that is signed in."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client = client
        self._headers = headers

    async def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        headers = self._headers | {"Idempotency-Key": str(uuid4())}
        return await self._client.request(method, HOOKS + path, headers=headers, json=body)

    async def add(self, url: str = URL, *events: str) -> str:
        answer = await self.ask("POST", "", {"url": url, "events": list(events)})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["endpoint_id"])


@pytest.fixture
async def shop(api: Running, alpha: Platform) -> Member:
    return Member(api.client, await alpha.headers())


@pytest.fixture
async def other(api: Running) -> Member:
    return Member(api.client, await (await api.admit("Beta")).headers())


def desk_of(api: Running) -> Desk:
    """Work on webhooks as the worker of this API does."""
    held = keys.load(api.settings.keys_path, [KeyName.WEBHOOKS], peppers=False)
    derived = WebhookKeys.derive(held[KeyName.WEBHOOKS])
    return Desk(api.trail, secrets.token_bytes, derived, False, real_time)


async def deliver(api: Running, desk: Desk) -> None:
    async with Courier(private=True, seconds=2) as courier:
        await Rounds(api.owner, desk.signing_time, courier, desk).round()


async def test_an_endpoint_is_added_changed_and_removed(shop: Member) -> None:
    endpoint = await shop.add(URL, "record.recalled")
    changed = await shop.ask("PATCH", f"/{endpoint}", {"events": []})
    assert (changed.json()["events"], changed.json()["url"]) == ([], URL)
    assert (await shop.ask("DELETE", f"/{endpoint}")).status_code == 204
    (listed,) = (await shop.ask("GET", "")).json()["endpoints"]
    assert (listed["status"], listed["end_reason"]) == ("ended", "removed")
    for method, path, body in (
        ("PATCH", "", {"events": []}),
        ("DELETE", "", None),
        ("POST", ":test", None),
        ("POST", ":rotate-secret", {"overlap_hours": 1}),
        ("POST", ":replay", {"since": "2026-01-01T00:00:00Z"}),
    ):
        refused = await shop.ask(method, f"/{endpoint}{path}", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "endpoint_ended"), path


async def test_nobody_sees_or_touches_anothers_endpoint(shop: Member, other: Member) -> None:
    endpoint = await shop.add()
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/secret", None),
        ("GET", "/deliveries", None),
        ("GET", f"/deliveries/{uuid4()}", None),
        ("PATCH", "", {"events": []}),
        ("DELETE", "", None),
        ("POST", ":test", None),
        ("POST", ":rotate-secret", {"overlap_hours": 1}),
        ("POST", ":replay", {"since": "2026-01-01T00:00:00Z"}),
    ):
        refused = await other.ask(method, f"/{endpoint}{path}", body)
        assert (refused.status_code, refused.json()["code"]) == (404, "endpoint_unknown"), path
    assert (await other.ask("GET", "")).json()["endpoints"] == []


async def test_a_message_to_somebody_else_cannot_be_asked_for(shop: Member, other: Member) -> None:
    mine = await shop.add()
    message = (await shop.ask("POST", f"/{mine}:test")).json()["message_id"]
    theirs = await other.add()
    refused = await other.ask("POST", f"/{theirs}:replay", {"message_id": message})
    assert (refused.status_code, refused.json()["code"]) == (404, "message_unknown")


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://shop.example/", "https://", "https://user:secret@shop.example/", "https://shop.example/#part", "shop"),
        *("https://shop.example/ x", "https://shop.example/13800138000", "https://" + "a" * 500, "javascript:alert(1)"),
    ],
)
async def test_an_address_that_is_none_is_refused(shop: Member, url: str) -> None:
    answer = await shop.ask("POST", "", {"url": url})
    assert answer.status_code == 422
    assert url not in answer.text


async def test_a_live_registry_sends_to_https_only(database: ScratchDatabase, tmp_path: Path) -> None:
    async with running(database, tmp_path, mode=Mode.LIVE) as live:
        member = Member(live.client, await (await live.admit()).headers())
        refused = await member.ask("POST", "", {"url": "http://shop.example/hooks"})
        assert (refused.status_code, refused.json()["code"]) == (422, "url_refused")
        await member.add("https://shop.example/hooks")


async def test_a_member_has_ten_endpoints_at_most(shop: Member) -> None:
    for _ in range(MOST_ENDPOINTS):
        endpoint = await shop.add()
    refused = await shop.ask("POST", "", {"url": URL})
    assert (refused.status_code, refused.json()["code"]) == (409, "endpoints_too_many")
    await shop.ask("DELETE", f"/{endpoint}")
    await shop.add()


async def test_the_secret_is_shown_to_its_member_and_stands_nowhere_else(api: Running, shop: Member) -> None:
    endpoint = await shop.add()
    first = (await shop.ask("GET", f"/{endpoint}/secret")).json()
    assert first["previous_secret"] is None
    await shop.ask("POST", f"/{endpoint}:rotate-secret", {"overlap_hours": 24})
    second = (await shop.ask("GET", f"/{endpoint}/secret")).json()
    assert second["previous_secret"] == first["secret"] != second["secret"]
    async with api.owner.read() as session:
        connection = await session.connection()
        tables = ("webhook_endpoint", "idempotency", "audit.entry")
        dump = [(await connection.exec_driver_sql(f"SELECT * FROM {table}")).all() for table in tables]  # noqa: S608
        looks = await connection.exec_driver_sql(
            "SELECT count(*) FROM audit.entry WHERE action = 'webhook.reveal_secret'"
        )
        assert looks.scalar_one() == 2
    for secret in (first["secret"], second["secret"]):
        assert secret.removeprefix("whsec_") not in f"{dump}{api.log.getvalue()}"


async def test_the_delivery_log_tells_every_attempt(api: Running, shop: Member) -> None:
    async with receiver(500, 200) as listening:
        endpoint = await shop.add(f"http://127.0.0.1:{listening.port}/hooks")
        message = (await shop.ask("POST", f"/{endpoint}:test")).json()["message_id"]
        desk = desk_of(api)
        await deliver(api, desk)
        waiting = (await shop.ask("GET", f"/{endpoint}/deliveries?state=waiting")).json()["deliveries"]
        assert [(one["message_id"], one["attempts"]) for one in waiting] == [(message, 1)]
        await shop.ask("POST", f"/{endpoint}:replay", {"message_id": message})
        later = Desk(desk.trail, desk.entropy, desk.keys, desk.livemode, lambda: api.act().now + timedelta(minutes=1))
        await deliver(api, later)
        shown = (await shop.ask("GET", f"/{endpoint}/deliveries/{message}")).json()
        secret = (await shop.ask("GET", f"/{endpoint}/secret")).json()["secret"]
    assert (shown["state"], shown["event"]) == ("delivered", "webhook.test")
    assert [(one["status"], one["failure"]) for one in shown["log"]] == [(500, None), (200, None)]
    heard = listening.heard[-1]
    assert Webhook(secret).verify(heard.body, heard.headers)["data"] == {"endpoint_id": endpoint}


async def test_deliveries_are_listed_page_by_page_newest_first(shop: Member) -> None:
    endpoint = await shop.add()
    sent = [(await shop.ask("POST", f"/{endpoint}:test")).json()["message_id"] for _ in range(5)]
    seen: list[Any] = []
    path = f"/{endpoint}/deliveries?limit=2"
    while True:
        page = (await shop.ask("GET", path)).json()
        seen += [one["message_id"] for one in page["deliveries"]]
        if page["next_cursor"] is None:
            break
        path = f"/{endpoint}/deliveries?limit=2&cursor={page['next_cursor']}"
    assert seen == sent[::-1]


@pytest.mark.parametrize("body", [{}, {"message_id": str(uuid4()), "since": "2026-01-01T00:00:00Z"}])
async def test_a_replay_names_one_message_or_an_instant(shop: Member, body: dict[str, str]) -> None:
    endpoint = await shop.add()
    assert (await shop.ask("POST", f"/{endpoint}:replay", body)).status_code == 422
