"""Whoever was told of a record hears that it changed or went, misses none, and sees only its own."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from registry.domain.filings import Money
from tests.databases import ScratchDatabase
from tests.filings import token
from tests.logbook import seal, sign
from tests.reporting import Desk, Town, town
from tests.running import log_seed

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


async def recalled(place: Town, *readers: Desk) -> str:
    """Let readers see a record that is taken back; return the id of the last one's recall."""
    alpha = await place.desk("Alpha")
    report_id = await active(place, alpha)
    for reader in readers:
        await reader.query(*BOTH)
    await alpha.post(f"/v1/reports/{report_id}:withdraw", {"reason": "mistake"})
    (recall,) = (await readers[-1].get("/v1/recalls")).json()["recalls"]
    return str(recall["recall_id"])


async def pass_hours(place: Town, hours: int) -> None:
    place.clock.now += timedelta(hours=hours)
    await place.work()


async def asked(place: Town, desk: Desk) -> tuple[int, str]:
    """Ask, once the log has caught up with the clock and the list of the silent was read again."""
    for put in (seal, sign):
        await put(place.api.owner, seed=log_seed(place.api), now=place.clock())
    await place.api.look_anew()
    question = {
        "purpose": "Q1",
        "claim_ref": "A" * 43,
        "identifiers": [{"kind": "phone", "tokens": [token("phone")]}],
    }
    answer = await desk.api.client.post("/v1/scores:query", json=question, headers=await desk.platform.headers())
    return answer.status_code, answer.json().get("code", "")


async def steps(place: Town) -> list[tuple[str, timedelta]]:
    """List the steps taken, in order, with how late each was."""
    rows = await place.rows("SELECT step, at - due_at AS late FROM recall_step ORDER BY due_at, step")
    return [(row["step"], row["late"]) for row in rows]


async def test_what_must_be_acknowledged_says_until_when(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await active(place, alpha)
    await beta.query(*BOTH)
    await alpha.amend(report_id, amount=Money(100_000, "CNY"))
    await alpha.post(f"/v1/reports/{report_id}:withdraw", {"reason": "settled"})
    amended, removed = (await beta.get("/v1/recalls")).json()["recalls"]
    assert (amended["acknowledge_by"], amended["acknowledged_at"], amended["lift"]) == (None, None, [])
    hours = datetime.fromisoformat(removed["acknowledge_by"]) - datetime.fromisoformat(removed["created_at"])
    assert hours == timedelta(hours=24)


async def test_a_recall_is_acknowledged_once_by_its_own_member(place: Town) -> None:
    beta, gamma = await place.desk("Beta"), await place.desk("Gamma")
    recall_id = await recalled(place, beta)
    refused = await gamma.post(f"/v1/recalls/{recall_id}:acknowledge", {})
    assert (refused.status_code, refused.json()["code"]) == (404, "recall_unknown")
    first = await beta.post(f"/v1/recalls/{recall_id}:acknowledge", {})
    assert first.status_code == 200
    assert datetime.fromisoformat(first.json()["acknowledged_at"]) == place.clock()
    place.clock.now += timedelta(hours=1)
    again = await beta.post(f"/v1/recalls/{recall_id}:acknowledge", {})
    assert again.json() == first.json()
    assert await place.outcomes(12) == ["removed", "acknowledged"]
    await pass_hours(place, 100)
    assert await steps(place) == []


async def test_silence_alerts_after_a_day_and_stops_queries_after_three(place: Town) -> None:
    beta = await place.desk("Beta")
    await beta.post("/v1/webhooks", {"url": "http://beta.test/hook", "events": ["member.warning"]})
    recall_id = await recalled(place, beta)
    await pass_hours(place, 23)
    assert await steps(place) == []
    await pass_hours(place, 1)
    assert await steps(place) == [("alert", timedelta(0))]
    assert (await asked(place, beta))[0] == 200
    await pass_hours(place, 48)
    assert await steps(place) == [("alert", timedelta(0)), ("suspend", timedelta(0))]
    assert await asked(place, beta) == (403, "recalls_unacknowledged")
    assert (await place.outcomes(12))[1:] == ["recall_unacknowledged", "queries_suspended"]
    warnings = await place.rows("SELECT data FROM webhook_message WHERE event = 'member.warning' ORDER BY created_at")
    assert [json.loads(row["data"]) for row in warnings] == [
        {"code": code, "recall_id": recall_id} for code in ("recall_unacknowledged", "queries_suspended")
    ]
    await beta.post(f"/v1/recalls/{recall_id}:acknowledge", {})
    assert (await asked(place, beta))[0] == 200


async def test_after_a_standstill_every_missed_step_is_taken_once_and_in_order(place: Town) -> None:
    beta, gamma = await place.desk("Beta"), await place.desk("Gamma")
    recall_id = await recalled(place, beta, gamma)
    place.clock.now += timedelta(hours=30)
    await gamma.post(f"/v1/recalls/{recall_id}:acknowledge", {})
    place.clock.now += timedelta(days=10)
    await asyncio.gather(place.work(), place.work())
    assert [step for step, _ in await steps(place)] == ["alert", "alert", "suspend"]
    told = (await place.outcomes(12))[2:]
    assert told == ["recall_unacknowledged", "recall_unacknowledged", "queries_suspended"]
    assert [row["member_id"] for row in await place.rows(_SUSPENDED)] == [beta.platform.member.id]


_SUSPENDED = "SELECT member_id FROM recall JOIN recall_step ON recall_id = id WHERE step = 'suspend'"
