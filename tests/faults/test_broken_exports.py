"""An export over a real socket: whole, or seen to be none, whoever dies in the middle of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from io import StringIO
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from registry import desks, keys
from registry.api.sights import open_sight
from registry.app import open_trail
from registry.clock import real_time
from registry.domain.audit_filters import Because, Filter
from registry.domain.events import Act
from registry.domain.ids import Purpose
from registry.domain.staff import Role
from registry.keys import API_KEYS, KeyName
from registry.services.auditing import Desk, Sight, export_jobs
from registry.services.auditing.exports import Asked
from registry.settings import Mode, Settings
from registry.store.database import Database
from registry_formats.exports import SEAL, ExportFormat
from tests.databases import ScratchDatabase
from tests.exporting import Unpacked
from tests.faults.machine import REALM, Machine
from tests.logbook import write
from tests.running import Running
from tests.staffing import make_staff

pytestmark = pytest.mark.anyio
WHY = {"purpose": "Q5", "reason": "The yearly round."}
# Several files of rows, so that a stream has a middle.
ENTRIES = 6_000
BEGUN = "SELECT count(*) FROM audit.entry WHERE action = 'audit.export'"
LATE = "SELECT count(*) FROM audit.outbox"
CLOSED = "SELECT count(*) FROM audit.entry WHERE action = 'audit.export_closed'"


Office = tuple[Machine, dict[str, str]]


@pytest.fixture(scope="module")
def office(worker_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A machine whose worker is at work and whose log is full, and the headers of an auditor."""
    worker_database.clear()
    machine = Machine.furnished(tmp_path_factory.mktemp("machine"), worker_database)
    with machine.working():
        yield machine, asyncio.run(fill(machine))


async def fill(machine: Machine) -> dict[str, str]:
    """Fill the log, hire an auditor, and wait until the worker has signed for all of it."""
    owner = Database(machine.database.url(), pool_size=2)
    try:
        trail = await open_trail(owner, keys.load(machine.place / "keys", API_KEYS), machine.master(), process="tests")
        settings = Settings(
            mode=Mode.SANDBOX,
            realm=REALM,
            data_dir=machine.place,
            database_url=SecretStr(machine.database.url("registry_api")),
        )
        async with machine.client() as client:
            headers = await make_staff(Running(FastAPI(), client, settings, owner, trail, StringIO()), Role.AUDITOR)
        await write(owner, trail, ENTRIES, now=real_time())
        async with asyncio.timeout(30):
            while (await machine.ask("SELECT max(size) FROM audit.checkpoint") or 0) < ENTRIES:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.1)
        return headers
    finally:
        await owner.close()


async def read(stream: AbstractAsyncContextManager[httpx.Response], got: bytearray, then: Callable[[], None]) -> None:
    async with stream as answer:
        async for piece in answer.aiter_raw():
            got += piece
            then()


async def test_an_export_is_whole_over_a_real_socket(office: Office) -> None:
    machine, headers = office
    closed = await machine.ask(CLOSED)
    with machine.serving():
        async with machine.client() as client:
            answer = await client.post("/v1/audit/exports", json=WHY, headers=headers)

    unpacked = Unpacked.read(answer.content)
    unpacked.verify(seed=keys.load(machine.place / "keys", [KeyName.LOG], peppers=False)[KeyName.LOG])
    assert unpacked.manifest.rows >= ENTRIES
    assert await machine.ask(CLOSED) == closed + 1


async def test_a_server_that_dies_leaves_a_stream_that_ends_in_an_error_and_no_seal(office: Office) -> None:
    machine, headers = office
    closed, got = await machine.ask(CLOSED), bytearray()
    with machine.serving() as server:
        async with machine.client() as client:
            stream = client.stream("POST", "/v1/audit/exports", json=WHY, headers=headers)
            with pytest.raises(httpx.RemoteProtocolError):
                await read(stream, got, server.process.kill)

    assert got
    assert SEAL.encode() not in got
    assert await machine.ask(CLOSED) == closed


async def test_a_reader_that_leaves_leaves_no_entry_that_the_export_was_given(office: Office) -> None:
    machine, headers = office
    begun, closed = await machine.ask(BEGUN), await machine.ask(CLOSED)
    with machine.serving():
        async with machine.client() as client:
            async with client.stream("POST", "/v1/audit/exports", json=WHY, headers=headers) as answer:
                await anext(answer.aiter_raw())
            # What comes later is answered as ever.
            assert (await client.get("/healthz")).status_code == 200
            await asyncio.sleep(2)

    assert await machine.ask(BEGUN) == begun + 1
    assert await machine.ask(CLOSED) == closed


@dataclass(frozen=True, slots=True)
class Auditor:
    """Somebody who reads the log of a machine."""

    reads: Database
    writes: Database
    desk: Desk
    staff_id: UUID

    @asynccontextmanager
    async def sight(self) -> AsyncIterator[Sight]:
        act = Act(real_time(), "ordered", operator=str(self.staff_id))
        async with self.reads.read() as reads, open_sight(reads, self.writes, act=act, desk=self.desk) as sight:
            yield sight


@asynccontextmanager
async def auditing(machine: Machine) -> AsyncIterator[Auditor]:
    """Sit down beside the worker."""
    reads, writes = (Database(machine.database.url(f"registry_{who}"), pool_size=2) for who in ("auditor", "api"))
    try:
        held = keys.load(machine.place / "keys", API_KEYS)
        desk = desks.for_auditing(
            await open_trail(writes, held, machine.master(), process="tests"), machine.master(), held
        )
        yield Auditor(reads, writes, desk, await machine.ask("SELECT id FROM staff"))
    finally:
        await reads.close()
        await writes.close()


async def test_the_worker_writes_what_was_ordered_and_goes_on_signing(office: Office) -> None:
    machine, _ = office
    asked = Asked(Filter(), ExportFormat.JSONL, Because(Purpose.AUDIT_SAMPLE, "The yearly round."))
    async with auditing(machine) as auditor:
        async with auditor.sight() as sight:
            job = await export_jobs.order(sight, asked, now=real_time())
        async with asyncio.timeout(60):
            while job.open:
                await asyncio.sleep(0.2)
                async with auditor.writes.read() as session:
                    job = await export_jobs.progress(session, job.id, auditor.staff_id)
        assert (job.state, job.failure, job.rows >= ENTRIES) == ("done", None, True)
        async with auditor.sight() as sight:
            handed = await export_jobs.hand_out(sight, job.id, now=real_time())
        content = b"".join([piece async for piece in export_jobs.open_handed(handed, auditor.writes.read)])
        async with asyncio.timeout(10):
            while await machine.ask(LATE):  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.1)
    assert len(content) == job.size
    Unpacked.read(content).verify(seed=keys.load(machine.place / "keys", [KeyName.LOG], peppers=False)[KeyName.LOG])
