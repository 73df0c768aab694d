"""Appeals in a database, without HTTP: lodged by the use case, or written as they stand in any state."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from registry.domain.access import Caller
from registry.domain.appeal_case import CLOCK, REGISTRY, Actor, AppealStep, Case, Ground, Said
from registry.domain.events import Act
from registry.domain.ids import IdentifierKind, ReportState, Severity
from registry.domain.uuids import uuid7
from registry.policies import load
from registry.services import appeals
from registry.services.appeals import AppealKeys, Desk, Lodging, Standing
from registry.services.trail import Trail
from registry.store import appeals as store
from registry.store import reports
from registry.store.appeals import Appeal
from registry.store.database import Database
from registry_formats.cfr1 import Token
from tests.databases import ScratchDatabase
from tests.logbook import new_trail, opened, superuser
from tests.questions import member
from tests.recorded import token, write_report

T0 = datetime(2026, 12, 1, 2, tzinfo=UTC)  # ten in the morning in Beijing
PORTAL = "http://registry.test/me"
POLICIES = load()


def desk_of(trail: Trail) -> Desk:
    """Work on appeals as the API does."""
    return Desk(
        policies=POLICIES,
        trail=trail,
        entropy=secrets.token_bytes,
        keys=AppealKeys.derive(b"\x44" * 32),
        portal=PORTAL,
        signing_time=lambda: T0,
    )


@dataclass(slots=True)
class Court:
    """A registry with records, appeals against them, and a clock."""

    database: ScratchDatabase
    api: Database
    worker: Database
    desk: Desk
    author: Caller
    eye: asyncpg.Connection
    now: datetime = T0
    tokens: dict[UUID, tuple[IdentifierKind, bytes]] = field(default_factory=dict)
    people: dict[UUID, tuple[Token, Token]] = field(default_factory=dict)

    def act(self, by: Actor = REGISTRY) -> Act:
        operator = str(by.staff_id) if by.staff_id else "worker" if by is CLOCK else ""
        return Act(self.now, str(uuid4()), operator=operator)

    async def record(self, state: ReportState = ReportState.ACTIVE, **facts: object) -> UUID:
        """Write a report with one phone and one national id."""
        name, filed_at = secrets.token_hex(4), T0 - timedelta(days=60)
        both = (token("phone", name), token("national_id", name))
        made = await write_report(
            self.database.dsn(), self.author.member_id, both, filed_at=filed_at, state=state, over=self.eye
        )
        self.people[made.id] = both
        self.tokens[made.id] = (IdentifierKind.NATIONAL_ID, made.stored(both[1]))
        for column, value in ({"activated_at": filed_at + timedelta(days=7)} | facts).items():
            await self.sql(f"UPDATE report SET {column} = $1 WHERE id = $2", value, made.id)  # noqa: S608
        return made.id

    def named(self, report_id: UUID) -> tuple[Token, Token]:
        """Return the tokens of the person that a report is about."""
        return self.people[report_id]

    async def lodge(self, report_id: UUID, *grounds: Ground, proved: bool = True, **said: Any) -> Standing:  # noqa: ANN401 - of Lodging
        """Appeal, with control of a national id unless said otherwise."""
        kind, stored = self.tokens[report_id]
        lodging = Lodging(
            grounds or (Ground.NOT_ME,),
            said.pop("text", "It was not me."),
            "en",
            {kind: [stored]} if proved else {},
            **said,
        )
        async with self.api.write() as session:
            return await appeals.lodge(session, report_id, lodging, act=self.act(), desk=self.desk)

    async def put(self, case: Case, **report: object) -> UUID:
        """Write an appeal that stands like this, against a record in the state that the case says."""
        if case.severity is not Severity.S2:
            report["severity"] = case.severity.value
        report_id = await self.record(case.report_state, **report)
        appeal_id = uuid7(int(self.now.timestamp() * 1000), secrets.token_bytes(10))
        row = Appeal(
            id=appeal_id,
            report_id=report_id,
            member_id=self.author.member_id,
            state=case.state,
            grounds=(Ground.NOT_ME,),
            proved_kinds=(),
            proved_marks=(),
            language="en",
            received_at=case.received_at,
            turns={},
            wrapped_key=self.desk.new_key(appeal_id),
            changed_at=case.received_at,
        )
        async with self.api.write() as session:
            found = await reports.find(session, report_id=report_id, member_id=self.author.member_id)
            assert found is not None
            kept = self.desk.kept(row, case, found, now=case.received_at)
            await store.add(session, kept)
        return appeal_id

    async def step(self, appeal_id: UUID, step: AppealStep, said: Said = None, *, by: Actor, **more: Any) -> Standing:  # noqa: ANN401 - of step
        """Take a step now."""
        async with self.api.write() as session:
            act = self.act(by)
            return await appeals.step(session, appeal_id, step, said, by=by, act=act, desk=self.desk, **more)

    async def advance(self) -> int:
        """Let the worker do everything that time has to do."""
        done = 0
        act = Act(self.now, "worker", operator="worker")
        while True:
            async with self.worker.write() as session:
                more = await appeals.advance(session, set(), act=act, desk=self.desk)
            if not more:
                return done
            done += more

    async def forget(self) -> int:
        """Let the worker forget what was said in appeals that are over."""
        async with self.worker.write() as session:
            return await appeals.forget(session)

    async def hire(self, *people: UUID) -> None:
        """Let these be members of staff."""
        for person in people:
            await self.sql(
                "INSERT INTO staff VALUES ($1, $2, '{officer,reviewer,panel}', 'active', $3, NULL)",
                *(person, f"staff-{person.hex[-8:]}", T0),
            )

    async def sql(self, sql: str, *values: object) -> None:
        """Change the database behind the registry's back."""
        await self.eye.execute(sql, *values)

    async def rows(self, sql: str, *values: object) -> list[asyncpg.Record]:
        """Look into the database."""
        return list(await self.eye.fetch(sql, *values))


@asynccontextmanager
async def court(database: ScratchDatabase) -> AsyncIterator[Court]:
    """Open a registry with one member that files."""
    async with opened(database, "registry_api") as api, opened(database, "registry_worker") as worker:
        desk = desk_of(await new_trail(api))
        async with superuser(database) as eye:
            yield Court(database, api, worker, desk, await member(database, "Alpha"), eye)
