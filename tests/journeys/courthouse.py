"""A registry with a moving clock for a journey through an appeal: a PostgreSQL of its own, the API over ASGI."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from registry.store import embedded
from tests.databases import ScratchDatabase, fresh_name, start_shared
from tests.hearing import Hall, hall
from tests.logbook import seal, sign
from tests.reporting import Desk
from tests.running import log_seed


def hold(directory: Path, story: Callable[[Hall], Awaitable[None]]) -> None:
    """Tell a story in a fresh registry."""
    server = start_shared(directory)
    try:
        database = ScratchDatabase(server, fresh_name("journey"))
        database.create(embedded.DATABASE)
        asyncio.run(_tell(database, directory, story))
    finally:
        server.stop()


async def _tell(database: ScratchDatabase, directory: Path, story: Callable[[Hall], Awaitable[None]]) -> None:
    async with hall(database, directory) as place:
        await story(place)


async def restrict(place: Hall, member: Desk) -> str:
    """Let a member ask about the person of the test filings, and act on what it is told; return what it did."""
    answer = await member.query("phone", "email")
    assert answer["score"] > 0
    action = {"claim_ref": answer["claim_ref"], "query_id": answer["query_id"], "action": "A3"}
    done = await member.post("/v1/outcomes", action | {"taken_at": place.town.clock().isoformat()})
    assert done.status_code == 201, done.text
    return str(done.json()["outcome_id"])


async def catch_up(place: Hall) -> None:
    """Let the worker seal and sign the whole log, as it would have long since when the clock was moved."""
    seed, now = log_seed(place.town.api), place.town.clock()
    while await seal(place.worker, now=now, seed=seed):
        pass
    await sign(place.worker, now=now, seed=seed)
    await place.town.api.look_anew()
