"""The way up, the way down, and two who start at once."""

import asyncio
import subprocess
import sys

import pytest

from registry.store import embedded, migrations, revisions
from tests.databases import ScratchDatabase
from tests.launching import ROOT, ask

_LEFT = """
SELECT array_agg(DISTINCT kind || ' ' || name) FROM (
    SELECT 'table' AS kind, relname AS name FROM pg_class WHERE relnamespace::regnamespace::text IN ('public', 'audit')
    UNION ALL SELECT 'function', proname FROM pg_proc WHERE pronamespace::regnamespace::text IN ('public', 'audit')
    UNION ALL SELECT 'type', typname FROM pg_type WHERE typnamespace::regnamespace::text IN ('public', 'audit')
    UNION ALL SELECT 'schema', nspname FROM pg_namespace WHERE nspname = 'audit'
    UNION ALL SELECT 'extension', extname FROM pg_extension WHERE extname <> 'plpgsql'
    UNION ALL SELECT 'trigger', evtname FROM pg_event_trigger
) AS thing WHERE name NOT LIKE '%alembic_version%'
"""

_UPGRADE = """
import asyncio, sys
from registry.store import migrations
asyncio.run(migrations.upgrade(sys.argv[1]))
"""


@pytest.mark.anyio
async def test_up_down_up_ends_where_the_program_expects_and_down_leaves_nothing(
    empty_database: ScratchDatabase,
) -> None:
    url = empty_database.url()
    assert await migrations.current(url) == ()
    await migrations.upgrade(url)
    assert await migrations.current(url) == migrations.heads()
    assert "table report" in await asyncio.to_thread(ask, empty_database.dsn(), _LEFT)
    await migrations.downgrade(url, "base")
    assert await asyncio.to_thread(ask, empty_database.dsn(), _LEFT) is None
    await migrations.upgrade(url)
    assert await migrations.pending(url) == ()


@pytest.mark.anyio
async def test_each_revision_can_be_taken_back_alone(empty_database: ScratchDatabase) -> None:
    url = empty_database.url()
    for revision in await migrations.pending(url):
        await migrations.upgrade(url, revision)
        await migrations.downgrade(url, "-1")
        await migrations.upgrade(url, revision)
    assert await migrations.current(url) == migrations.heads()


@pytest.mark.anyio
async def test_the_database_is_what_the_schema_states(database_url: str) -> None:
    await migrations.check(database_url)
    assert await migrations.pending(database_url) == ()


def test_there_is_one_head() -> None:
    assert migrations.heads() == (revisions.head(),)


def test_processes_that_migrate_at_once_take_turns(empty_database: ScratchDatabase) -> None:
    command = [sys.executable, "-c", _UPGRADE, empty_database.url()]
    running = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert asyncio.run(migrations.current(empty_database.url())) == migrations.heads()


def test_the_statements_can_be_read_beforehand() -> None:
    text = migrations.sql()
    assert "CREATE TABLE report " in text
    assert "GRANT" in text


def test_a_role_that_does_not_own_the_database_cannot_migrate_it(empty_database: ScratchDatabase) -> None:
    with pytest.raises(Exception, match="permission denied"):
        asyncio.run(migrations.upgrade(empty_database.url("registry_api")))
    assert asyncio.run(migrations.current(empty_database.url(embedded.OWNER))) == ()
