"""Audit entries in groups against one transaction each, over the same pool of connections."""

import asyncio
import secrets
import statistics
import time
from collections.abc import Coroutine, Sequence
from typing import Any
from uuid import uuid4

from registry import masters
from registry.app import open_trail
from registry.clock import real_time
from registry.domain.events import Act, AuditEvent
from registry.services import audit
from registry.services.trail import Trail
from registry.store.database import Database
from registry_formats.leaf import LeafType
from tests.bench.stage import Stage

GROUP, POOL, ROUNDS = 64, 10, 5
GROUPED, SINGLE = 6_400, 1_280
Happening = tuple[AuditEvent, Act]


def over_single(stage: Stage) -> float:
    """Return the rate of durable entries in groups of 64 by the rate of one transaction each."""
    return asyncio.run(_compare(stage))


async def _compare(stage: Stage) -> float:
    database = Database(stage.instance.url(user="registry_api"))
    ratios = []
    try:
        trail = await open_trail(database, stage.held, masters.find(None, stage.place / "keys"), process="bench")
        for _ in range(ROUNDS):
            grouped = await _rate(_in_groups(database, trail, happenings(stage, GROUPED)), GROUPED)
            single = await _rate(_one_by_one(database, trail, happenings(stage, SINGLE)), SINGLE)
            stage.say(f"in groups {grouped:.0f}/s, one transaction each {single:.0f}/s")
            ratios.append(grouped / single)
    finally:
        await database.close()
    return statistics.median(ratios)


async def _in_groups(database: Database, trail: Trail, happenings: Sequence[Happening]) -> None:
    for start in range(0, len(happenings), GROUP):
        async with database.write() as session:
            await audit.record_all(session, happenings[start : start + GROUP], trail=trail)


async def _one_by_one(database: Database, trail: Trail, happenings: Sequence[Happening]) -> None:
    waiting = list(happenings)

    async def asker() -> None:
        while waiting:
            event, act = waiting.pop()
            async with database.write() as session:
                await audit.record(session, event, act=act, trail=trail)

    # As many at a time as the pool has connections, which lets PostgreSQL itself commit some of them together.
    await asyncio.gather(*(asker() for _ in range(POOL)))


async def _rate(work: Coroutine[Any, Any, None], count: int) -> float:
    started = time.perf_counter()
    await work
    return count / (time.perf_counter() - started)


def happenings(stage: Stage, count: int) -> list[Happening]:
    """Describe queries."""
    return [_happening(stage) for _ in range(count)]


def _happening(stage: Stage) -> Happening:
    """Describe a query as the API does: two tokens, an answer of usual size."""
    tokens = (secrets.token_bytes(32), secrets.token_bytes(32))
    claim, content = secrets.token_urlsafe(32), {"answer": secrets.token_hex(300)}
    event = AuditEvent(LeafType.QUERY, "score.query", "answered", "Q1", "contract", claim, tokens, content=content)
    return event, Act(real_time(), str(uuid4()), stage.caller, address="127.0.0.1")
