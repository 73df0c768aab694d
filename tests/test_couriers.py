"""Webhooks reach real receivers, whatever those do: nothing is lost, nothing is sent under two ids."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from registry.couriers import Courier
from registry.domain.webhooks import RETRY_AFTER, DeliveryState, Event
from registry.errors import Conflict
from registry.services import webhooks
from registry.services.webhooks.deliveries import KEPT, LEASE
from tests.certificates import Authority
from tests.databases import ScratchDatabase
from tests.logbook import act
from tests.posting import DATA, Post, post_office
from tests.receiving import DROP, HANG, Receiver, receiver

pytestmark = pytest.mark.anyio
FEW = timedelta(hours=1)


@pytest.fixture
async def post(database: ScratchDatabase) -> AsyncIterator[Post]:
    async with post_office(database) as opened:
        yield opened


@pytest.fixture
async def shop() -> AsyncIterator[Receiver]:
    async with receiver() as listening:
        yield listening


def url_of(shop: Receiver, host: str = "127.0.0.1") -> str:
    return f"http://{host}:{shop.port}/hooks?shop=1"


async def test_a_message_arrives_signed_and_says_no_more_than_it_must(post: Post, shop: Receiver) -> None:
    endpoint_id = await post.add(url_of(shop, "localhost"))
    await post.tell()
    assert await post.run(1) == 1
    (heard,) = shop.heard
    secret = (await post.do(webhooks.reveal, endpoint_id)).secret
    assert Webhook(secret).verify(heard.body, heard.headers) == heard.message
    assert heard.message == {
        "type": "record.recalled",
        "timestamp": post.clock.now.replace(day=post.clock.now.day - 1).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "livemode": False,
        "data": DATA,
    }
    assert heard.path == "/hooks?shop=1"
    assert heard.headers["host"] == f"localhost:{shop.port}"
    assert await post.states() == ["delivered"]


async def test_a_receiver_that_fails_is_asked_again_for_four_days_with_one_id_and_one_body(
    post: Post, shop: Receiver
) -> None:
    shop.answers = [500]
    await post.add(url_of(shop))
    await post.tell()
    began = post.clock.now
    assert await post.run() == len(RETRY_AFTER) + 1
    assert len(set(shop.ids)) == len({one.body for one in shop.heard}) == 1
    times = [row["at"] - began for row in await post.rows("SELECT at FROM webhook_attempt ORDER BY at")]
    assert times == [sum(RETRY_AFTER[:number], timedelta(0)) for number in range(len(RETRY_AFTER) + 1)]
    assert timedelta(days=3.9) < times[-1] <= timedelta(days=4)
    assert await post.states() == ["dead"]
    rows = await post.rows("SELECT outcome FROM audit.entry ORDER BY id")
    assert [row["outcome"] for row in rows] == ["done", "dead"]


@pytest.mark.parametrize(
    ("answer", "logged"),
    [
        *((503, 503), (302, 302), (308, 308), (404, 404), (429, 429)),
        *((101, "connection_failed"), (DROP, "connection_failed"), (HANG, "timeout")),
    ],
)
async def test_whatever_is_no_acceptance_is_tried_again_until_it_is_one(
    post: Post, shop: Receiver, answer: int, logged: int | str
) -> None:
    shop.answers = [answer, 204]
    await post.add(url_of(shop))
    await post.tell()
    await post.run(1)
    assert await post.log() == [logged, 204]
    assert len(shop.heard) == 2
    assert {one.path for one in shop.heard} == {"/hooks?shop=1"}
    assert len(set(shop.ids)) == 1


async def test_a_receiver_that_is_gone_ends_its_endpoint_and_a_new_one_takes_over(post: Post, shop: Receiver) -> None:
    shop.answers = [410]
    endpoint_id = await post.add(url_of(shop))
    began = post.clock.now
    await post.tell(number="1")
    assert await post.run(1) == 1
    await post.tell(number="2")
    assert await post.run(1) == 0
    assert await post.states() == ["dead"]
    with pytest.raises(Conflict, match="endpoint_ended"):
        await post.do(webhooks.replay, endpoint_id, None, began)
    shop.answers = [200]
    fresh = await post.add(url_of(shop))
    assert await post.do(webhooks.replay, fresh, None, began) == 2
    await post.run(1)
    heard = sorted((one.message["data"]["number"], one.id) for one in shop.heard)
    assert [number for number, _ in heard] == ["1", "1", "2"]
    assert heard[0] == heard[1]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
async def test_no_message_goes_to_an_address_inside(post: Post, shop: Receiver, host: str) -> None:
    await post.add(url_of(shop, host))
    await post.tell()
    async with Courier(seconds=2) as strict:
        post.courier = strict
        await post.run(0.001)
    assert (await post.log())[0] == "address_refused"
    assert shop.heard == []


async def test_the_connection_goes_to_an_address_and_the_certificate_is_checked_against_the_name(
    post: Post, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    good, bad = authority.server("localhost"), authority.server("elsewhere.example")
    async with receiver(tls=good) as honest, receiver(tls=bad) as other:
        for one in (honest, other):
            await post.add(f"https://localhost:{one.port}/hooks")
        await post.tell()
        async with Courier(private=True, seconds=2, trust=authority.client()) as careful:
            post.courier = careful
            await post.run(0.00001)
        assert len(honest.heard) == 1
        assert other.heard == []
    assert sorted(map(str, await post.log())) == ["200", "connection_failed"]


async def test_a_name_that_leads_nowhere_is_tried_again(post: Post) -> None:
    await post.add("http://nowhere.invalid/hooks")
    await post.tell()
    await post.run(0.001)
    assert (await post.log())[0] == "name_unresolved"
    assert await post.states() == ["waiting"]


async def test_several_workers_deliver_each_message_once(post: Post, shop: Receiver) -> None:
    await post.add(url_of(shop))
    for number in range(40):
        await post.tell(number=str(number))
    while any(await asyncio.gather(*(post.rounds().round() for _ in range(4)))):
        pass
    assert len(shop.heard) == len(set(shop.ids)) == 40


async def test_a_worker_that_died_with_a_message_in_hand_loses_nothing(post: Post, shop: Receiver) -> None:
    await post.add(url_of(shop))
    await post.tell()
    async with post.worker.write() as session:
        (lost,) = await webhooks.take(session, most=5, without=(), now=post.clock(), desk=post.desk)
    assert await post.rounds().round() == 0
    post.clock.now += LEASE
    assert await post.rounds().round() == 1
    assert shop.ids == [str(lost.taken.message.id)]


async def test_a_message_that_arrives_while_its_endpoint_is_removed_has_arrived(post: Post, shop: Receiver) -> None:
    endpoint_id = await post.add(url_of(shop))
    await post.tell()
    async with post.worker.write() as session:
        (parcel,) = await webhooks.take(session, most=5, without=(), now=post.clock(), desk=post.desk)
    result = await post.courier.post(parcel.taken.url, parcel.body, dict(parcel.headers))
    await post.do(webhooks.remove, endpoint_id)
    assert await post.states() == ["dead"]
    async with post.worker.write() as session:
        await webhooks.settle(session, parcel, result, duration_ms=1, act=act(post.clock()), desk=post.desk)
    assert await post.states() == ["delivered"]


async def test_a_receiver_that_hangs_holds_up_nobody_else(post: Post, shop: Receiver) -> None:
    async with receiver(HANG) as slow, Courier(private=True, seconds=5) as patient:
        post.courier = patient
        await post.add(url_of(slow), Event.RECORD_AMENDED)
        await post.add(url_of(shop), Event.RECORD_RECALLED)
        for _ in range(20):
            await post.tell(Event.RECORD_AMENDED)
        await post.tell(Event.RECORD_RECALLED)
        stop = asyncio.Event()
        at_work = asyncio.create_task(post.rounds().work(stop))
        async with asyncio.timeout(3):
            await shop.rung.wait()
        stop.set()
        async with asyncio.timeout(1):
            await at_work
    assert len(slow.heard) <= 5


async def test_during_a_rotation_both_secrets_sign(post: Post, shop: Receiver) -> None:
    endpoint_id = await post.add(url_of(shop))
    before = (await post.do(webhooks.reveal, endpoint_id)).secret
    await post.do(webhooks.rotate, endpoint_id, FEW)
    await post.tell()
    await post.run(0.001)
    now = await post.do(webhooks.reveal, endpoint_id)
    assert now.previous == before != now.secret
    for secret in (before, now.secret):
        assert Webhook(secret).verify(shop.heard[0].body, shop.heard[0].headers)
    await post.do(webhooks.rotate, endpoint_id, timedelta(0))
    await post.tell()
    await post.run(0.001)
    assert len(shop.heard[1].headers["webhook-signature"].split(" ")) == 1
    assert (await post.do(webhooks.reveal, endpoint_id)).previous is None


async def test_an_endpoint_hears_what_it_asked_for(post: Post, shop: Receiver) -> None:
    await post.add(url_of(shop), Event.RECORD_AMENDED)
    await post.tell(Event.RECORD_RECALLED)
    await post.tell(Event.RECORD_AMENDED)
    await post.run(1)
    assert [one.message["type"] for one in shop.heard] == ["record.amended"]


async def test_who_never_had_an_endpoint_gathers_no_messages(post: Post) -> None:
    await post.tell()
    assert await post.rows("SELECT 1 FROM webhook_message") == []


async def test_a_fact_that_is_taken_back_was_never_told(post: Post, shop: Receiver) -> None:
    await post.add(url_of(shop))
    with suppress(Conflict):
        async with post.api.write() as session:
            await webhooks.enqueue(session, Event.RECORD_RECALLED, post.caller.member_id, DATA, now=post.clock())
            raise Conflict("changed_its_mind")
    await post.run(1)
    assert shop.heard == []


async def test_messages_are_forgotten_after_a_month(post: Post, shop: Receiver) -> None:
    await post.add(url_of(shop))
    await post.tell()
    await post.run(1)
    async with post.worker.write() as session:
        assert await webhooks.forget(session, now=post.clock() + KEPT - timedelta(days=2)) == 0
        assert await webhooks.forget(session, now=post.clock() + KEPT) == 3
    assert await post.states() == []


async def test_a_message_sent_again_keeps_its_id(post: Post, shop: Receiver) -> None:
    endpoint_id = await post.add(url_of(shop))
    await post.tell()
    await post.run(1)
    (row,) = await post.rows("SELECT id FROM webhook_message")
    assert await post.do(webhooks.replay, endpoint_id, row["id"], None) == 1
    await post.run(1)
    assert shop.ids == [str(row["id"])] * 2
    assert (await post.states()) == [DeliveryState.DELIVERED]
