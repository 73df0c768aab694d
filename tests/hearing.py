"""Appeals over HTTP: a town with staff who hear them, a person who appeals, and the worker's clocks."""

import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from registry import keys
from registry.desks import for_appeals
from registry.domain.appeal_case import Ground
from registry.domain.events import Act
from registry.domain.ids import IdentifierKind
from registry.domain.staff import Role
from registry.keys import KeyName
from registry.services import appeals
from registry.services.appeals import Desk as AppealsDesk
from registry.services.appeals import Lodging
from registry.services.appeals.answering import STATEMENT
from registry.store.database import Database
from registry_formats import cfr1
from tests.databases import ScratchDatabase
from tests.filings import token
from tests.reporting import Desk, Town, town
from tests.staffing import hire, session_of

OFFICERS = "/v1/officers/appeals"


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of the staff, at the counter."""

    client: httpx.AsyncClient
    staff_id: UUID
    headers: Mapping[str, str] = field(repr=False)

    async def do(self, appeal_id: str, step: str, **body: Any) -> httpx.Response:  # noqa: ANN401 - JSON
        """Take a step; a draft is read before it is approved."""
        if step == "approve" and not body:
            body = {"draft_digest": (await self.case(appeal_id))["draft"]["digest"]}
        path = f"{OFFICERS}/{appeal_id}:{step}"
        return await self.client.post(path, json=body or None, headers=dict(self.headers))

    async def does(self, appeal_id: str, step: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Take a step that succeeds."""
        answer = await self.do(appeal_id, step, **body)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(f"{OFFICERS}{path}", headers=dict(self.headers))

    async def case(self, appeal_id: str) -> dict[str, Any]:
        """Read a case."""
        answer = await self.get(f"/{appeal_id}")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


@dataclass(frozen=True, slots=True)
class Hall:
    """A registry where appeals are heard."""

    town: Town
    desk: AppealsDesk
    worker: Database

    async def colleague(self, *roles: Role) -> Colleague:
        """Hire somebody with these roles."""
        hired = await hire(self.town.api, *roles)
        return Colleague(self.town.api.client, hired.staff_id, await session_of(hired))

    async def active(self, member: Desk, **changes: Any) -> str:  # noqa: ANN401 - fields of a filing
        """Let a member file a report that counts."""
        report_id = await member.filed(**changes)
        await self.town.serve(report_id)
        await self.pass_days(7)
        return report_id

    async def lodge(self, report_id: str, *grounds: Ground, **said: Any) -> str:  # noqa: ANN401 - of Lodging
        """Appeal with control of the phone and the national id of the test filings."""
        pepper = keys.load(self.town.api.settings.keys_path, []).peppers[1]
        proved = {
            kind: [cfr1.stored(pepper, cfr1.parse(token(kind)))]
            for kind in (IdentifierKind.PHONE, IdentifierKind.NATIONAL_ID)
        }
        lodging = Lodging(grounds or (Ground.DAMAGE_REAL,), "The vase arrived broken.", "en", proved, **said)
        act = Act(self.town.clock(), secrets.token_hex(8))
        async with self.town.api.owner.write() as session:
            done = await appeals.lodge(session, UUID(report_id), lodging, act=act, desk=self.desk)
        return str(done.appeal.id)

    async def answer(self, member: Desk, appeal_id: str, answer: str = "accurate", **more: Any) -> httpx.Response:  # noqa: ANN401 - JSON
        """Let the member answer."""
        told = {"appeal_id": appeal_id, "answer": answer, "text": "The label was there.", **more}
        return await member.post(f"/v1/appeals/{appeal_id}:answer", {"statement": member.sign(told, typ=STATEMENT)})

    async def pass_days(self, days: int) -> None:
        """Move the clock, and let the worker do what that makes due."""
        await self.town.pass_days(days)
        await self.advance()

    async def advance(self) -> int:
        """Let the worker do what time has to do in appeals."""
        done, act = 0, Act(self.town.clock(), "worker", operator="worker")
        while True:
            async with self.worker.write() as session:
                more = await appeals.advance(session, set(), act=act, desk=self.desk)
            if not more:
                return done
            done += more

    async def webhooks(self, event: str) -> list[dict[str, Any]]:
        """List what members were sent of one event."""
        sql = f"SELECT data::text FROM webhook_message WHERE event = '{event}' ORDER BY created_at, id"  # noqa: S608
        return [json.loads(row["data"]) for row in await self.town.rows(sql)]


@asynccontextmanager
async def hall(database: ScratchDatabase, directory: Path) -> AsyncIterator[Hall]:
    """Run a registry with a clock that stands still until it is moved."""
    async with town(database, directory) as found:
        held = keys.load(found.api.settings.keys_path, [KeyName.APPEALS], peppers=False)
        worker = Database(database.url("registry_worker"), pool_size=2)
        try:
            yield Hall(found, for_appeals(found.api.settings, found.api.trail, held), worker)
        finally:
            await worker.close()
