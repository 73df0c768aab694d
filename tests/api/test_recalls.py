"""Whoever was told of a record hears that it changed or went, misses none, and sees only its own."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from registry.domain.filings import Money
from tests.databases import ScratchDatabase
from tests.reporting import Desk, Town, town

pytestmark = pytest.mark.anyio

BOTH = ("phone", "national_id")


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


async def active(place: Town, desk: Desk) -> str:
    report_id = await desk.filed()
    await place.serve(report_id)
    await place.pass_days(7)
    return report_id


async def test_a_reader_follows_the_feed_and_misses_nothing(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await active(place, alpha)
    await beta.query(*BOTH)
    empty = (await beta.get("/v1/recalls")).json()
    assert (empty["recalls"], empty["next_cursor"]) == ([], None)
    # All at one instant of the clock: the feed orders them all the same.
    for amount in (120_000, 110_000, 100_000):
        assert (await alpha.amend(report_id, amount=Money(amount, "CNY"))).status_code == 200
    await alpha.post(f"/v1/reports/{report_id}:withdraw", {"reason": "settled"})
    seen: list[tuple[int, str]] = []
    path = "/v1/recalls?limit=1"
    while (page := (await beta.get(path)).json())["recalls"]:
        seen += [(one["revision"], one["change"]) for one in page["recalls"]]
        path = f"/v1/recalls?limit=1&since={page['next_cursor']}"
    assert seen == [(2, "amended"), (3, "amended"), (4, "amended"), (5, "removed")]
    assert path.endswith(page["next_cursor"])


async def test_a_record_nobody_saw_is_taken_back_in_silence(place: Town) -> None:
    alpha = await place.desk("Alpha")
    report_id = await active(place, alpha)
    await alpha.post(f"/v1/reports/{report_id}:withdraw", {"reason": "mistake"})
    assert await place.rows("SELECT 1 FROM recall") == []
    assert await place.outcomes(12) == []


async def test_a_member_hears_once_however_often_it_looked(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await active(place, alpha)
    for claim in range(3):
        await beta.query(*BOTH, claim=claim)
    await alpha.post(f"/v1/reports/{report_id}:withdraw", {"reason": "mistake"})
    assert len((await beta.get("/v1/recalls")).json()["recalls"]) == 1


async def test_whoever_reads_while_a_record_is_taken_back_is_told(place: Town) -> None:
    alpha = await place.desk("Alpha")
    others = [await place.desk(f"Member {number}") for number in range(5)]
    report_id = await active(place, alpha)
    await asyncio.gather(
        *(other.query(*BOTH, claim=claim) for claim in range(2) for other in others),
        alpha.post(f"/v1/reports/{report_id}:withdraw", {"reason": "mistake"}),
        *(other.query(*BOTH, claim=claim) for claim in range(2, 4) for other in others),
    )
    told = {row["member_id"] for row in await place.rows("SELECT DISTINCT member_id FROM disclosure")}
    recalled = {row["member_id"] for row in await place.rows("SELECT member_id FROM recall")}
    assert recalled == told
    assert await alpha.state(report_id) == "withdrawn"


async def test_the_log_says_who_was_told_without_saying_whom_it_is_about(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await active(place, alpha)
    await beta.query(*BOTH)
    await alpha.post(f"/v1/reports/{report_id}:withdraw", {"reason": "mistake"})
    assert await place.outcomes(12) == ["removed"]
    tags = await place.rows(
        "SELECT count(*) AS n FROM audit.entry_tag JOIN audit.entry ON id = entry_id WHERE type = 12"
    )
    assert tags[0]["n"] == 2
