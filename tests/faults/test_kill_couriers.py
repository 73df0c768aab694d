"""Workers killed with webhooks in their hands: every message arrives, and none under two ids."""

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from registry import clock
from tests.bench import servers
from tests.faults.machine import Machine
from tests.receiving import HANG, Receiver, receiver

pytestmark = pytest.mark.anyio
MESSAGES, KILLS = 6, 3


@contextmanager
def working(machine: Machine, number: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a worker that may reach this machine, and whose clock can be moved."""
    own = {"REGISTRY_WEBHOOKS_PRIVATE": "true", "REGISTRY_TEST_CLOCK": str(machine.place / "clock")}
    said = machine.place / f"worker-{number}.log"
    with servers.running([servers.REGISTRY, "worker"], machine.environment() | own, said) as process:
        yield process


async def queue(client: httpx.AsyncClient, headers: dict[str, str], shop: Receiver) -> list[str]:
    """Add an endpoint and have messages sent to it; return their ids."""

    async def post(path: str, body: object = None) -> httpx.Response:
        sent = headers | {"Idempotency-Key": str(uuid4())}
        return await client.post(f"/v1/webhooks{path}", headers=sent, json=body)

    endpoint = (await post("", {"url": f"http://127.0.0.1:{shop.port}/hooks"})).json()["endpoint_id"]
    return [(await post(f"/{endpoint}:test")).json()["message_id"] for _ in range(MESSAGES)]


async def test_what_a_killed_worker_had_in_hand_is_delivered_by_another(machine: Machine) -> None:
    async with receiver(*[HANG] * KILLS, 200) as shop, machine.client() as client:
        with machine.serving():
            member = await machine.admit(client)
            ids = await queue(client, await member.headers(), shop)
            for number in range(KILLS):
                shop.rung.clear()
                with working(machine, number) as worker:
                    await asyncio.wait_for(shop.rung.wait(), 30)
                    worker.kill()
                clock.advance(machine.place / "clock", timedelta(minutes=2))
            with working(machine, KILLS):
                async with asyncio.timeout(60):
                    while set(shop.ids) != set(ids) or await waiting(machine):
                        clock.advance(machine.place / "clock", timedelta(minutes=2))
                        await asyncio.sleep(0.5)
    assert set(shop.ids) == set(ids)
    assert len({(one.id, one.body) for one in shop.heard}) == MESSAGES


async def waiting(machine: Machine) -> int:
    """Count the deliveries that have not arrived."""
    return int(await machine.ask("SELECT count(*) FROM webhook_delivery WHERE state <> 'delivered'"))
