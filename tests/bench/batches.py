"""Batches of 500 claims over HTTP against the bare look-up of the same tokens in SQL."""

import asyncio
import statistics
import time
from collections.abc import Sequence

import asyncpg
import orjson

from registry_formats import cfr1
from tests.bench import load
from tests.bench.people import Person, people, question
from tests.bench.queries import api
from tests.bench.servers import Server
from tests.bench.stage import Stage
from tests.ports import HOST

CLAIMS, BATCHES, ROUNDS = 500, 8, 5
# One claim after the other, as a program does that has the database before it and no batch.
LOOK_UP = "SELECT stored, report_id FROM report_identity WHERE stored = ANY($1::bytea[])"


def over_sql(stage: Stage) -> float:
    """Return the claims per second of batches by those of the bare look-ups; median over the rounds."""
    ratios = []
    with api(stage) as server:
        _batches(stage, server, _people(stage, 1))
        for _ in range(ROUNDS):
            whom = _people(stage, BATCHES)
            ours, bare = _batches(stage, server, whom), asyncio.run(_look_ups(stage, whom))
            stage.say(f"batches {ours:.0f} claims/s, bare SQL {bare:.0f} claims/s")
            ratios.append(ours / bare)
    return statistics.median(ratios)


def _people(stage: Stage, batches: int) -> list[Person]:
    return list(people(stage.reported, batches * CLAIMS))


def _batches(stage: Stage, server: Server, whom: Sequence[Person]) -> float:
    token = stage.access_token()
    bodies = [
        orjson.dumps({"items": [question(person) for person in whom[start : start + CLAIMS]]})
        for start in range(0, len(whom), CLAIMS)
    ]
    requests = [load.post("/v1/scores:batch", body, token=token) for body in bodies]
    outcome = load.run(HOST, server.port, requests, connections=1)
    if outcome.refused:
        raise RuntimeError("a batch was refused")
    return outcome.rate * CLAIMS


async def _look_ups(stage: Stage, whom: Sequence[Person]) -> float:
    connection = await asyncpg.connect(stage.instance.dsn(user="registry_api"))
    stored = [[cfr1.stored(stage.pepper, one) for one in person] for person in whom]
    try:
        await connection.fetch(LOOK_UP, stored[0])
        started = time.perf_counter()
        for tokens in stored:
            await connection.fetch(LOOK_UP, tokens)
        return len(stored) / (time.perf_counter() - started)
    finally:
        await connection.close()
