"""What time does by itself: every duty gets its turn, whatever becomes of the others."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from io import StringIO

import pytest
from sqlalchemy import text

from registry import policies
from registry.errors import NotFound
from registry.logs import configure
from registry.services import log, log_reads
from registry.services.detail_check import Details
from registry.services.sequencer import Sequencer
from registry.store.database import Database, WriteSession
from registry.worker import Duty, Round, duties, work
from registry_formats.notes import verify_checkpoint
from tests.databases import ScratchDatabase
from tests.erasing import PERSON, Office, office
from tests.logbook import (
    NOW,
    REALM,
    MemoryGuard,
    check_log,
    key_for,
    new_sequencer,
    new_trail,
    opened,
    superuser,
    write,
)

pytestmark = pytest.mark.anyio
ORIGIN = f"{REALM}/audit/2026h2.1"
SOON = timedelta(milliseconds=10)


@asynccontextmanager
async def working(database: Database, todo: Sequence[Duty]) -> AsyncIterator[None]:
    """Let a worker work meanwhile; it must stop within a second, and by itself."""
    stop = asyncio.Event()
    at_work = asyncio.create_task(work(database, lambda: NOW, list(todo), stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(1):
            await at_work


class Counted:
    """A duty that counts its rounds."""

    def __init__(self, *left: int) -> None:
        self.rounds = 0
        self.done = asyncio.Event()
        self._left = list(left)

    async def __call__(self, session: WriteSession, now: datetime) -> int:
        assert now == NOW
        await session.execute(text("SELECT 1"))
        self.rounds += 1
        if self._left:
            return self._left.pop(0)
        self.done.set()
        return 0


async def test_a_month_without_a_partition_of_its_own_is_an_alarm(database: ScratchDatabase) -> None:
    lines = StringIO()
    configure("info", lines)
    async with opened(database, "registry_api") as api, opened(database, "registry_worker") as worker:
        trail = await new_trail(api)
        async with superuser(database) as connection:
            months = await connection.fetch(
                "SELECT inhrelid::regclass::text FROM pg_inherits"
                " WHERE inhparent = 'audit.entry'::regclass AND inhrelid <> 'audit.entry_other'::regclass"
            )
            for month in months:
                await connection.execute(f"DROP TABLE {month[0]}")
        await write(api, trail)
        sequencer = await new_sequencer(worker, trail=trail)
        room = [one for one in duties(sequencer=sequencer, trail=trail, policies=policies.load()) if one.name == "room"]
        async with working(worker, room):
            await asyncio.sleep(0.5)
    alarms = [json.loads(line) for line in lines.getvalue().splitlines() if "partition" in line]
    assert [(one["event"], one["month"], one["level"]) for one in alarms] == [
        ("log has no partition", "2026-11", "error")
    ]


async def test_entries_are_sealed_and_signed_and_months_made_by_themselves(database: ScratchDatabase) -> None:
    async with opened(database, "registry_api") as api, opened(database, "registry_worker") as worker:
        trail = await new_trail(worker)
        sequencer = await new_sequencer(worker, trail=trail)
        todo = duties(sequencer=sequencer, trail=trail, policies=policies.load())
        async with working(worker, todo), asyncio.timeout(5):
            entries = await write(api, trail, 3)
            note = await _checkpoint(api)
            assert verify_checkpoint(note, ORIGIN, [key_for(ORIGIN).vkey]).size > 0
    # The first leaf of the writer that the test never began is missing; its heartbeat is there.
    assert await check_log(database) == len(entries) + 1
    async with superuser(database) as connection:
        assert await connection.fetchval("SELECT to_regclass('audit.entry_2027_01')") is not None
        await connection.execute("DROP TABLE audit.entry_2026_11, audit.entry_2026_12, audit.entry_2027_01")


async def test_what_two_people_approved_is_erased_by_itself(database: ScratchDatabase) -> None:
    async with office(database) as desk:
        (entry,) = await desk.look(PERSON)
        await desk.approved(entry.id)
        sequencer = await new_sequencer(desk.worker, trail=desk.worker_trail)
        todo = duties(sequencer=sequencer, trail=desk.worker_trail, policies=policies.load())
        async with working(desk.worker, todo), asyncio.timeout(5):
            found = await _erased(desk)
        assert (found.shredded, found.faults, found.kept) == ([entry.id], [], [])


async def _erased(desk: Office) -> Details:
    """Wait for the first entry that is gone."""
    found = await desk.verdict()
    if found.shredded:
        return found
    await asyncio.sleep(0.05)
    return await _erased(desk)


async def _checkpoint(api: Database) -> str:
    """Wait for the first one."""
    try:
        async with api.read() as session:
            return await log_reads.checkpoint(session)
    except NotFound:
        await asyncio.sleep(0.05)
        return await _checkpoint(api)


async def test_several_workers_do_no_harm(database: ScratchDatabase) -> None:
    async with (
        opened(database, "registry_api") as api,
        opened(database, "registry_worker") as one,
        opened(database, "registry_worker") as two,
    ):
        trail, guard = await new_trail(api), MemoryGuard()
        sequencers = [await new_sequencer(worker, guard=guard, patience=SOON) for worker in (one, two)]
        todo, other = ([Duty(*_order(sequencer))] for sequencer in sequencers)
        async with working(one, todo), working(two, other):
            for _ in range(20):
                await write(api, trail, 2)
    assert await check_log(database) == 40


def _order(sequencer: Sequencer) -> tuple[str, timedelta, Round]:
    async def order(session: WriteSession, now: datetime) -> int:
        await sequencer.seal(session, now=now)
        await sequencer.sign(session, now=now)
        return 0

    return "order", SOON, order


async def test_a_duty_that_fails_is_logged_tried_again_and_holds_up_no_other(database: ScratchDatabase) -> None:
    lines, tried, healthy = StringIO(), asyncio.Event(), Counted()
    configure("debug", lines)
    failures = 0

    async def failing(session: WriteSession, now: datetime) -> int:
        nonlocal failures
        failures += 1
        if failures == 3:
            tried.set()
        await session.execute(text("SELECT 1 / 0"))
        raise AssertionError

    async with opened(database, "registry_worker") as worker:
        todo = [Duty("broken", SOON, failing), Duty("healthy", SOON, healthy)]
        async with working(worker, todo), asyncio.timeout(5):
            await tried.wait()
            await healthy.done.wait()
    logged = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert {line["duty"] for line in logged if line["event"] == "duty failed"} == {"broken"}


async def test_a_round_that_left_something_is_followed_at_once(database: ScratchDatabase) -> None:
    busy = Counted(7, 5, 1)
    async with opened(database, "registry_worker") as worker:
        async with working(worker, [Duty("busy", timedelta(hours=1), busy)]), asyncio.timeout(1):
            await busy.done.wait()
        assert busy.rounds == 4


async def test_a_round_is_a_transaction_of_its_own(database: ScratchDatabase) -> None:
    async def half_done(session: WriteSession, now: datetime) -> int:
        await session.execute(text("INSERT INTO audit.outbox VALUES (gen_random_uuid())"))
        tried.set()
        raise ValueError

    tried = asyncio.Event()
    configure("critical", StringIO())
    async with opened(database, "registry_worker") as worker:
        async with working(worker, [Duty("half done", timedelta(hours=1), half_done)]):
            await tried.wait()
        async with worker.read() as session:
            assert await log.lag(session, now=NOW) == timedelta(0)


async def test_who_is_told_to_stop_finishes_the_round_and_rests_no_longer(database: ScratchDatabase) -> None:
    idle = Counted()
    todo = [Duty("idle", timedelta(hours=1), idle)]
    async with opened(database, "registry_worker") as worker, working(worker, todo):
        await idle.done.wait()
    assert idle.rounds == 1
