"""Asyncpg or psycopg: the CPU a look-up costs, in our process and in PostgreSQL, raw and through SQLAlchemy Core.

Run with `python -m tests.bench.drivers`. The figures of the decision are in docs/decisions/0002.
"""

import asyncio
import hashlib
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path

import asyncpg
import psycopg
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, select
from sqlalchemy.ext.asyncio import create_async_engine

from registry.store import embedded

ROWS, LOOKUPS, ROUNDS = 100_000, 2_000, 5
BATCH, BATCHES = 500, 40
LookUp = Callable[[int], Awaitable[object]]

fact = Table("fact", MetaData(), Column("id", Integer, primary_key=True), Column("token", LargeBinary))


def core(engine_url: str, stack: AsyncExitStack) -> LookUp:
    """Look up through SQLAlchemy Core: a connection from the pool, BEGIN, SELECT, ROLLBACK."""
    engine = create_async_engine(engine_url)
    stack.push_async_callback(engine.dispose)

    async def look_up(key: int) -> object:
        async with engine.connect() as connection:
            return await connection.scalar(select(fact.c.token).where(fact.c.id == key))

    return look_up


async def raw_asyncpg(dsn: str, stack: AsyncExitStack) -> tuple[LookUp, LookUp]:
    """Look up one key, or a batch of tokens, on one open connection, prepared on first use."""
    connection = await asyncpg.connect(dsn)
    stack.push_async_callback(connection.close)

    async def batch(key: int) -> object:
        return await connection.fetch("SELECT id, token FROM fact WHERE token = ANY($1::bytea[])", tokens(key))

    return lambda key: connection.fetchval("SELECT token FROM fact WHERE id = $1", key), batch


async def raw_psycopg(dsn: str, stack: AsyncExitStack) -> tuple[LookUp, LookUp]:
    """Do the same, prepared on first use, binary."""
    connection = await psycopg.AsyncConnection.connect(dsn, autocommit=True, prepare_threshold=0)
    stack.push_async_callback(connection.close)
    cursor = connection.cursor(binary=True)

    async def look_up(key: int) -> object:
        await cursor.execute("SELECT token FROM fact WHERE id = %s", (key,))
        return await cursor.fetchone()

    async def batch(key: int) -> object:
        await cursor.execute("SELECT id, token FROM fact WHERE token = ANY(%b::bytea[])", (tokens(key),))
        return await cursor.fetchall()

    return look_up, batch


@cache
def all_tokens() -> list[bytes]:
    """Return the token of each row, in order; made once, so that hashing is in no measurement."""
    return [hashlib.sha256(n.to_bytes(4)).digest() for n in range(1, ROWS + 1)]


def tokens(key: int) -> list[bytes]:
    """Return the tokens of neighbouring rows."""
    return all_tokens()[key : key + BATCH]


def server_seconds(postmaster: int) -> float:
    """Return the CPU seconds used so far by all sessions of this server."""
    total = 0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        if int(fields[1]) == postmaster:
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


async def cost(look_up: LookUp, times: int, postmaster: int) -> tuple[float, float]:
    """Return microseconds of CPU for one call: ours, PostgreSQL's."""
    server, ours = server_seconds(postmaster), time.process_time()
    for key in range(times):
        assert await look_up(key * 37 % (ROWS - BATCH) + 1)
    ours, server = time.process_time() - ours, server_seconds(postmaster) - server
    return ours / times * 1e6, server / times * 1e6


async def measure(instance: embedded.Instance, postmaster: int) -> Mapping[str, tuple[float, float]]:
    """Return the median cost of each way; the ways take turns, so that a noisy minute hits all of them."""
    async with AsyncExitStack() as stack:
        dsn, url = instance.dsn(), instance.url()
        (one, many), (other_one, other_many) = await raw_asyncpg(dsn, stack), await raw_psycopg(dsn, stack)
        ways = {
            "raw asyncpg": (one, LOOKUPS),
            "raw psycopg": (other_one, LOOKUPS),
            "core asyncpg": (core(url, stack), LOOKUPS),
            "core psycopg": (core(url.replace("+asyncpg", "+psycopg"), stack), LOOKUPS),
            "batch asyncpg": (many, BATCHES),
            "batch psycopg": (other_many, BATCHES),
        }
        rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(ROUNDS + 1):
            for name, (look_up, times) in ways.items():
                rounds[name].append(await cost(look_up, times, postmaster))
    # The first round warms the caches.
    return {name: (middle(way[1:], 0), middle(way[1:], 1)) for name, way in rounds.items()}


def middle(costs: list[tuple[float, float]], part: int) -> float:
    """Return the median of one of the two costs."""
    return statistics.median(cost[part] for cost in costs)


async def fill(dsn: str) -> None:
    """Make the table that is looked up."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE fact (id int PRIMARY KEY, token bytea NOT NULL)")
    await connection.execute(
        "INSERT INTO fact SELECT n, sha256(int4send(n)) FROM generate_series(1, $1::int) AS n".replace("$1", str(ROWS))
    )
    await connection.execute("CREATE INDEX ON fact (token)")
    await connection.execute("ANALYZE fact")
    await connection.close()


def main() -> None:
    """Measure on a server of our own and print the table and three ratios."""
    place = Path(tempfile.mkdtemp(prefix="registry-bench-"))
    place.chmod(0o711)
    with embedded.start(place, sync=False) as instance:
        postmaster = int((place / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0])
        asyncio.run(fill(instance.dsn()))
        costs = asyncio.run(measure(instance, postmaster))
    shutil.rmtree(place)
    out = sys.stdout.write
    for name, (ours, server) in costs.items():
        out(f"{name:14} {ours:6.0f} µs ours {server:6.0f} µs PostgreSQL {ours + server:6.0f} µs together\n")
    for way in ("raw", "core", "batch"):
        ratio = sum(costs[f"{way} psycopg"]) / sum(costs[f"{way} asyncpg"])
        out(f"bench psycopg_over_asyncpg_{way} {ratio:.2f} 1.00 {'ok' if ratio >= 1 else 'short'}\n")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    out(f"{machine}, {time.strftime('%Y-%m-%d')}\n")


if __name__ == "__main__":
    main()
