"""The shards of a log as the tables have them, and what a check of the whole log finds."""

from dataclasses import dataclass

from registry.services import log_check
from tests.databases import ScratchDatabase
from tests.logbook import (
    REALM,
    key_for,
    opened,
    superuser,
)


@dataclass(frozen=True)
class Shard:
    """A shard as a table shows it."""

    origin: str
    reason: str | None
    previous: str | None
    size: int


async def shards(database: ScratchDatabase) -> list[Shard]:
    async with superuser(database) as connection:
        rows = await connection.fetch(
            "SELECT origin, reason, previous, size FROM audit.shard JOIN audit.state ON shard_id = id ORDER BY id"
        )
    return [Shard(**row) for row in rows]


async def faults(database: ScratchDatabase) -> tuple[log_check.Fault, ...]:
    async with opened(database, "registry_auditor") as auditor, auditor.read() as session:
        verdict = await log_check.check(session, log_public_key=key_for(REALM).vkey.public_key)
    return verdict.faults
