"""The worker killed again and again, and PostgreSQL crashed once, under load: nothing acknowledged is missing."""

import asyncio
import itertools
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import anyio.to_thread
import httpx
import pytest

from registry import keys
from registry.services import log_reads
from registry.store import embedded
from registry.store.database import Database
from registry_formats.merkle import verify_consistency
from registry_formats.notes import Checkpoint, VerifierKey, verify_checkpoint
from tests.faults.machine import Machine, question
from tests.faults.test_kill_queries import entry_of
from tests.launching import postmaster
from tests.recorded import token
from tests.running import Platform

pytestmark = pytest.mark.anyio

ASKERS, KILLS = 8, 5
BETWEEN_KILLS = 0.8  # seconds of work
DRAINED_WITHIN = 20.0


@dataclass(slots=True)
class Load:
    """Members that ask without a pause, and keep what was acknowledged."""

    platform: Platform
    headers: dict[str, str]
    acknowledged: list[UUID] = field(default_factory=list)
    refused: int = 0
    over: bool = False

    async def ask(self) -> None:
        body = question(token("phone", "somebody").text)
        while not self.over:
            body["claim_ref"] = question()["claim_ref"]
            try:
                answer = await self.platform.client.post("/v1/scores:query", json=body, headers=self.headers)
            except httpx.TransportError:
                continue
            if answer.status_code == 200:
                self.acknowledged.append(entry_of(answer.json()))
            else:
                assert answer.status_code == 503, answer.text
                self.refused += 1
                await asyncio.sleep(0.1)


async def test_no_acknowledged_entry_is_missing_and_every_checkpoint_extends_every_earlier_one(
    own_machine: Machine, data_dir: Path
) -> None:
    async with own_machine.client() as client, asyncio.timeout(100), asyncio.TaskGroup() as tasks:
        platform = await own_machine.admit(client)
        with own_machine.serving():
            load = Load(platform, await platform.headers())
            asking = [tasks.create_task(load.ask()) for _ in range(ASKERS)]
            for round_ in range(KILLS):
                await _work_until_killed(own_machine)
                if round_ == KILLS // 2:
                    await _crash(data_dir, load)
            load.over = True
            await asyncio.gather(*asking)
        assert load.refused
        with own_machine.working():
            await _drain(own_machine)
    placed = await own_machine.ask("SELECT count(*) FROM audit.leaf WHERE entry_id = ANY($1)", load.acknowledged)
    assert placed == len(set(load.acknowledged)) == len(load.acknowledged) > 0
    verdict = await own_machine.verify()
    assert verdict.faults == ()
    await _all_pairs_consistent(own_machine)


async def _work_until_killed(machine: Machine) -> None:
    """Let a worker sign something new, then kill it at whatever it is doing."""
    signed = "SELECT coalesce(max(size), 0) FROM audit.checkpoint"
    before = await machine.ask(signed)
    with machine.working() as worker:
        while await machine.ask(signed) <= before:
            assert worker.poll() is None, (machine.place / "worker.log").read_text()[-2000:]
            await asyncio.sleep(0.05)
        await asyncio.sleep(BETWEEN_KILLS)
        worker.kill()
        assert worker.wait() == -signal.SIGKILL


async def _crash(data_dir: Path, load: Load) -> None:
    """Stop PostgreSQL at once, without a checkpoint of its own, and start it again: it must recover from its log."""
    running = postmaster(data_dir)
    assert running is not None
    os.kill(running, signal.SIGQUIT)
    told = len(load.acknowledged)
    with await anyio.to_thread.run_sync(lambda: embedded.start(data_dir, sync=True)):
        while len(load.acknowledged) < told + 20:  # noqa: ASYNC110 - the API finds its way back by itself
            await asyncio.sleep(0.05)


async def _drain(machine: Machine) -> None:
    async with asyncio.timeout(DRAINED_WITHIN):
        waiting = (
            "SELECT (SELECT count(*) FROM audit.outbox)"
            " + (SELECT size FROM audit.state) - (SELECT max(size) FROM audit.checkpoint)"
        )
        while await machine.ask(waiting):  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.1)


async def _all_pairs_consistent(machine: Machine) -> None:
    """Prove each pair as the API would, and check it as a member would."""
    public = keys.log_public_key(machine.place / "keys")
    sizes = await machine.ask("SELECT array_agg(size ORDER BY size) FROM audit.checkpoint")
    origin = await machine.ask("SELECT origin FROM audit.shard")
    assert len(sizes) > KILLS
    signed: dict[int, Checkpoint] = {}
    database = Database(machine.database.url("registry_api"), pool_size=1)
    try:
        async with database.read() as session:
            for old, new in itertools.combinations(sizes, 2):
                proof, note = await log_reads.prove_consistency(session, old=old, new=new)
                signed[new] = verify_checkpoint(note, origin, [VerifierKey(origin, public)])
                if old in signed:
                    verify_consistency(old, new, proof, signed[old].root, signed[new].root)
    finally:
        await database.close()
