"""What happened reaches the members it concerns, as messages that say no more than they must."""

import json
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from registry import keys
from registry.clock import real_time
from registry.couriers import Courier, Rounds
from registry.domain.filings import Event, Money
from registry.keys import KeyName
from registry.services.webhooks import Desk as WebhooksDesk
from registry.services.webhooks import WebhookKeys
from registry.store.database import Database
from registry_client.webhooks import WebhookMessage, verify
from tests.databases import ScratchDatabase
from tests.filings import token
from tests.receiving import Receiver, receiver
from tests.reporting import Desk, Town, town

pytestmark = pytest.mark.anyio


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


@pytest.fixture
async def shop() -> AsyncIterator[Receiver]:
    async with receiver() as listening:
        yield listening


async def listen(desk: Desk, shop: Receiver) -> str:
    """Add an endpoint; return its secret."""
    answer = await desk.post("/v1/webhooks", {"url": f"http://127.0.0.1:{shop.port}/hooks"})
    assert answer.status_code == 201, answer.text
    secret = (await desk.get(f"/v1/webhooks/{answer.json()['endpoint_id']}/secret")).json()["secret"]
    return str(secret)


async def deliver(place: Town) -> None:
    """Let a worker deliver what waits."""
    held = keys.load(place.api.settings.keys_path, [KeyName.WEBHOOKS], peppers=False)
    derived = WebhookKeys.derive(held[KeyName.WEBHOOKS])
    desk = WebhooksDesk(place.api.trail, secrets.token_bytes, derived, False, real_time)
    worker = Database(place.database.url("registry_worker"), pool_size=2)
    try:
        async with Courier(private=True, seconds=2) as courier:
            while await Rounds(worker, place.clock, courier, desk).round():
                pass
    finally:
        await worker.close()


def read(shop: Receiver, secret: str) -> list[WebhookMessage]:
    """Believe what was heard, in the order it happened."""
    heard = [verify(one.body, one.headers, secret) for one in shop.heard]
    return sorted(heard, key=lambda message: (message.at, message.id))


async def test_who_was_told_of_a_record_hears_of_each_change_and_can_fetch_it(place: Town, shop: Receiver) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await alpha.filed()
    await place.serve(report_id)
    await place.pass_days(7)
    secret = await listen(beta, shop)
    await beta.query("phone", "national_id")
    assert (await alpha.amend(report_id, amount=Money(110_000, "CNY"))).status_code == 200
    await alpha.post(f"/v1/reports/{report_id}:withdraw", {"reason": "mistake"})
    # Recalls of one instant are a microsecond apart, so that they have an order.
    place.clock.now += timedelta(seconds=1)
    await deliver(place)
    recalls = (await beta.get("/v1/recalls")).json()["recalls"]
    heard = sorted(read(shop, secret), key=lambda message: int(message.data["revision"]))
    assert [(one.type, dict(one.data)) for one in heard] == [
        (name, {"change": change, "recall_id": recall["recall_id"], "report_id": report_id, "revision": revision})
        for (name, change, revision), recall in zip(
            [("record.amended", "amended", 2), ("record.recalled", "removed", 3)], recalls, strict=True
        )
    ]


async def test_a_member_hears_what_time_does_to_its_reports(place: Town, shop: Receiver) -> None:
    alpha = await place.desk("Alpha")
    secret = await listen(alpha, shop)
    report_id, unserved = (
        await alpha.filed(),
        await alpha.filed(reference="RMA-2026-000124", event=Event(tokens=(token("event", 2),))),
    )
    await place.serve(report_id)
    await place.pass_days(7)
    await place.pass_days(24)
    await deliver(place)
    assert [(one.type, one.data["report_id"], one.data["state"]) for one in read(shop, secret)] == [
        ("report.state", report_id, "active"),
        ("report.state", unserved, "withdrawn"),
    ]


async def test_messages_hold_ids_and_words_of_ours_and_nothing_else(place: Town, shop: Receiver) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await alpha.filed()
    await place.serve(report_id)
    await listen(alpha, shop)
    await listen(beta, shop)
    await place.pass_days(7)
    await beta.query("phone", "national_id")
    await alpha.post(f"/v1/reports/{report_id}:withdraw", {"reason": "mistake"})
    await deliver(place)
    assert {key for one in shop.heard for key in json.loads(one.body)["data"]} == {
        *("change", "recall_id", "report_id", "revision", "state")
    }
    told = b"".join(one.body for one in shop.heard)
    for row in await place.rows("SELECT name, pseudonym FROM member WHERE kind = 'platform'"):
        assert row["name"].encode() not in told
        assert row["pseudonym"].encode() not in told
