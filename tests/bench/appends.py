"""Audit entries in groups against one transaction each, from as many askers at once."""

import asyncio
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from uuid import uuid4

from registry.api.coalescing import Coalescer
from registry.app import open_trail
from registry.clock import real_time
from registry.domain.events import Act, AuditEvent, Entry
from registry.services import audit
from registry.services.trail import Trail
from registry.store.database import Database
from registry_formats.leaf import LeafType
from tests.bench.stage import Stage

ASKERS, ROUNDS = 64, 5
GROUPED, SINGLE = 6_000, 1_500
Happening = tuple[AuditEvent, Act]
Append = Callable[[Happening], Awaitable[object]]


def over_single(stage: Stage) -> float:
    """Return the rate of durable entries in groups by the rate of one transaction each; median over the rounds."""
    return asyncio.run(_compare(stage))


async def _compare(stage: Stage) -> float:
    database = Database(stage.instance.url(user="registry_api"))
    trail = await open_trail(database, stage.held, process="bench")
    coalescer = Coalescer(_grouped(database, trail))
    ratios = []
    try:
        for _ in range(ROUNDS):
            grouped = await _rate(stage, GROUPED, coalescer.ask)
            single = await _rate(stage, SINGLE, _single(database, trail))
            stage.say(f"in groups {grouped:.0f}/s, one transaction each {single:.0f}/s")
            ratios.append(grouped / single)
    finally:
        await database.close()
    return statistics.median(ratios)


def _grouped(database: Database, trail: Trail) -> Callable[[Sequence[Happening]], Awaitable[Sequence[Entry]]]:
    async def append(happenings: Sequence[Happening]) -> Sequence[Entry]:
        async with database.write() as session:
            return await audit.record_all(session, happenings, trail=trail)

    return append


def _single(database: Database, trail: Trail) -> Append:
    async def append(happening: Happening) -> Entry:
        async with database.write() as session:
            return await audit.record(session, happening[0], act=happening[1], trail=trail)

    return append


async def _rate(stage: Stage, count: int, append: Append) -> float:
    waiting = [_happening(stage) for _ in range(count)]

    async def asker() -> None:
        while waiting:
            await append(waiting.pop())

    started = time.perf_counter()
    await asyncio.gather(*(asker() for _ in range(ASKERS)))
    return count / (time.perf_counter() - started)


def _happening(stage: Stage) -> Happening:
    """Describe a query as the API does: two tokens, an answer of usual size."""
    tokens = (secrets.token_bytes(32), secrets.token_bytes(32))
    claim, content = secrets.token_urlsafe(32), {"answer": secrets.token_hex(300)}
    event = AuditEvent(LeafType.QUERY, "score.query", "answered", "Q1", "contract", claim, tokens, content)
    return event, Act(real_time(), str(uuid4()), stage.caller, address="127.0.0.1")
