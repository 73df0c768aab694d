"""A registry that tells one member things, and its worker: what tests of webhooks build on."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from registry.clock import real_time
from registry.couriers import Courier, Rounds
from registry.domain.access import Caller
from registry.domain.webhooks import Event
from registry.services import webhooks
from registry.services.webhooks import Desk, WebhookKeys
from registry.store.database import Database
from tests.databases import ScratchDatabase
from tests.logbook import act, new_trail, opened
from tests.questions import member
from tests.recorded import fetch
from tests.reporting import MovingClock

DATA = {"report_id": "01937d5e-8c00-7a10-8000-0000000000a1"}


@dataclass(slots=True)
class Post:
    """A registry that tells one member things, and its worker."""

    scratch: ScratchDatabase
    api: Database
    worker: Database
    caller: Caller
    desk: Desk
    clock: MovingClock
    courier: Courier

    def rounds(self) -> Rounds:
        return Rounds(self.worker, self.clock, self.courier, self.desk)

    async def add(self, url: str, *events: Event) -> UUID:
        async with self.api.write() as session:
            made = await webhooks.add(session, url, events, caller=self.caller, act=act(self.clock()), desk=self.desk)
        return made.id

    async def tell(self, event: Event = Event.RECORD_RECALLED, **data: str) -> None:
        async with self.api.write() as session:
            await webhooks.enqueue(session, event, self.caller.member_id, DATA | data, now=self.clock())

    async def do(self, step: Any, *arguments: Any) -> Any:  # noqa: ANN401 - any use case
        async with self.api.write() as session:
            return await step(session, *arguments, caller=self.caller, act=act(self.clock()), desk=self.desk)

    async def run(self, days: float = 5) -> int:
        """Let a worker work for so long, on a clock that jumps; return how many attempts there were."""
        end, attempts = self.clock.now + timedelta(days=days), 0
        while self.clock.now < end:
            while done := await self.rounds().round():
                attempts += done
            due = await self.rows("SELECT min(next_at) AS at FROM webhook_delivery WHERE state = 'waiting'")
            self.clock.now = min(end, max(due[0]["at"] or end, self.clock.now + timedelta(microseconds=1)))
        return attempts

    async def rows(self, sql: str) -> list[Any]:
        return await fetch(self.scratch.dsn(), sql)

    async def states(self) -> list[str]:
        return [row[0] for row in await self.rows("SELECT state FROM webhook_delivery ORDER BY message_id")]

    async def log(self) -> list[int | str]:
        rows = await self.rows("SELECT status, failure FROM webhook_attempt ORDER BY at, id")
        return [row["status"] or row["failure"] for row in rows]


@asynccontextmanager
async def post_office(database: ScratchDatabase) -> AsyncIterator[Post]:
    """Open the registry and its worker on a database, as the roles they have in production."""
    async with (
        opened(database, "registry_api") as api,
        opened(database, "registry_worker") as worker,
        Courier(private=True, seconds=0.3) as courier,
    ):
        keys = WebhookKeys.derive(bytes(32))
        desk = Desk(await new_trail(api), secrets.token_bytes, keys, False, real_time)
        caller = await member(database, "Alpha")
        yield Post(database, api, worker, caller, desk, MovingClock(), courier)
