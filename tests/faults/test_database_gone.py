"""PostgreSQL away, frozen, or out of disk: 503 within three seconds, nothing told, and all is well when it is back."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

import anyio.to_thread
import httpx
import pytest

from registry.store import embedded
from tests.faults.machine import Machine, question, statement
from tests.filings import filing
from tests.launching import postmaster
from tests.recorded import token
from tests.running import Platform

pytestmark = pytest.mark.anyio

AT_MOST = 4.0  # seconds; two and a half of patience, and a busy machine
BACK_WITHIN = 15.0
_DISK_FULL = """
CREATE FUNCTION audit.no_space() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_space BEFORE INSERT ON audit.entry FOR EACH ROW EXECUTE FUNCTION audit.no_space();
ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER no_space;
"""


@contextmanager
def frozen(data_dir: Path) -> Iterator[None]:
    """Hold every process of the server still, as a dead disk or a lost network would."""
    parent = postmaster(data_dir)
    assert parent is not None
    everyone = [parent, *_children(parent)]
    for pid in everyone:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in everyone:
            os.kill(pid, signal.SIGCONT)


def _children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


@asynccontextmanager
async def open_shop(machine: Machine) -> AsyncIterator[tuple[Platform, dict[str, str]]]:
    """Serve, and have asked once, so that connections and allowances are there."""
    async with machine.client() as client:
        platform = await machine.admit(client, uuid4().hex)
        with machine.serving():
            headers = await platform.headers()
            assert (await ask(platform, headers)).status_code == 200
            yield platform, headers


async def ask(platform: Platform, headers: dict[str, str]) -> httpx.Response:
    body = question(token("phone", "somebody").text)
    return await platform.client.post("/v1/scores:query", json=body, headers=headers)


async def ask_many(platform: Platform, headers: dict[str, str]) -> httpx.Response:
    body = {"items": [question(token("phone", "somebody").text)]}
    return await platform.client.post("/v1/scores:batch", json=body, headers=headers)


async def file(platform: Platform, headers: dict[str, str]) -> httpx.Response:
    body = {"statement": statement(platform, filing())}
    return await platform.client.post("/v1/reports", json=body, headers=headers | {"Idempotency-Key": uuid4().hex})


async def refused_in_time(platform: Platform, headers: dict[str, str]) -> None:
    """Ask everything at once, often enough to fill every connection, and hear 503 each time."""
    began = time.monotonic()
    wishes = [wish(platform, headers) for wish in (ask, ask_many, file) for _ in range(5)]
    answers = await asyncio.gather(*wishes)
    took = time.monotonic() - began
    for answer in answers:
        assert answer.status_code == 503, answer.text
        problem = answer.json()
        assert problem["code"] in {"audit_unavailable", "database_unavailable"}
        assert problem["retryable"]
        assert int(answer.headers["retry-after"]) >= 1
        assert not problem["facts"]
    assert took <= AT_MOST


async def back(platform: Platform, headers: dict[str, str]) -> None:
    async with asyncio.timeout(BACK_WITHIN):
        for wish in (ask, ask_many, file):
            while (answer := await wish(platform, headers)).status_code == 503:  # noqa: ASYNC110 - as a client would
                await asyncio.sleep(0.2)
            assert answer.status_code in {200, 201}, answer.text


async def told(machine: Machine) -> tuple[int, int]:
    """Count what was ever told: the entries of questions, and reports."""
    entries = await machine.ask("SELECT count(*) FROM audit.entry WHERE outcome = 'answered'")
    return int(entries), int(await machine.ask("SELECT count(*) FROM report"))


async def test_without_postgres_nothing_is_told_and_all_is_well_when_it_is_back(
    own_machine: Machine, own_data_dir: Path
) -> None:
    async with open_shop(own_machine) as (platform, headers):
        before = await told(own_machine)
        running = postmaster(own_data_dir)
        assert running is not None
        os.kill(running, signal.SIGQUIT)
        while postmaster(own_data_dir):  # noqa: ASYNC110 - another process ends
            await asyncio.sleep(0.02)
        await refused_in_time(platform, headers)
        with await anyio.to_thread.run_sync(lambda: embedded.start(own_data_dir, sync=True)):
            assert await told(own_machine) == before
            await back(platform, headers)


async def test_a_frozen_postgres_is_not_waited_for(own_machine: Machine, own_data_dir: Path) -> None:
    async with open_shop(own_machine) as (platform, headers):
        with frozen(own_data_dir):
            await refused_in_time(platform, headers)
            await asyncio.sleep(1)
            await refused_in_time(platform, headers)
        await back(platform, headers)


async def test_a_full_disk_means_no_answer(own_machine: Machine) -> None:
    async with open_shop(own_machine) as (platform, headers):
        before = await told(own_machine)
        await own_machine.execute(_DISK_FULL)
        await refused_in_time(platform, headers)
        assert await told(own_machine) == before
        await own_machine.execute("DROP TRIGGER no_space ON audit.entry; DROP FUNCTION audit.no_space()")
        await back(platform, headers)
