"""What time does: once, however many workers there are; groups are counted, and what is stale is forgotten."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from registry.domain.events import Act
from registry.domain.ids import ReportState
from registry.policies import load
from registry.services import upkeep
from registry.services.trail import Trail, TrailKeys
from registry.store import audit
from registry.store.database import Database
from tests.databases import ScratchDatabase
from tests.recorded import fetch, token, write_member, write_report

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
S = ReportState


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker with the rights it has in production."""

    database: ScratchDatabase
    store: Database
    trail: Trail
    member: UUID

    async def sweep(self, now: datetime = NOW) -> int:
        act = Act(now, "worker", operator="worker")
        for part in upkeep.Part:
            async with self.store.write() as session:
                if found := await upkeep.sweep(session, part, policies=load(), act=act, trail=self.trail):
                    return found
        return 0

    async def tidy(self, now: datetime) -> int:
        async with self.store.write() as session:
            return await upkeep.tidy(session, now=now)

    async def sql(self, sql: str, *values: object) -> None:
        connection = await asyncpg.connect(self.database.dsn())
        try:
            await connection.execute(sql, *values)
        finally:
            await connection.close()

    async def report(self, state: ReportState, *, days_ago: int, served: bool = True, reason: str = "") -> UUID:
        filed_at = NOW - timedelta(days=days_ago)
        made = await write_report(
            self.database.dsn(), self.member, [token("phone", secrets.token_hex(4))], filed_at=filed_at, state=state
        )
        await self.sql(
            "UPDATE report SET served_at = $2, state_reason = $3 WHERE id = $1",
            *(made.id, filed_at if served else None, reason or None),
        )
        return made.id

    async def notice(self, report: UUID, *, days_ago: int, bounced: bool) -> None:
        served_at = NOW - timedelta(days=days_ago)
        await self.sql(
            "INSERT INTO notice (id, report_id, relay_id, kind, channel, epoch, stored, served_at, bounced_at)"
            " VALUES ($1, $2, $3, 'phone', 'file', 1, $4, $5, $6)",
            *(uuid4(), report, self.member, secrets.token_bytes(32), served_at, NOW if bounced else None),
        )

    async def states(self) -> dict[UUID, str]:
        rows = await fetch(self.database.dsn(), "SELECT id, state FROM report")
        return {row["id"]: row["state"] for row in rows}


@pytest.fixture
async def worker(database: ScratchDatabase) -> AsyncIterator[Worker]:
    store = Database(database.url("registry_worker"), pool_size=4)
    async with store.write() as session:
        writer = await audit.open_writer(session, process="tests", started_at=NOW)
    trail = Trail(TrailKeys(b"k" * 32, b"t" * 32), writer_id=writer, entropy=secrets.token_bytes)
    yield Worker(database, store, trail, await write_member(database.dsn()))
    await store.close()


async def until_done(once: Callable[[], Awaitable[int]]) -> int:
    total = 0
    while found := await once():
        total += found
    return total


async def test_two_workers_do_each_step_once(worker: Worker) -> None:
    reports = [await worker.report(S.NOTICE_WINDOW, days_ago=8) for _ in range(60)]
    await asyncio.gather(until_done(worker.sweep), until_done(worker.sweep))
    assert set((await worker.states()).values()) == {"active"}
    rows = await fetch(
        worker.database.dsn("postgres"), "SELECT count(*) AS n FROM audit.entry WHERE outcome = 'active'"
    )
    assert rows[0]["n"] == len(reports)


async def test_a_round_is_small_and_takes_the_longest_waiting_first(worker: Worker) -> None:
    for days in range(9, 9 + upkeep.BATCH):
        await worker.report(S.NOTICE_WINDOW, days_ago=days)
    last = await worker.report(S.NOTICE_WINDOW, days_ago=8)
    assert await worker.sweep() == upkeep.BATCH
    assert [id_ for id_, state in (await worker.states()).items() if state == "notice_window"] == [last]


async def test_what_is_over_never_begins_to_count(worker: Worker) -> None:
    ended = await worker.report(S.NOTICE_WINDOW, days_ago=8)
    await worker.sql("UPDATE report SET expires_on = $1", date(2026, 11, 20))
    await until_done(worker.sweep)
    assert await worker.states() == {ended: "expired"}
    rows = await fetch(worker.database.dsn("postgres"), "SELECT outcome FROM audit.entry")
    assert [row["outcome"] for row in rows] == ["expired"]


@pytest.mark.parametrize("state", [one for one in S if one is not S.EXPIRED])
async def test_retention_ends_every_state(worker: Worker, state: ReportState) -> None:
    await worker.report(state, days_ago=8)
    await worker.sql("UPDATE report SET expires_on = $1", NOW.date())
    await until_done(worker.sweep)
    assert list((await worker.states()).values()) == ["expired"]
    assert await fetch(worker.database.dsn(), "SELECT 1 FROM report_identity") == []


async def test_an_inconclusive_record_lives_ninety_days_more(worker: Worker) -> None:
    report = await worker.report(S.INCONCLUSIVE, days_ago=100)
    await worker.sql("UPDATE report SET state_at = $1", NOW)
    await until_done(lambda: worker.sweep(NOW + timedelta(days=89)))
    assert await worker.states() == {report: "inconclusive"}
    await until_done(lambda: worker.sweep(NOW + timedelta(days=90)))
    assert await worker.states() == {report: "expired"}


async def test_a_group_is_counted_by_its_heard_reports(worker: Worker) -> None:
    await worker.report(S.ACTIVE, days_ago=40)
    await worker.report(S.ACTIVE, days_ago=29)  # not heard yet
    await worker.report(S.ACTIVE, days_ago=800)  # too long ago
    await worker.report(S.OVERTURNED, days_ago=50)
    await worker.report(S.WITHDRAWN, days_ago=50, reason="unverified")
    await worker.report(S.WITHDRAWN, days_ago=50, reason="mistake")
    await worker.report(S.EXPIRED, days_ago=400, reason="overturned")
    await worker.report(S.EXPIRED, days_ago=400, reason="active")
    await worker.report(S.DISPUTED, days_ago=50)
    await until_done(worker.sweep)
    (row,) = await fetch(worker.database.dsn(), "SELECT heard, overturned, sampled, failed FROM group_reliability")
    assert tuple(row.values()) == (5, 3, 0, 0)


async def test_a_letter_that_came_back_lets_nothing_count_as_heard(worker: Worker) -> None:
    bounced, other, served_anew, ended = [await worker.report(S.ACTIVE, days_ago=60) for _ in range(4)]
    for report, days, is_back in (
        *[(bounced, 60, True), (other, 60, True), (other, 45, False)],
        *[(served_anew, 60, True), (served_anew, 20, False), (ended, 60, True)],
    ):
        await worker.notice(report, days_ago=days, bounced=is_back)
    await worker.sql("UPDATE report SET expires_on = $1 WHERE id = $2", NOW.date(), ended)
    await until_done(worker.sweep)
    (row,) = await fetch(worker.database.dsn(), "SELECT heard FROM group_reliability")
    assert row["heard"] == 1
    # Its letters are forgotten, and that nobody was told is not.
    rows = await fetch(worker.database.dsn(), "SELECT id, served_at FROM report WHERE state = 'expired'")
    assert [tuple(row) for row in rows] == [(ended, None)]
    rows = await fetch(worker.database.dsn(), "SELECT DISTINCT report_id FROM notice")
    assert {row["report_id"] for row in rows} == {bounced, other, served_anew}


async def test_a_count_is_renewed_when_it_is_ten_minutes_old(worker: Worker) -> None:
    assert await worker.sweep() == 1
    assert await worker.sweep(NOW + timedelta(minutes=9)) == 0
    await worker.report(S.ACTIVE, days_ago=40)
    assert await worker.sweep(NOW + timedelta(minutes=10)) == 1
    (row,) = await fetch(worker.database.dsn(), "SELECT heard FROM group_reliability")
    assert row["heard"] == 1


async def test_what_only_recognised_repetitions_is_forgotten(worker: Worker) -> None:
    real = datetime.fromisoformat((await fetch(worker.database.dsn(), "SELECT now()::text AS now"))[0]["now"])
    for age in (-60, 60):
        at = real - timedelta(seconds=age)
        await worker.sql("INSERT INTO assertion_seen VALUES ($1, $2)", secrets.token_bytes(32), at)
    for days in (6, 8):
        await worker.sql(
            "INSERT INTO idempotency VALUES ($1, $2, $3, 200, $4, $5)",
            *(worker.member, secrets.token_hex(8), b"f" * 32, b"{}", NOW - timedelta(days=days)),
        )
    for days in (30, 40):
        await worker.sql(
            "INSERT INTO quota_use VALUES ($1, 'reports', $2, 1)", worker.member, NOW.date() - timedelta(days=days)
        )
    assert await worker.tidy(NOW) == 3
    assert await worker.tidy(NOW) == 0


async def test_a_moved_clock_revives_no_assertion(worker: Worker) -> None:
    soon = datetime.fromisoformat((await fetch(worker.database.dsn(), "SELECT now()::text AS now"))[0]["now"])
    await worker.sql("INSERT INTO assertion_seen VALUES ($1, $2)", b"j" * 32, soon + timedelta(minutes=5))
    assert await worker.tidy(soon + timedelta(days=60)) == 0
