"""Details are judged while the log lives: an erasure at work is no alarm, and nothing broken stops the check."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from registry_formats.openings import GroupState
from tests.databases import ScratchDatabase
from tests.erasing import OTHER, PERSON, Office, office
from tests.logbook import superuser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(database: ScratchDatabase) -> AsyncIterator[Office]:
    async with office(database) as one:
        yield one


async def test_a_check_during_an_erasure_raises_no_alarm(desk: Office) -> None:
    entries = [entry for _ in range(4) for entry in await desk.look(PERSON, count=300)]
    await desk.approved(entries[0].id)
    checks = [asyncio.create_task(desk.verdict()) for _ in range(4)]
    await desk.finish()
    for found in [await check for check in checks]:
        assert (found.faults, found.kept) == ([], [])
    assert len((await desk.verdict()).shredded) == len(entries)


async def test_a_leaf_that_is_none_is_a_mismatch_and_the_rest_is_judged(desk: Office) -> None:
    (broken,), (whole,) = await desk.look(PERSON), await desk.look(OTHER)
    for leaf in (b"", b"\xff" * 168):
        async with superuser(desk.scratch) as connection:
            await connection.execute("UPDATE audit.entry SET leaf = $2 WHERE id = $1", broken.id, leaf)
        found = await desk.verdict()
        assert found.faults == [(broken.id, GroupState.MISMATCH)]
        assert found.states[GroupState.OK] == 4
    assert whole.id != broken.id


async def test_a_tag_left_behind_by_an_erasure_is_named(desk: Office) -> None:
    (entry,) = await desk.look(PERSON)
    await desk.approved(entry.id)
    await desk.finish()
    async with superuser(desk.scratch) as connection:
        await connection.execute("INSERT INTO audit.entry_tag VALUES ($1, $2)", PERSON, entry.id)
    assert (await desk.verdict()).faults == [(entry.id, GroupState.MISMATCH)]
