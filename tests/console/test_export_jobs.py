"""Exports in the auditors' console: ordered, written by a worker, seen to grow, fetched whole, and destroyed."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from registry.api.export_rounds import ExportRounds
from registry.clock import real_time
from registry.domain.export_jobs import ATTEMPTS, KEPT, LEASE
from registry.domain.staff import Role
from registry.services.auditing import export_jobs
from tests.browsing import signed_in
from tests.console.auditors import REASON, Desk, at_desk, writing
from tests.databases import ScratchDatabase
from tests.exporting import Unpacked
from tests.logbook import superuser
from tests.running import log_seed

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Desk]:
    async with at_desk(database, tmp_path) as ready:
        yield ready


async def change(desk: Desk, how: str, *given: object) -> None:
    """Let time pass for exports."""
    async with superuser(desk.asker.database) as connection:
        await connection.execute(f"UPDATE audit.export_job SET {how}", *given)  # noqa: S608 - our own words


async def left(desk: Desk) -> tuple[int, int]:
    """Count the chunks and the keys that are kept."""
    async with superuser(desk.asker.database) as connection:
        chunks = await connection.fetchval("SELECT count(*) FROM audit.export_chunk")
        wrapped = await connection.fetchval("SELECT count(wrapped_key) FROM audit.export_job")
    return int(chunks), int(wrapped)


async def forgotten(rounds: ExportRounds) -> None:
    """Destroy all that is over."""
    for _ in range(5):
        async with rounds.office.writes.write() as session:
            if not await export_jobs.forget(session, now=real_time()):
                return
    pytest.fail("there is no end to it")


async def test_an_export_is_ordered_written_found_again_fetched_and_destroyed(desk: Desk) -> None:
    page = await desk.order(action="score.query", format="csv")
    here = page.answer.url.path
    assert "It waits for the worker." in page.text
    # Without a script the page loads itself anew; the script asks for less.
    assert '<noscript><meta http-equiv="refresh"' in page.answer.text
    assert (await desk.browser.client.get(f"{here}/file")).status_code == 404
    async with writing(desk) as rounds:
        assert await rounds.round()
        assert not await rounds.round()
        # The tab was closed meanwhile.
        again = await desk.open("/exports")
        assert here in again.links
        done = await desk.browser.open(here)
        assert "It is whole." in done.text
        assert "refresh" not in done.answer.text
        answer = await desk.browser.client.get(f"{here}/file")
        assert answer.headers["content-disposition"].startswith('attachment; filename="audit-export-')
        assert len(answer.content) == int(answer.headers["content-length"])
        taken = Unpacked.read(answer.content)
        taken.verify(seed=log_seed(desk.asker.api))
        assert len(taken.rows) == 1
        assert f"/console/audit/entries/{taken.manifest.export_id}" in done.links
        assert taken.manifest.reason == REASON["reason"]
        for action in ("audit.export_order", "audit.export", "audit.export_closed", "audit.export_taken"):
            assert await desk.traces(action) == 1, action
        async with signed_in(desk.asker.api, Role.AUDITOR) as other:
            await other.send(await other.open("/console/audit"), "/reason", **REASON)
            for path in (here, f"{here}/file"):
                assert (await other.open(path)).status == 404
            assert here not in (await other.open("/console/audit/exports")).links
        await desk.send(done, "/drop")
        assert (await desk.browser.client.get(f"{here}/file")).status_code == 404
        await forgotten(rounds)
    assert await left(desk) == (0, 0)
    assert "The file is destroyed." in (await desk.browser.open(here)).text


async def test_what_nobody_fetched_goes_after_a_day_and_two_are_as_many_as_one_may_have(desk: Desk) -> None:
    await desk.order()
    await desk.order()
    third = await desk.order()
    assert (third.status, "As many exports as may be" in third.text) == (409, True)
    async with writing(desk) as rounds:
        assert await rounds.round()
        chunks, wrapped = await left(desk)
        assert (chunks > 0, wrapped) == (True, 1)
        await forgotten(rounds)
        assert await left(desk) == (chunks, wrapped)
        await change(desk, "ends_at = finished_at - $1::interval WHERE state = 'done'", KEPT)
        await forgotten(rounds)
    assert await left(desk) == (0, 0)
    assert (await desk.order()).status == 200


async def test_another_worker_begins_anew_where_one_has_died_and_not_for_ever(desk: Desk) -> None:
    here = (await desk.order()).answer.url.path
    async with writing(desk) as rounds:
        writes, audits = rounds.office.writes, rounds.office.desk
        async with writes.write() as session:
            dead = await export_jobs.take(session, now=real_time(), desk=audits)
        assert dead is not None
        told = export_jobs.Told(dead.job.id, 9, 4, 4, 40)
        async with writes.write() as session:
            await export_jobs.keep(session, dead, told, [b"half of it"], now=real_time())
        half = await desk.browser.open(here)
        assert "4 of 9 entries looked at, 4 rows written." in half.text
        assert not await rounds.round()
        await change(desk, "beat_at = beat_at - $1::interval", LEASE)
        assert await rounds.round()
        with pytest.raises(Exception, match="export_step_refused"):
            async with writes.write() as session:
                await export_jobs.keep(session, dead, told, [b"more of it"], now=real_time())
        Unpacked.read((await desk.browser.client.get(f"{here}/file")).content).verify(seed=log_seed(desk.asker.api))
        last = (await desk.order()).answer.url.path
        await change(
            desk,
            "state = 'running', attempt = $1, beat_at = asked_at - $2::interval WHERE state = 'waiting'",
            *(ATTEMPTS, LEASE),
        )
        assert not await rounds.round()
    assert "again and again" in (await desk.browser.open(last)).text


async def test_what_is_too_large_is_refused_and_not_cut(desk: Desk) -> None:
    here = (await desk.order()).answer.url.path
    async with writing(desk, most=1_000) as rounds:
        assert await rounds.round()
    failed = await desk.browser.open(here)
    assert "larger than what is kept here" in failed.text
    assert (await desk.browser.client.get(f"{here}/file")).status_code == 404
    assert await left(desk) == (0, 0)
    async with superuser(desk.asker.database) as connection:
        kept = await connection.fetchval("SELECT filter FROM audit.export_job")
    assert json.loads(kept) == {}
