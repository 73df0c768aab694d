"""A log about people of whom one is erased: two supervisors, a worker, and what an auditor finds afterwards."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg

from registry.crypto.sealed import blind_tag
from registry.domain.erasures import LegalBasis, Step
from registry.domain.events import AuditEvent, Entry
from registry.services import audit, detail_check, erasures
from registry.services.detail_check import Details
from registry.services.trail import Trail
from registry.store.database import Database
from registry.store.erasures import Erasure
from registry_formats.leaf import LeafType
from tests.databases import ScratchDatabase
from tests.logbook import MASTER, NOW, TAGS, act, new_trail, opened

PERSON, OTHER = b"\x0a" * 32, b"\x0b" * 32
TAG = blind_tag(TAGS, PERSON)
WHY = LegalBasis.CONSENT_WITHDRAWN


def look(*stored: bytes) -> AuditEvent:
    """Look at these people."""
    return AuditEvent(LeafType.QUERY, "score.query", "answered", "Q1", subject=stored, content={"score": 1})


@dataclass(frozen=True, slots=True)
class Office:
    """Who works here: the API, the worker, and two supervisors."""

    scratch: ScratchDatabase
    api: Database
    worker: Database
    api_trail: Trail
    worker_trail: Trail
    maker: UUID
    checker: UUID

    async def look(self, *stored: bytes, count: int = 1) -> list[Entry]:
        """Write entries about these people."""
        async with self.api.write() as session:
            return await audit.record_all(session, [(look(*stored), act())] * count, trail=self.api_trail)

    async def propose(self, entry_id: UUID, tag: bytes = TAG, *, now: datetime = NOW) -> Erasure:
        async with (
            opened(self.scratch, "registry_auditor") as auditor,
            auditor.read() as reads,
            self.api.write() as session,
        ):
            return await erasures.propose(
                session,
                reads,
                tag,
                entry_id,
                WHY,
                by=self.maker,
                act=act(now),
                trail=self.api_trail,
                entropy=secrets.token_bytes,
            )

    async def resolve(
        self, one: Erasure, step: Step = Step.APPROVE, *, by: UUID | None = None, now: datetime = NOW
    ) -> Erasure:
        async with self.api.write() as session:
            return await erasures.resolve(
                session, one.id, step, by=by or self.checker, act=act(now), trail=self.api_trail
            )

    async def approved(self, entry_id: UUID) -> Erasure:
        """Propose and approve."""
        return await self.resolve(await self.propose(entry_id))

    async def round(self, *, looked_up: int = erasures.LOOKED_UP) -> int:
        """Let the worker do one batch."""
        async with self.worker.write() as session:
            return await erasures.carry_on(session, act=act(), trail=self.worker_trail, looked_up=looked_up)

    async def lapse(self, after: timedelta) -> int:
        async with self.worker.write() as session:
            return await erasures.lapse(session, act=act(NOW + after), trail=self.worker_trail)

    async def finish(self, *, looked_up: int = erasures.LOOKED_UP) -> int:
        """Let the worker do what is left; return the number of its rounds."""
        rounds = 0
        while await self.round(looked_up=looked_up):
            rounds += 1
        return rounds

    async def verdict(self) -> Details:
        """Open everything, as the auditor with the master key."""
        async with opened(self.scratch, "registry_auditor") as auditor, auditor.read() as session:
            return await detail_check.check(session, master=MASTER)


@asynccontextmanager
async def office(scratch: ScratchDatabase) -> AsyncIterator[Office]:
    """Open an office on a scratch database, each part signed in as its own role."""
    people = [uuid4(), uuid4()]
    connection = await asyncpg.connect(scratch.dsn())
    try:
        for who in people:
            await connection.execute(
                "INSERT INTO staff VALUES ($1, $2, '{supervisor}', 'active', $3)", who, f"s-{who.hex[:8]}", NOW
            )
    finally:
        await connection.close()
    async with opened(scratch, "registry_api") as api, opened(scratch, "registry_worker") as worker:
        yield Office(scratch, api, worker, await new_trail(api), await new_trail(worker), *people)
