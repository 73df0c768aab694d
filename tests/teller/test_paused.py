"""A database that stands still for a while: whatever is told, then and afterwards, was committed."""

import asyncio
import json
import os
import signal
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from registry.domain.access import Caller
from registry.errors import Unavailable
from registry.teller.process import Teller
from tests.databases import ScratchDatabase
from tests.logbook import superuser
from tests.teller.test_process import alpha, orders, question, teller

__all__ = ["alpha", "orders", "teller"]
pytestmark = pytest.mark.anyio
_EVERY, _ASKED = 0.02, 120


@asynccontextmanager
async def paused(database: ScratchDatabase) -> AsyncIterator[None]:
    """Stop whatever of PostgreSQL serves a registry here, and let it go on."""
    async with superuser(database) as connection:
        rows = await connection.fetch(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'registry'"
        )
    assert rows
    for row in rows:
        os.kill(row["pid"], signal.SIGSTOP)
    try:
        yield
    finally:
        for row in rows:
            os.kill(row["pid"], signal.SIGCONT)


@pytest.mark.parametrize("seconds", [0.5, 2.2])
async def test_what_is_told_is_in_the_log(
    teller: Teller, alpha: Caller, database: ScratchDatabase, seconds: float
) -> None:
    told: set[UUID] = set()

    async def ask() -> None:
        try:
            answer = json.loads((await teller.ask([question(alpha)])).body)
        except Unavailable:
            return
        told.add(UUID(bytes=b64decode(answer["leaf"])[4:20]))

    await ask()
    async with asyncio.TaskGroup() as asking:
        async with paused(database):
            began = asyncio.get_running_loop().time()
            while asyncio.get_running_loop().time() - began < seconds:
                asking.create_task(ask())
                await asyncio.sleep(_EVERY)
        for _ in range(_ASKED):
            asking.create_task(ask())
            await asyncio.sleep(_EVERY)
    before = len(told)
    await ask()
    assert len(told) == before + 1
    async with superuser(database) as connection:
        kept = {row["id"] for row in await connection.fetch("SELECT id FROM audit.entry")}
    assert told <= kept
