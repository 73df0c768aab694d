"""Every list of the site over 100,000 appeals, as many reports of one member and a million entries, at the server.

The API runs in the same process and draws each page to its end, with the entry in the log that the look leaves.
"""

import asyncio
import statistics
import time

from registry.store import migrations
from tests.bench.stage import Stage
from tests.browsing import Browser
from tests.crowding import Crowd, gathered
from tests.databases import ScratchDatabase, fresh_name
from tests.lists import EVERYBODY

MANY, MEMBERS, ROUNDS = 100_000, 500, 7
_OK = 200


def pages_ms(stage: Stage) -> float:
    """Return the milliseconds that half of the visits to the slowest list take at most."""
    scratch = ScratchDatabase(stage.instance, fresh_name("pages"))
    scratch.create("template0")
    try:
        return asyncio.run(_slowest(stage, scratch))
    finally:
        scratch.drop()


async def _slowest(stage: Stage, scratch: ScratchDatabase) -> float:
    await migrations.upgrade(scratch.url())
    async with gathered(scratch, stage.place / "pages") as crowd:
        await crowd.grow(MANY, members=MEMBERS)
        return await measured(stage, crowd)


async def measured(stage: Stage, crowd: Crowd) -> float:
    """Visit every list and say how long each takes; return the slowest."""
    medians: dict[str, float] = {}
    for visiting in EVERYBODY:
        async with visiting(crowd) as visit:
            for address in visit.lists:
                medians[address] = await _median(visit.browser, address)
                stage.say(f"{medians[address]:6.1f} ms  {address}")
    slowest = max(medians, key=medians.__getitem__)
    stage.say(f"slowest: {slowest}")
    return medians[slowest]


async def _median(browser: Browser, address: str) -> float:
    took = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answer = await browser.client.get(address)
        took.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == _OK, (address, answer.text)
    return statistics.median(took)
