"""Write entries, put them in order, sign, and check the whole log from outside: what tests of the log build on."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg

from registry.crypto.checkpoint import SigningKey
from registry.domain.events import Act, AuditEvent, Entry
from registry.errors import Conflict
from registry.masters import Master, Secret
from registry.services import audit, log_check, number_check, writers
from registry.services.number_check import Numbers
from registry.services.sequencer import Sequencer, Signing
from registry.services.trail import Trail, TrailKeys
from registry.store import embedded
from registry.store import log as log_store
from registry.store.database import Database
from registry_formats.leaf import LeafType
from tests.databases import ScratchDatabase

REALM = "registry.test"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SEED = bytes(range(32))
MASTER, TAGS = Secret(b"\x22" * 32), b"\x33" * 32
_ENTRIES_AND_LEAVES = "SELECT (SELECT count(*) FROM audit.entry), (SELECT count(DISTINCT entry_id) FROM audit.leaf)"
EVENT = AuditEvent(LeafType.ADMIN, "test.note", "noted", content={"text": "one"})


def key_for(origin: str, seed: bytes = SEED) -> SigningKey:
    return SigningKey(origin, seed)


@asynccontextmanager
async def opened(scratch: ScratchDatabase, user: str) -> AsyncIterator[Database]:
    """Sign in as one of the roles of production."""
    database = Database(scratch.url(user))
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def superuser(scratch: ScratchDatabase) -> AsyncIterator[asyncpg.Connection]:
    """Be who is stopped by nothing: no grant, no trigger."""
    connection = await asyncpg.connect(scratch.dsn("postgres"))
    try:
        await connection.execute("SET session_replication_role = replica")
        yield connection
    finally:
        await connection.close()


async def new_trail(database: Database, master: Master = MASTER) -> Trail:
    """Register a writer."""
    async with database.write() as session:
        return await writers.open_trail(session, master, TAGS, process="tests", now=NOW, entropy=secrets.token_bytes)


def act(now: datetime = NOW, **changes: Any) -> Act:  # noqa: ANN401 - the fields of Act
    return Act(now, **({"request_id": str(uuid4()), "operator": "tests"} | changes))


async def write(database: Database, trail: Trail, count: int = 1, *, now: datetime = NOW) -> list[Entry]:
    """Write entries in one transaction."""
    async with database.write() as session:
        return await audit.record_all(session, [(EVENT, act(now))] * count, trail=trail)


class MemoryGuard:
    """Remembers what was signed, as the worker's file does."""

    def __init__(self, note: str | None = None) -> None:
        self.note = note

    async def last(self) -> str | None:
        return self.note

    async def swap(self, before: str | None, after: str) -> None:
        if self.note != before:
            raise Conflict("guard_changed")
        self.note = after


async def new_sequencer(
    database: Database,
    *,
    realm: str = REALM,
    seed: bytes = SEED,
    trail: Trail | None = None,
    **changes: Any,  # noqa: ANN401 - of `Signing` and `Sequencer`
) -> Sequencer:
    """Make a sequencer that takes over at once; its guard remembers what the database does, unless one is given."""
    guard = changes.pop("guard", None)
    if guard is None:
        async with database.read() as session:
            state = await log_store.find_state(session)
            signed = await log_store.find_checkpoint(session, shard_id=state.shard_id) if state else None
        guard = MemoryGuard(signed.note if signed else state.previous if state else None)
    signing = Signing(lambda origin: key_for(origin, seed), guard, changes.pop("witnessed", None))
    writer = trail or Trail(TrailKeys(bytes(32), TAGS), writer_id=0, entropy=secrets.token_bytes)
    return Sequencer(realm, signing, trail=writer, **({"patience": timedelta(0)} | changes))


async def seal(database: Database, *, now: datetime = NOW, by: Sequencer | None = None, **changes: Any) -> int:  # noqa: ANN401 - of `new_sequencer`
    """Do one round of the sequencer."""
    sequencer = by or await new_sequencer(database, **changes)
    async with database.write() as session:
        return await sequencer.seal(session, now=now)


async def sign(database: Database, *, now: datetime = NOW, by: Sequencer | None = None, **changes: Any) -> int | None:  # noqa: ANN401 - of `new_sequencer`
    """Do one round of the signer; return the size it signed."""
    sequencer = by or await new_sequencer(database, **changes)
    async with database.write() as session:
        signed = await sequencer.sign(session, now=now)
    return signed.size if signed else None


async def check_log(scratch: ScratchDatabase, *, seed: bytes = SEED) -> int:
    """Finish the log, then rebuild it from outside and check all that was signed; return the number of leaves."""
    # By one login over one connection, since this ends hundreds of tests; others do it as those whose duty it is.
    async with opened(scratch, embedded.SUPERUSER) as both:
        one = await new_sequencer(both, seed=seed)
        while await seal(both, by=one):
            pass
        await sign(both, by=one)
        async with both.read() as session:
            verdict = await log_check.check(session, log_public_key=key_for(REALM, seed).vkey.public_key)
            assert await number_check.check(session) == Numbers([], [], [], [])
            # Every entry is in the tree once: nothing lost, nothing twice, nothing beside it.
            found = await (await session.connection()).exec_driver_sql(_ENTRIES_AND_LEAVES)
            entries, leaves = tuple(found.one())
    assert verdict.faults == ()
    assert entries == leaves == verdict.leaves
    return verdict.leaves
