"""kill -9 of the API in the middle of 200 concurrent reports: each acknowledged one is there once, none by half."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import httpx
import pytest

from registry.domain.filings import Event
from tests.bench.servers import Server
from tests.faults.machine import Machine, statement
from tests.filings import filing, token
from tests.running import Platform

pytestmark = pytest.mark.anyio

REPORTS, ENOUGH = 200, 40
_HALVES = {
    "reports without a revision": "SELECT count(*) FROM report r WHERE NOT EXISTS (SELECT FROM report_revision v"
    " WHERE v.report_id = r.id AND v.revision = r.revision AND v.sealed_jws IS NOT NULL)",
    "reports without both identifiers": "SELECT count(*) FROM report r"
    " WHERE (SELECT count(*) FROM report_identity i WHERE i.report_id = r.id) <> 2",
    "reports without their event": "SELECT count(*) FROM report r"
    " WHERE NOT EXISTS (SELECT FROM report_event e WHERE e.report_id = r.id)",
    "reports without evidence": "SELECT count(*) FROM report r"
    " WHERE (SELECT count(*) FROM evidence_artefact a WHERE a.report_id = r.id) <> 2",
    "entries without both tags": "SELECT count(*) FROM audit.entry a WHERE a.type = 2 AND a.outcome = 'filed'"
    " AND (SELECT count(*) FROM audit.entry_tag t WHERE t.entry_id = a.id) <> 2",
    "entries without a key": "SELECT count(*) FROM audit.entry a"
    " WHERE NOT EXISTS (SELECT FROM audit.key k WHERE k.id = a.id)"
    " OR NOT EXISTS (SELECT FROM audit.key k WHERE k.id = a.month_key_id)",
    "entries nowhere in the log": "SELECT count(*) FROM audit.entry a"
    " WHERE NOT EXISTS (SELECT FROM audit.outbox o WHERE o.entry_id = a.id)"
    " AND NOT EXISTS (SELECT FROM audit.leaf l WHERE l.entry_id = a.id)",
}
_COUNTS = (
    "SELECT count(*) FROM report",
    "SELECT count(*) FROM report_revision",
    "SELECT count(*) FROM idempotency",
    "SELECT count(*) FROM audit.entry WHERE type = 2 AND outcome = 'filed'",
)


@dataclass(slots=True)
class Filings:
    """What one member files, each under a key of its own, and what was acknowledged."""

    platform: Platform
    headers: Mapping[str, str]
    statements: list[str]
    acknowledged: dict[int, UUID] = field(default_factory=dict)

    @classmethod
    async def prepare(cls, platform: Platform) -> "Filings":
        statements = [
            statement(platform, filing(reference=f"RMA-{number}", event=Event((token("event", number + 1),))))
            for number in range(REPORTS)
        ]
        return cls(platform, await platform.headers(), statements)

    async def file(self, number: int) -> httpx.Response:
        headers = {**self.headers, "Idempotency-Key": f"report-number-{number:06}"}
        body = {"statement": self.statements[number]}
        return await self.platform.client.post("/v1/reports", json=body, headers=headers)

    async def file_patiently(self, number: int) -> httpx.Response:
        """File again as long as one is told to come back, as some of so many at once are on a slow machine."""
        while (answer := await self.file(number)).status_code == 503:
            assert answer.json()["retryable"]
        return answer

    async def file_until_killed(self, number: int, server: Server) -> None:
        try:
            answer = await self.file_patiently(number)
        except httpx.TransportError:
            return
        assert answer.status_code == 201, answer.text
        self.acknowledged[number] = UUID(answer.json()["report_id"])
        if len(self.acknowledged) == ENOUGH:
            server.process.kill()


async def test_no_acknowledged_report_is_lost_or_doubled_or_half_written(machine: Machine) -> None:
    async with machine.client() as client:
        platform = await machine.admit(client)
        with machine.serving() as server:
            filings = await Filings.prepare(platform)
            await asyncio.gather(*(filings.file_until_killed(number, server) for number in range(REPORTS)))
            assert server.process.wait(10) == -9
        assert ENOUGH <= len(filings.acknowledged) < REPORTS
        await _all_whole(machine, at_least=len(filings.acknowledged))
    # The connections of the dead server are gone with it.
    async with machine.client() as client:
        again = Filings(Platform(platform.member, platform.key, client), filings.headers, filings.statements)
        with machine.serving():
            await _retry(again, filings.acknowledged)
    assert await _all_whole(machine, at_least=REPORTS) == REPORTS
    await machine.seal()
    verdict = await machine.verify()
    assert verdict.faults == ()
    assert verdict.leaves == await machine.ask("SELECT count(*) FROM audit.entry")


async def _retry(filings: Filings, acknowledged: Mapping[int, UUID]) -> None:
    """Send all again under the same keys, some at a time, as a patient client would."""
    for first in range(0, REPORTS, 20):
        answers = await asyncio.gather(*(filings.file_patiently(number) for number in range(first, first + 20)))
        for number, answer in enumerate(answers, first):
            assert answer.status_code == 201, answer.text
            filings.acknowledged[number] = UUID(answer.json()["report_id"])
            if number in acknowledged:
                assert answer.headers["idempotency-replayed"] == "true"
    assert len(set(filings.acknowledged.values())) == REPORTS
    assert acknowledged.items() <= filings.acknowledged.items()


async def _all_whole(machine: Machine, *, at_least: int) -> int:
    halves = {what: await machine.ask(sql) for what, sql in _HALVES.items()}
    assert halves == dict.fromkeys(_HALVES, 0)
    counts = [await machine.ask(sql) for sql in _COUNTS]
    assert len(set(counts)) == 1, counts
    assert counts[0] >= at_least
    return int(counts[0])
