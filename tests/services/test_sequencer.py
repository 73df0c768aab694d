"""Who leads: one at a time, as long as it works."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from registry.errors import Conflict
from registry.services.sequencer import Sequencer
from registry.store.database import Database
from tests.databases import ScratchDatabase
from tests.logbook import (
    NOW,
    MemoryGuard,
    new_sequencer,
    new_trail,
    seal,
    sign,
    superuser,
    write,
)

pytestmark = pytest.mark.anyio
SECOND = timedelta(seconds=1)


@dataclass
class Watch:
    """A clock that only the test moves."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


async def epoch(database: ScratchDatabase) -> int:
    async with superuser(database) as connection:
        return int(await connection.fetchval("SELECT max(epoch) FROM audit.state"))


@dataclass
class Pair:
    """Two workers of one log, whose guard they share, and a watch for both."""

    one: Sequencer
    two: Sequencer
    watch: Watch


async def pair(worker: Database) -> Pair:
    watch, guard, trail = Watch(), MemoryGuard(), await new_trail(worker)
    made = [await new_sequencer(worker, guard=guard, trail=trail, patience=2 * SECOND, elapsed=watch) for _ in range(2)]
    return Pair(made[0], made[1], watch)


async def test_one_leads_as_long_as_it_works(database: ScratchDatabase, api: Database, worker: Database) -> None:
    trail, workers = await new_trail(api), await pair(worker)
    for _ in range(10):
        await write(api, trail, 3)
        assert await seal(worker, by=workers.one) == 3
        assert await seal(worker, by=workers.two) == 0
        assert await sign(worker, by=workers.two) is None
        assert await sign(worker, by=workers.one) is not None
        workers.watch.seconds += 1
    assert (workers.one.leads, workers.two.leads) == (True, False)
    assert await epoch(database) == 1


@pytest.mark.parametrize("undone", ["seal", "sign"])
async def test_who_lets_work_lie_still_is_succeeded(
    database: ScratchDatabase, api: Database, worker: Database, undone: str
) -> None:
    trail, workers = await new_trail(api), await pair(worker)
    await write(api, trail)
    assert await seal(worker, by=workers.one) == 1
    if undone == "seal":
        await sign(worker, by=workers.one)
        await write(api, trail, 2)
    for seconds in (0, 1.9):
        workers.watch.seconds = seconds
        assert await seal(worker, by=workers.two) == 0
        assert not workers.two.leads
    workers.watch.seconds = 2.0
    assert await seal(worker, by=workers.two) == (2 if undone == "seal" else 0)
    assert workers.two.leads
    assert await sign(worker, by=workers.two) == (3 if undone == "seal" else 1)
    assert await epoch(database) == 2


async def test_who_was_succeeded_hears_it_once_and_waits_for_its_turn(api: Database, worker: Database) -> None:
    trail, workers = await new_trail(api), await pair(worker)
    await seal(worker, by=workers.one)
    await write(api, trail)
    await seal(worker, by=workers.two)
    workers.watch.seconds = 2.0
    assert await seal(worker, by=workers.two) == 1
    await write(api, trail)
    with pytest.raises(Conflict) as deposed:
        await seal(worker, by=workers.one)
    assert deposed.value.code == "sequencer_deposed"
    assert await seal(worker, by=workers.one) == 0
    assert await seal(worker, by=workers.two) == 1


@pytest.mark.parametrize("step", [seal, sign])
async def test_who_opens_the_first_shard_or_takes_over_leads_at_once(
    api: Database, worker: Database, step: Callable[..., Awaitable[object]]
) -> None:
    trail, workers = await new_trail(api), await pair(worker)
    await step(worker, by=workers.one)
    assert workers.one.leads
    await write(api, trail)
    await step(worker, by=workers.two)
    workers.watch.seconds = 2.0
    await step(worker, by=workers.two)
    assert workers.two.leads
    await write(api, trail)
    assert await seal(worker, by=workers.two) > 0


async def test_who_fails_to_commit_has_not_led(api: Database, worker: Database) -> None:
    trail, one = await new_trail(api), await new_sequencer(worker)
    await write(api, trail)

    async def fail() -> None:
        async with worker.write() as session:
            assert await one.seal(session, now=NOW) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert not one.leads
    assert await seal(worker, by=one) == 1
