"""Second looks: a wave waits for its sample, a random share is judged again, and what falls is recalled."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from registry.domain.filings import Event
from registry.domain.staff import Role
from registry.policies import load
from registry.services.reports import second_looks
from tests.api.test_integrity import as_worker
from tests.databases import ScratchDatabase
from tests.filings import token
from tests.reporting import Desk, Town, town
from tests.staffing import hire, make_staff, session_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


async def post(place: Town, headers: dict[str, str], path: str, body: dict[str, Any] | None = None) -> httpx.Response:
    return await place.api.client.post(path, json=body, headers=headers)


async def flood(place: Town, desk: Desk, many: int) -> list[str]:
    """File so many reports in a wave: the member filed enough this week already that each of them waits."""
    member_id, today = desk.platform.member.id, place.clock().date()
    await place.execute("INSERT INTO filing_day VALUES ($1, $2, 20)", member_id, today)
    return [
        await desk.filed(reference=f"RMA-{number}", event=Event(tokens=(token("event", number),)))
        for number in range(1, many + 1)
    ]


async def test_a_wave_waits_until_its_sample_is_judged_and_the_rest_follows(place: Town) -> None:
    alpha = await place.desk("Alpha")
    wave = await flood(place, alpha, 7)
    for report_id in wave:
        await place.serve(report_id)
    await place.pass_days(8)
    assert {await alpha.state(report_id) for report_id in wave} == {"notice_window"}
    reviewer = await make_staff(place.api, Role.REVIEWER)
    held = (await place.api.client.get("/v1/held-reports", headers=reviewer)).json()["reports"]
    assert {one["report_id"] for one in held} == set(wave)
    (brake,) = {one["brake_id"] for one in held}
    early = await post(place, reviewer, f"/v1/held-reports/{wave[0]}:release")
    assert (early.status_code, early.json()["code"]) == (409, "hold_not_sampled")
    drawn = await post(place, reviewer, f"/v1/brakes/{brake}:draw")
    sample = [one["report_id"] for one in drawn.json()["reports"]]
    assert (len(sample), set(sample) <= set(wave)) == (5, True)
    again = await post(place, reviewer, f"/v1/brakes/{brake}:draw")
    assert (again.status_code, again.json()["code"]) == (409, "brake_drawn")
    shown = await place.api.client.get(f"/v1/held-reports/{sample[0]}", headers=reviewer)
    assert (shown.json()["state"], shown.json()["statement"].count(".")) == ("notice_window", 2)
    for report_id in sample:
        assert (await post(place, reviewer, f"/v1/held-reports/{report_id}:release")).status_code == 200
    settled = await post(place, reviewer, f"/v1/held-reports/{sample[0]}:release")
    assert (settled.status_code, settled.json()["code"]) == (409, "hold_settled")
    await place.work()
    assert {await alpha.state(report_id) for report_id in wave} == {"active"}


async def test_one_refusal_and_each_of_the_wave_is_judged_by_itself(place: Town) -> None:
    alpha = await place.desk("Alpha")
    wave = await flood(place, alpha, 6)
    reviewer = await make_staff(place.api, Role.REVIEWER)
    (brake,) = {row["id"] for row in await place.rows("SELECT id FROM brake")}
    drawn = await post(place, reviewer, f"/v1/brakes/{brake}:draw")
    first, *_ = sample = [one["report_id"] for one in drawn.json()["reports"]]
    (left_out,) = set(wave) - set(sample)
    why = {"note": "The label is a filter of the platform itself.", "false_report": True}
    refused = await post(place, reviewer, f"/v1/held-reports/{first}:refuse", why)
    assert (refused.status_code, refused.json()["verdict"]) == (200, "refused"), refused.text
    assert await alpha.state(first) == "overturned"
    found = await place.rows("SELECT kind, source_id FROM integrity_finding")
    assert [tuple(row) for row in found] == [("MI-01", UUID(first))]
    for report_id in (*sample[1:], left_out):
        done = await post(place, reviewer, f"/v1/held-reports/{report_id}:release")
        assert (done.status_code, done.json()["sampled"]) == (200, True), done.text


async def drawn_report(place: Town, desk: Desk) -> str:
    """Let a report count, and be drawn for a second look."""
    report_id = await desk.filed()
    await place.serve(report_id)
    await place.pass_days(7)
    place.clock.pass_days(7)
    for _ in range(3):
        await as_worker(place, second_looks.draw, policies=load())
    week = (place.clock() - timedelta(days=place.clock().weekday() + 7)).date()
    await place.execute(
        "INSERT INTO readjudication (report_id, week, drawn_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        *(UUID(report_id), week, place.clock()),
    )
    return report_id


async def test_a_second_look_that_overturns_recalls_the_report_and_counts_against_its_group(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await drawn_report(place, alpha)
    assert (await beta.query("phone", "national_id"))["score"] > 0
    one, other = await hire(place.api, Role.REVIEWER), await make_staff(place.api, Role.REVIEWER)
    mine, path = await session_of(one), f"/v1/readjudications/{report_id}"
    listed = (await place.api.client.get("/v1/readjudications", headers=mine)).json()["reports"]
    assert [row["report_id"] for row in listed] == [report_id]
    verdict = {"result": "overturned", "note": "The manifest does not bear it out."}
    not_mine = await post(place, mine, f"{path}:judge", verdict)
    assert (not_mine.status_code, not_mine.json()["code"]) == (403, "readjudication_not_yours")
    case = await post(place, mine, f"{path}:claim")
    assert (case.status_code, case.json()["category"]) == (200, "FR-01"), case.text
    taken = await post(place, other, f"{path}:claim")
    assert (taken.status_code, taken.json()["code"]) == (409, "readjudication_claimed")
    done = await post(place, mine, f"{path}:judge", verdict)
    assert done.status_code == 200, done.text
    late = await post(place, mine, f"{path}:judge", verdict)
    assert (late.status_code, late.json()["code"]) == (409, "readjudication_judged")
    assert await alpha.state(report_id) == "overturned"
    assert (await beta.query("phone", "national_id"))["score"] == 0
    (recall,) = (await beta.get("/v1/recalls")).json()["recalls"]
    assert (recall["report_id"], recall["change"]) == (report_id, "removed")
    place.clock.pass_days(1)
    await place.work()
    reports = (await alpha.get("/v1/integrity")).json()["reports"]
    assert (reports["sampled"], reports["failed"]) == (1, 1)


async def test_whoever_had_to_do_with_a_report_takes_no_second_look(place: Town) -> None:
    alpha = await place.desk("Alpha")
    report_id = await drawn_report(place, alpha)
    who = await hire(place.api, Role.REVIEWER)
    await place.execute(
        "INSERT INTO report_hold (report_id, supervised, held_at, sampled, verdict, settled_by, settled_at)"
        " VALUES ($1, true, $3, true, 'released', $2, $3)",
        *(UUID(report_id), who.staff_id, place.clock()),
    )
    refused = await post(place, await session_of(who), f"/v1/readjudications/{report_id}:claim")
    assert (refused.status_code, refused.json()["code"]) == (403, "touched_before")
    unknown = await post(place, await session_of(who), f"/v1/readjudications/{uuid4()}:claim")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "readjudication_unknown")


async def test_an_upheld_one_stays_and_the_seed_of_its_week_is_published(place: Town) -> None:
    alpha = await place.desk("Alpha")
    report_id = await drawn_report(place, alpha)
    (row,) = await place.rows(f"SELECT week FROM readjudication WHERE report_id = '{report_id}'")  # noqa: S608 - ours
    week = row["week"].isoformat()

    async def seeds() -> set[str]:
        answer = await place.api.client.get("/v1/transparency")
        return {one["week"] for one in answer.json()["second_look_seeds"]}

    assert week not in await seeds()
    reviewer = await make_staff(place.api, Role.REVIEWER)
    await post(place, reviewer, f"/v1/readjudications/{report_id}:claim")
    verdict = {"result": "upheld", "note": "The manifest bears it out."}
    assert (await post(place, reviewer, f"/v1/readjudications/{report_id}:judge", verdict)).status_code == 200
    assert await alpha.state(report_id) == "active"
    assert week in await seeds()
