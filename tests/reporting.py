"""A member that files, corrects and takes back reports over HTTP, and a clock that can be moved."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from registry.domain.access import MemberKind
from registry.domain.events import Act
from registry.domain.filings import Filing
from registry.policies import load
from registry.services import silence, upkeep
from registry.store.database import Database
from registry_client.reports import document
from registry_formats import base64url, jws
from registry_formats.jws import PrivateKey
from tests.databases import ScratchDatabase
from tests.filings import NOW, filing, token
from tests.recorded import fetch
from tests.running import Platform, Running, running

STATEMENT = "registry-report"
_JSON_NAMES = {"evidence_class": "class", "size": "bytes"}


class MovingClock:
    """The time of the rules: stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)


def payload(report: Filing) -> dict[str, Any]:
    """Write a filing as the JSON that is signed."""
    written = dict(document(report))
    written["evidence"] = [
        {_JSON_NAMES.get(name, name): value for name, value in artefact.items()} for artefact in written["evidence"]
    ]
    return written


@dataclass(frozen=True, slots=True)
class Desk:
    """One member's desk."""

    api: Running
    platform: Platform

    def sign(self, content: Mapping[str, Any], *, key: PrivateKey | None = None, typ: str = STATEMENT) -> str:
        return jws.sign(content, key=key or self.platform.key, kid=self.platform.kid, typ=typ)

    async def post(self, path: str, body: Mapping[str, Any], key: str | None = None) -> httpx.Response:
        headers = await self.platform.headers() | {"Idempotency-Key": key or str(uuid4())}
        return await self.api.client.post(path, json=body, headers=headers)

    async def file(self, key: str | None = None, **changes: Any) -> httpx.Response:  # noqa: ANN401 - fields of a filing
        statement = self.sign(payload(filing(**changes)))
        return await self.post("/v1/reports", {"statement": statement}, key)

    async def filed(self, **changes: Any) -> str:  # noqa: ANN401 - fields of a filing
        """File what stands, and return its id."""
        answer = await self.file(**changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["report_id"])

    async def amend(self, report_id: str, **changes: Any) -> httpx.Response:  # noqa: ANN401 - fields of a filing
        statement = self.sign(payload(filing(**changes)))
        return await self.post(f"/v1/reports/{report_id}:amend", {"statement": statement})

    async def get(self, path: str) -> httpx.Response:
        return await self.api.client.get(path, headers=await self.platform.headers())

    async def state(self, report_id: str) -> str:
        return str((await self.get(f"/v1/reports/{report_id}")).json()["state"])

    async def query(self, *kinds: str, claim: int = 1) -> dict[str, Any]:
        """Ask about the person of the test filings, by tokens of these kinds."""
        identifiers = [{"kind": kind, "tokens": [token(kind)]} for kind in kinds]
        claim_ref = base64url.encode(claim.to_bytes(32, "big"))
        asked = {"purpose": "Q1", "claim_ref": claim_ref, "identifiers": identifiers}
        answer = await self.api.client.post("/v1/scores:query", json=asked, headers=await self.platform.headers())
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@dataclass(frozen=True, slots=True)
class Town:
    """A registry with a clock that moves, its worker, and the relay."""

    api: Running
    database: ScratchDatabase
    clock: MovingClock
    relay: Platform

    async def desk(self, name: str) -> Desk:
        """Admit a member."""
        return Desk(self.api, await self.api.admit(name))

    async def serve(self, report_id: str, one: str = "phone", *, number: int = 1) -> None:
        """Report the registry's notice as delivered, to the contact that every test filing has."""
        told = {
            "report_id": report_id,
            "kind": one,
            "channel": "file",
            "tokens": [token(one, number)],
            "served_at": self.clock().isoformat(),
        }
        headers = await self.relay.headers() | {"Idempotency-Key": str(uuid4())}
        answer = await self.api.client.post("/v1/notices", json=told, headers=headers)
        assert answer.status_code == 201, answer.text

    async def work(self) -> int:
        """Let the worker sweep until nothing is left; return how much it found."""
        store = Database(self.database.url("registry_worker"), pool_size=1)
        act = Act(self.clock(), "worker", operator="worker")
        found = 0
        try:
            for part in upkeep.Part:
                more = 1
                while more:
                    async with store.write() as session:
                        more = await upkeep.sweep(session, part, policies=load(), act=act, trail=self.api.trail)
                    found += more
            while more := await self._escalate(store, act):
                found += more
        finally:
            await store.close()
        return found

    async def _escalate(self, store: Database, act: Act) -> int:
        async with store.write() as session:
            return await silence.escalate(session, policies=load(), act=act, trail=self.api.trail)

    async def pass_days(self, days: int) -> None:
        """Move the clock, and let the worker do what that makes due."""
        self.clock.pass_days(days)
        await self.work()

    async def rows(self, sql: str) -> list[asyncpg.Record]:
        """Look into the database."""
        return await fetch(self.database.dsn("postgres"), sql)

    async def execute(self, sql: str, *values: object) -> None:
        """Change the database behind the registry's back."""
        connection = await asyncpg.connect(self.database.dsn("postgres"))
        try:
            await connection.execute(sql, *values)
        finally:
            await connection.close()

    async def outcomes(self, kind: int) -> list[str]:
        """List the outcomes of the log's entries of one type, in the order written."""
        rows = await self.rows("SELECT type, outcome FROM audit.entry ORDER BY t_ms, writer_id, writer_seq")
        return [row["outcome"] for row in rows if row["type"] == kind]


@asynccontextmanager
async def town(
    database: ScratchDatabase,
    directory: Path,
    **settings: Any,  # noqa: ANN401 - of any setting
) -> AsyncIterator[Town]:
    """Run a registry whose clock stands still until it is moved."""
    clock = MovingClock()
    async with running(database, directory, clock=clock, **settings) as api:
        yield Town(api, database, clock, await api.admit("Relay", kind=MemberKind.RELAY))
