"""What members did about answers: measured, kept, lifted, and named by the recall of what it rested on."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
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


def resting_on(answer: dict[str, Any], place: Town, **changes: object) -> dict[str, Any]:
    good = {
        "claim_ref": answer["claim_ref"],
        "query_id": answer["query_id"],
        "action": "A1",
        "taken_at": place.clock().isoformat(),
    }
    return good | changes


async def take(desk: Desk, body: dict[str, Any], key: str | None = None) -> httpx.Response:
    return await desk.post("/v1/outcomes", body, key)


async def restrict(place: Town, desk: Desk, answer: dict[str, Any], action: str = "A3") -> str:
    done = await take(desk, resting_on(answer, place, action=action))
    assert done.status_code == 201, done.text
    return str(done.json()["outcome_id"])


async def test_an_action_is_recorded_once_and_shown_to_its_member_alone(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    await active(place, alpha)
    answer = await beta.query(*BOTH)
    assert answer["permitted_actions"][:1] == ["A1"]
    body, key = resting_on(answer, place), str(uuid4())
    first, again = await take(beta, body, key), await take(beta, body, key)
    assert (first.status_code, first.json()["flags"], first.json()["must_lift"]) == (201, [], False)
    assert again.json() == first.json()
    (shown,) = (await beta.get("/v1/outcomes")).json()["outcomes"]
    assert shown == {name: value for name, value in first.json().items() if name != "livemode"}
    assert (await alpha.get("/v1/outcomes")).json()["outcomes"] == []


async def test_what_the_answer_did_not_permit_is_recorded_and_flagged(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    await active(place, alpha)
    answer = await beta.query(*BOTH)
    assert "A4" not in answer["permitted_actions"]
    done = await take(beta, resting_on(answer, place, action="A4"))
    assert (done.status_code, done.json()["flags"]) == (201, ["beyond_answer", "period"])
    assert (await place.outcomes(4))[-1] == "flagged"


async def test_an_answer_that_told_nothing_permits_nothing(place: Town) -> None:
    beta = await place.desk("Beta")
    answer = await beta.query(*BOTH)
    done = await take(beta, resting_on(answer, place))
    assert (done.status_code, done.json()["flags"]) == (201, ["beyond_answer"])


async def test_an_action_rests_on_an_own_answer_for_its_own_claim(place: Town) -> None:
    alpha, beta, gamma = await place.desk("Alpha"), await place.desk("Beta"), await place.desk("Gamma")
    await active(place, alpha)
    answer, other = await beta.query(*BOTH), await beta.query(*BOTH, claim=2)
    for desk, claim_ref in ((gamma, answer["claim_ref"]), (beta, other["claim_ref"]), (beta, "A" * 43)):
        refused = await take(desk, resting_on(answer, place, claim_ref=claim_ref))
        assert (refused.status_code, refused.json()["code"]) == (404, "outcome_answer_unknown")


@pytest.mark.parametrize(("days", "ends"), [(1, None), (-1, None), (0, -1)])
async def test_an_action_lies_between_its_answer_and_now(place: Town, days: int, ends: int | None) -> None:
    beta = await place.desk("Beta")
    answer = await beta.query(*BOTH)
    at = place.clock() + timedelta(days=days)
    end = None if ends is None else (at + timedelta(days=ends)).isoformat()
    refused = await take(beta, resting_on(answer, place, taken_at=at.isoformat(), ends_at=end))
    assert (refused.status_code, refused.json()["code"]) == (409, "outcome_time_refused")


async def test_a_restriction_is_lifted_once(place: Town) -> None:
    beta = await place.desk("Beta")
    outcome_id = await restrict(place, beta, await beta.query(*BOTH))
    now = place.clock().isoformat()
    lifted = await beta.post(f"/v1/outcomes/{outcome_id}:lift", {"lifted_at": now})
    assert (lifted.status_code, lifted.json()["outcome_id"]) == (200, outcome_id)
    assert datetime.fromisoformat(lifted.json()["lifted_at"]) == place.clock()
    again = await beta.post(f"/v1/outcomes/{outcome_id}:lift", {"lifted_at": now})
    assert (again.status_code, again.json()["code"]) == (409, "outcome_not_in_force")
    (shown,) = (await beta.get("/v1/outcomes")).json()["outcomes"]
    assert shown["lifted_at"] == lifted.json()["lifted_at"]


async def test_nobody_lifts_what_others_did(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    outcome_id = await restrict(place, beta, await beta.query(*BOTH))
    refused = await alpha.post(f"/v1/outcomes/{outcome_id}:lift", {"lifted_at": place.clock().isoformat()})
    assert (refused.status_code, refused.json()["code"]) == (404, "outcome_unknown")


async def test_a_list_is_read_page_by_page(place: Town) -> None:
    beta = await place.desk("Beta")
    answer = await beta.query(*BOTH)
    made = [await restrict(place, beta, answer) for _ in range(3)]
    first = (await beta.get("/v1/outcomes?limit=2")).json()
    second = (await beta.get(f"/v1/outcomes?limit=2&cursor={first['next_cursor']}")).json()
    listed = [one["outcome_id"] for page in (first, second) for one in page["outcomes"]]
    assert (sorted(listed), second["next_cursor"]) == (sorted(made), None)


async def lifts(place: Town) -> list[tuple[str, str]]:
    rows = await place.rows("SELECT recall_id, outcome_id FROM recall_lift ORDER BY outcome_id")
    return [(str(row["recall_id"]), str(row["outcome_id"])) for row in rows]


async def withdraw(desk: Desk, report_id: str) -> None:
    assert (await desk.post(f"/v1/reports/{report_id}:withdraw", {"reason": "mistake"})).status_code == 200


async def test_a_recall_names_what_rests_on_the_record_and_still_restricts(place: Town) -> None:
    alpha, beta, gamma = await place.desk("Alpha"), await place.desk("Beta"), await place.desk("Gamma")
    report_id = await active(place, alpha)
    await beta.post("/v1/webhooks", {"url": "http://beta.test/hook"})
    answer = await beta.query(*BOTH)
    asked = await take(beta, resting_on(answer, place))
    review, over = await restrict(place, beta, answer), await restrict(place, beta, answer)
    await beta.post(f"/v1/outcomes/{over}:lift", {"lifted_at": place.clock().isoformat()})
    await restrict(place, gamma, await gamma.query("email"))
    await withdraw(alpha, report_id)
    (recall,) = (await beta.get("/v1/recalls")).json()["recalls"]
    assert await lifts(place) == [(recall["recall_id"], review)]
    shown = (await beta.get("/v1/outcomes")).json()["outcomes"]
    named = {one["outcome_id"]: one["must_lift"] for one in shown}
    assert named == {asked.json()["outcome_id"]: False, review: True, over: False}
    (message,) = await place.rows("SELECT data FROM webhook_message WHERE event = 'restriction.lift_required'")
    assert json.loads(message["data"]) == {"action": "A3", "outcome_id": review, "recall_id": recall["recall_id"]}


async def test_an_action_recorded_after_the_recall_is_named_at_once(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await active(place, alpha)
    answer = await beta.query(*BOTH)
    await withdraw(alpha, report_id)
    (recall,) = (await beta.get("/v1/recalls")).json()["recalls"]
    done = (await take(beta, resting_on(answer, place, action="A3"))).json()
    assert (done["must_lift"], await lifts(place)) == (True, [(recall["recall_id"], done["outcome_id"])])
    assert not (await take(beta, resting_on(answer, place))).json()["must_lift"]


async def test_an_amendment_ends_no_restriction(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await active(place, alpha)
    await restrict(place, beta, await beta.query(*BOTH))
    assert (await alpha.amend(report_id, amount=Money(100_000, "CNY"))).status_code == 200
    assert await lifts(place) == []


async def test_no_action_escapes_a_recall_that_comes_at_the_same_time(place: Town) -> None:
    alpha = await place.desk("Alpha")
    others = [await place.desk(f"Member {number}") for number in range(4)]
    report_id = await active(place, alpha)
    answers = [await other.query(*BOTH) for other in others]
    bodies = [resting_on(answer, place, action="A3") for answer in answers]
    first = asyncio.gather(*(take(desk, body) for desk, body in zip(others[:2], bodies[:2], strict=True)))
    later = asyncio.gather(*(take(desk, body) for desk, body in zip(others[2:], bodies[2:], strict=True)))
    await asyncio.gather(first, withdraw(alpha, report_id), later)
    rows = await place.rows("SELECT id FROM outcome")
    assert {outcome_id for _, outcome_id in await lifts(place)} == {str(row["id"]) for row in rows}
    assert len(rows) == len(others)
