"""Databases for tests: one server for the run, one migrated database for each worker, emptied before each test."""

import asyncio
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import psycopg

from registry.store import embedded, migrations

_MEMORY = Path("/dev/shm")  # noqa: S108 - directories in it are made unguessable and private
_ROOM = 4 << 30
# Where a copy of the template takes 200 ms, this takes 5 over a connection that knows the tables already, 30 over a new
# one. As replica, because triggers refuse to delete history.
_CLEAR = """
DO $$
DECLARE one regclass;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT c.oid FROM pg_class c
        WHERE relkind IN ('r', 'p') AND NOT relispartition
        AND relnamespace IN ('public'::regnamespace, to_regnamespace('audit'))
        AND relname <> 'alembic_version'
    LOOP
        EXECUTE format('DELETE FROM %s', one);
    END LOOP;
    PERFORM setval(c.oid, s.seqstart, false) FROM pg_class c JOIN pg_sequence s ON s.seqrelid = c.oid;
END $$
"""

_SWEEPERS: dict[str, psycopg.Connection] = {}


@dataclass(frozen=True, slots=True)
class ScratchDatabase:
    """One database of the run's server."""

    server: embedded.Instance
    name: str

    def url(self, user: str = embedded.OWNER) -> str:
        """Return a URL for SQLAlchemy, signed in as one of `embedded.LOGIN_ROLES` or as `embedded.SUPERUSER`."""
        return self.server.url(self.name, user)

    def dsn(self, user: str = embedded.OWNER) -> str:
        """Return a URL for asyncpg."""
        return self.server.dsn(self.name, user)

    def create(self, template: str) -> None:
        """Copy another database of this server, which nobody may be connected to."""
        _rest(template)
        sql = f"CREATE DATABASE {self.name} TEMPLATE {template} OWNER {embedded.OWNER}"
        asyncio.run(_as_superuser(self.server, "postgres", lambda connection: connection.execute(sql)))

    def drop(self) -> None:
        """Remove it, ending what is still connected."""
        _rest(self.name)
        sql = f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)"
        asyncio.run(_as_superuser(self.server, "postgres", lambda connection: connection.execute(sql)))

    def clear(self) -> None:
        """Delete every row, history included, ending what is still connected."""
        if self.name not in _SWEEPERS:
            _SWEEPERS[self.name] = psycopg.connect(self.dsn(embedded.SUPERUSER), autocommit=True)
        _SWEEPERS[self.name].execute(_CLEAR)


def _rest(name: str) -> None:
    if sweeper := _SWEEPERS.pop(name, None):
        sweeper.close()


def scratch(prefix: str) -> Path:
    """Make a directory for servers: in memory where there is room, because a slow disk stops PostgreSQL for seconds."""
    roomy = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    place = Path(tempfile.mkdtemp(prefix=prefix, dir=_MEMORY if roomy else None))
    place.chmod(0o711)  # root's PostgreSQL runs as somebody else, who must pass through
    return place


def start_shared(run: Path) -> embedded.Instance:
    """Start or join the run's server; whoever is first migrates the database that the others copy."""
    instance = embedded.start(run, sync=False)
    with (run / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not asyncio.run(migrations.current(instance.url())):
            asyncio.run(migrations.upgrade(instance.url()))
            _let_in_quickly(instance)
    return instance


def _let_in_quickly(instance: embedded.Instance) -> None:
    """Ask four thousand hashes less of each of the ten connections that a test opens; PostgreSQL 15 knows no less."""
    cheap = "SELECT set_config(name, '1', false) FROM pg_settings WHERE name = 'scram_iterations'"
    changes = [f"ALTER ROLE {role} PASSWORD '{secret}'" for role, secret in instance.passwords.items()]
    script = "; ".join([cheap, *changes])
    asyncio.run(_as_superuser(instance, "postgres", lambda connection: connection.execute(script)))


def fresh_name(prefix: str) -> str:
    """Make a name no other worker uses."""
    return f"{prefix}_{secrets.token_hex(4)}"


async def _as_superuser(
    server: embedded.Instance, database: str, action: Callable[[asyncpg.Connection], Awaitable[Any]]
) -> None:
    connection = await asyncpg.connect(server.dsn(database, embedded.SUPERUSER))
    try:
        await action(connection)
    finally:
        await connection.close()
