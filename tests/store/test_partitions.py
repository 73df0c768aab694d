"""The months of the log: made ahead, each entry in its own, and as append-only as the whole."""

import asyncio
from datetime import datetime
from uuid import UUID

import asyncpg
import pytest

from registry.services import log
from registry.store.database import Database
from tests.databases import ScratchDatabase
from tests.logbook import NOW, new_trail, opened, superuser, write

pytestmark = pytest.mark.anyio


async def _partitions(connection: asyncpg.Connection) -> dict[str, int]:
    rows = await connection.fetch(
        "SELECT c.relname, (SELECT count(*) FROM audit.entry e WHERE e.tableoid = c.oid)"
        " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit.entry'::regclass"
    )
    return {row["relname"]: row["count"] for row in rows}


async def test_months_get_their_partition_before_they_come(
    database: ScratchDatabase,
) -> None:
    november = NOW.replace(year=2031)
    async with opened(database, "registry_worker") as worker:
        # Two workers at once, and again an hour later.
        for _ in range(2):
            await asyncio.gather(_make_room(worker, november), _make_room(worker, november))
    async with opened(database, "registry_api") as api:
        trail = await new_trail(api)
        for month in (november, november.replace(month=12), november.replace(year=2032, month=1)):
            await write(api, trail, 2, now=month)
        await write(api, trail, now=november.replace(year=2032, month=2))
    async with superuser(database) as connection:
        found = await _partitions(connection)
        await connection.execute("DROP TABLE audit.entry_2031_11, audit.entry_2031_12, audit.entry_2032_01")
    ahead = {name: count for name, count in found.items() if name >= "entry_2031"}
    assert ahead == {"entry_2031_11": 2, "entry_2031_12": 2, "entry_2032_01": 2, "entry_other": 1}


async def test_a_month_that_entries_came_before_is_named_and_loses_none(database: ScratchDatabase) -> None:
    december = NOW.replace(year=2034, month=12)
    async with opened(database, "registry_api") as api, opened(database, "registry_worker") as worker:
        trail = await new_trail(api)
        await write(api, trail, 2, now=december)
        # The worker was away: nobody made the month's partition before its first entry.
        assert await _make_room(worker, december) == ["2034-12"]
        assert await _make_room(worker, december) == ["2034-12"]
        await write(api, trail, 1, now=december.replace(year=2035, month=1))
        assert await _make_room(worker, NOW.replace(year=2035, month=1)) == []
    async with superuser(database) as connection:
        found = await _partitions(connection)
        await connection.execute("DROP TABLE audit.entry_2035_01, audit.entry_2035_02, audit.entry_2035_03")
    assert (found["entry_other"], found["entry_2035_01"]) == (2, 1)
    assert "entry_2034_12" not in found


async def _make_room(database: Database, now: datetime) -> list[str]:
    async with database.write() as session:
        return await log.make_room(session, now=now)


async def test_a_partition_is_as_append_only_as_the_log(database: ScratchDatabase) -> None:
    async with opened(database, "registry_worker") as worker:
        await _make_room(worker, NOW.replace(year=2033, month=1))
    owner = await asyncpg.connect(database.dsn())
    try:
        for partition in ("entry_2033_01", "entry_other"):
            for statement in ("TRUNCATE audit.{}", "DELETE FROM audit.{}", "UPDATE audit.{} SET outcome = ''"):
                with pytest.raises(asyncpg.RestrictViolationError):
                    await _on_a_row(owner, statement.format(partition), partition)
    finally:
        await owner.close()
        async with superuser(database) as connection:
            await connection.execute("DROP TABLE audit.entry_2033_01, audit.entry_2033_02, audit.entry_2033_03")


async def _on_a_row(owner: asyncpg.Connection, statement: str, partition: str) -> None:
    async with owner.transaction():
        entry = "ffffffff-ffff-7fff-bfff-ffffffffffff" if partition == "entry_other" else str(_first(2033))
        await owner.execute(
            "INSERT INTO audit.entry (id, type, t_ms, writer_id, writer_seq, leaf, outcome, sealed_org, sealed_staff,"
            " sealed_subject, sealed_content, month_key_id) VALUES ($1, 1, 1, 1, 1, '', '', '', '', '', '', $1)",
            entry,
        )
        await owner.execute(statement)


def _first(year: int) -> UUID:
    return UUID(int=int(NOW.replace(year=year, month=1, day=2).timestamp() * 1000) << 80)
