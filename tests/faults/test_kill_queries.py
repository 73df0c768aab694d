"""kill -9 of the API in the middle of queries: whatever was told has its trace, and its receipt is in the log later."""

import asyncio
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from registry import keys
from registry.clock import real_time
from registry.domain.ids import ReportState
from registry.keys import KeyName
from registry_formats.leaf import decode_leaf
from registry_formats.merkle import hash_leaf
from registry_formats.notes import VerifierKey
from registry_formats.proofs import verify_proof
from registry_formats.receipts import verify_receipt
from tests.bench.servers import Server
from tests.faults.machine import REALM, Machine, question
from tests.recorded import token, write_member, write_report
from tests.running import Platform

pytestmark = pytest.mark.anyio

ASKERS, ENOUGH = 60, 300
REPORTED = token("phone", "reported")


@dataclass(slots=True)
class Questions:
    """Members that ask without a pause, about one person on record and many who are not."""

    platform: Platform
    headers: dict[str, str]
    answers: list[dict[str, Any]] = field(default_factory=list)

    async def ask_until_killed(self, server: Server, asker: int) -> None:
        for number in range(10_000):
            person = REPORTED if number % 2 else token("phone", f"{asker}:{number}")
            try:
                answer = await self.platform.client.post(
                    "/v1/scores:query", json=question(person.text), headers=self.headers
                )
            except httpx.TransportError:
                return
            assert answer.status_code == 200, answer.text
            self.answers.append(answer.json())
            if len(self.answers) == ENOUGH:
                server.process.kill()


@pytest.fixture
async def reported(machine: Machine) -> UUID:
    """A report that every query about its subject discloses."""
    owner, relay = machine.database.dsn(), await write_member(machine.database.dsn(), "Relay", kind="relay")
    long_ago = real_time() - timedelta(days=60)
    member = await write_member(owner, "Reporter")
    report = await write_report(
        owner, member, [REPORTED], filed_at=long_ago, state=ReportState.ACTIVE, pepper=machine.pepper
    )
    connection = await asyncpg.connect(owner)
    await connection.execute(
        "INSERT INTO notice (id, report_id, relay_id, kind, channel, epoch, stored, served_at)"
        " VALUES ($1, $2, $3, 'phone', 'file', 1, $4, $5)",
        *(uuid4(), report.id, relay, report.stored(REPORTED), long_ago + timedelta(days=1)),
    )
    await connection.close()
    return report.id


async def test_whatever_was_told_before_the_kill_has_its_trace_and_its_place_in_the_log(
    machine: Machine, reported: UUID
) -> None:
    async with machine.client() as client:
        platform = await machine.admit(client)
        with machine.serving() as server:
            questions = Questions(platform, await platform.headers())
            await asyncio.gather(*(questions.ask_until_killed(server, asker) for asker in range(ASKERS)))
            assert server.process.wait(10) == -9
    told = {entry_of(answer): answer for answer in questions.answers}
    assert len(told) == len(questions.answers) >= ENOUGH
    await _all_traced(machine, told, reported)
    await machine.seal()
    async with machine.client() as client:
        with machine.serving():
            again = Platform(platform.member, platform.key, client)
            await _all_provable(machine, told, again)
    assert (await machine.verify()).faults == ()


def entry_of(answer: dict[str, Any]) -> UUID:
    return decode_leaf(b64decode(answer["leaf"])).entry_id


async def _all_traced(machine: Machine, told: dict[UUID, dict[str, Any]], reported: UUID) -> None:
    leaves = [b64decode(answer["leaf"]) for answer in told.values()]
    found = await machine.ask("SELECT count(*) FROM audit.entry WHERE leaf = ANY($1)", leaves)
    assert found == len(told)
    hits = [entry for entry, answer in told.items() if answer["groups"]]
    assert len(hits) > ENOUGH // 3
    disclosed = "SELECT count(*) FROM disclosure WHERE report_id = $1 AND entry_id = ANY($2)"
    assert await machine.ask(disclosed, reported, hits) == len(hits)
    # And the other way round: a disclosure that was never sent still has its entry.
    orphans = "SELECT count(*) FROM disclosure d WHERE NOT EXISTS (SELECT FROM audit.entry e WHERE e.id = d.entry_id)"
    assert await machine.ask(orphans) == 0


async def _all_provable(machine: Machine, told: dict[UUID, dict[str, Any]], platform: Platform) -> None:
    """Check receipts and proofs as a stranger would, with public keys alone."""
    held = keys.load(machine.place / "keys", [KeyName.RECEIPTS], peppers=False)
    signer = VerifierKey(f"{REALM}/receipts", held.public(KeyName.RECEIPTS))
    origin = await machine.ask("SELECT origin FROM audit.shard")
    log = VerifierKey(origin, keys.log_public_key(machine.place / "keys"))
    headers = await platform.headers()
    for entry, answer in told.items():
        leaf = b64decode(answer["leaf"])
        verify_receipt(answer["receipt"], leaf, [signer])
        proof = await platform.client.get("/v1/log/proofs/inclusion", params={"entry_id": str(entry)}, headers=headers)
        assert proof.status_code == 200, proof.text
        verify_proof(proof.text, hash_leaf(leaf), origin, [log])
