"""Sequencers killed thirty times, and PostgreSQL crashed four times, under load: nothing acknowledged is missing."""

import asyncio
import itertools
import os
import secrets
import signal
from contextlib import ExitStack
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

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

ASKERS, SEQUENCERS = 8, 3
KILLS, KILLS_PER_CRASH = 30, 7  # so four crashes of PostgreSQL
PAUSE = 0.02  # seconds; without one, they take the machine from those who are killed
AT_WORK = 0.2  # seconds at most, from a signature to the kill
DRAINED_WITHIN = 20.0


@dataclass(slots=True)
class Load:
    """Members that ask again and again, and keep what was acknowledged."""

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
            await asyncio.sleep(PAUSE if answer.is_success else 5 * PAUSE)


async def test_no_acknowledged_entry_is_missing_and_every_checkpoint_extends_every_earlier_one(
    own_machine: Machine, own_data_dir: Path
) -> None:
    async with own_machine.client() as client, asyncio.timeout(150), asyncio.TaskGroup() as tasks:
        platform = await own_machine.admit(client)
        with own_machine.serving(), ExitStack() as started:
            for _ in range(SEQUENCERS):
                started.enter_context(own_machine.sequencing())
            load = Load(platform, await platform.headers())
            asking = [tasks.create_task(load.ask()) for _ in range(ASKERS)]
            for round_ in range(1, KILLS + 1):
                await _kill_the_leader(own_machine)
                if round_ % KILLS_PER_CRASH == 0:
                    await _crash(own_data_dir, load)
            load.over = True
            await asyncio.gather(*asking)
        assert load.refused
        with own_machine.sequencing():
            await _drain(own_machine)
    placed = await own_machine.ask("SELECT count(*) FROM audit.leaf WHERE entry_id = ANY($1)", load.acknowledged)
    assert placed == len(set(load.acknowledged)) == len(load.acknowledged) > 0
    # Every number that a crash of PostgreSQL took is void by now: the API has ended, so none is on its way.
    assert (await own_machine.verify(grace_ms=-1)).faults == ()
    assert await own_machine.ask("SELECT count(*) FROM audit.shard") == 1
    assert await own_machine.ask("SELECT epoch FROM audit.state") > KILLS / 2
    await _all_pairs_consistent(own_machine)


async def _kill_the_leader(machine: Machine) -> None:
    """Let somebody sign something new, then kill whoever leads, at whatever it is doing."""
    signed = "SELECT coalesce(max(size), 0) FROM audit.checkpoint"
    before = await machine.ask(signed)
    while await machine.ask(signed) <= before:  # noqa: ASYNC110 - another process does it
        await asyncio.sleep(0.02)
    await asyncio.sleep(secrets.SystemRandom().random() * AT_WORK)
    # Whoever just took over writes its name a moment after its first signature.
    named = machine.place / "leader"
    while "tests.faults.sequencing" not in _command(leader := int(named.read_text())):  # noqa: ASYNC110 - likewise
        await asyncio.sleep(0.01)
    os.kill(leader, signal.SIGKILL)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


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
    """Prove pairs as the API would, and check them as a member would: neighbours, and all with the first and the last.

    That every pair is consistent follows from the neighbours.
    """
    public = keys.log_public_key(machine.place / "keys")
    sizes = await machine.ask("SELECT array_agg(size ORDER BY size) FROM audit.checkpoint")
    origin = await machine.ask("SELECT origin FROM audit.shard")
    assert len(sizes) > KILLS
    signed: dict[int, Checkpoint] = {}
    database = Database(machine.database.url("registry_api"), pool_size=1)
    try:
        async with database.read() as session:
            pairs = {
                *itertools.pairwise(sizes),
                *((sizes[0], new) for new in sizes),
                *((old, sizes[-1]) for old in sizes[:-1]),
            }
            for old, new in sorted(pairs, key=lambda pair: pair[::-1]):
                proof, note = await log_reads.prove_consistency(session, old=old, new=new)
                signed[new] = verify_checkpoint(note, origin, [VerifierKey(origin, public)])
                verify_consistency(old, new, proof, signed[old].root, signed[new].root)
    finally:
        await database.close()
