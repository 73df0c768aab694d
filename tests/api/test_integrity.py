"""Conduct of members: what follows by rule is applied, enforced, told, shown, and lifted by two."""

from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from registry.api.standing import Standing
from registry.domain.access import Caller
from registry.domain.events import Act
from registry.domain.ids import MemberIntegrity
from registry.domain.staff import Role
from registry.errors import Denied
from registry.policies import load
from registry.services import integrity
from registry.store import integrity as store
from registry.store.database import Database
from registry.store.integrity import Found
from tests.databases import ScratchDatabase
from tests.filings import filing
from tests.reporting import Desk, Town, payload, town
from tests.staffing import make_staff

pytestmark = pytest.mark.anyio
MI = MemberIntegrity


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


async def as_worker(place: Town, round_: Callable[..., Coroutine[Any, Any, int]], **more: Any) -> int:  # noqa: ANN401 - arguments of a round
    """Do one round of a duty, with the worker's rights."""
    worker = Database(place.database.url("registry_worker"), pool_size=1)
    act = Act(place.clock(), "worker", operator="worker")
    try:
        async with worker.write() as session:
            return await round_(session, act=act, trail=place.api.trail, **more)
    finally:
        await worker.close()


async def apply(place: Town) -> int:
    return await as_worker(place, integrity.apply, policies=load())


async def find(
    place: Town, desk: Desk, kind: MemberIntegrity, *, days_ago: int = 0, source: UUID | None = None
) -> bool:
    """Record a finding."""
    now = place.clock()
    member_id = desk.platform.member.id
    found = Found(uuid4(), member_id, kind, now - timedelta(days=days_ago), "appeal", source or uuid4(), now)
    async with place.api.owner.write() as session:
        return await store.add_finding(session, found)


async def own(desk: Desk) -> dict[str, Any]:
    answer = await desk.get("/v1/integrity")
    assert answer.status_code == 200, answer.text
    seen: dict[str, Any] = answer.json()
    return seen


async def ask(desk: Desk) -> httpx.Response:
    body = {"purpose": "Q1", "claim_ref": "A" * 43, "identifiers": [{"kind": "phone", "tokens": [token()]}]}
    return await desk.api.client.post("/v1/scores:query", json=body, headers=await desk.platform.headers())


def token() -> str:
    return str(filing().identifiers[0].tokens[0])


async def test_a_query_without_a_claim_suspends_queries_until_two_supervisors_lift_it(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    assert await find(place, alpha, MI.QUERY_WITHOUT_CLAIM, source=(source := uuid4()))
    assert not await find(place, alpha, MI.QUERY_WITHOUT_CLAIM, source=source)
    assert (await apply(place), await apply(place)) == (1, 0)
    # The first request reads the short list of those who are barred; it stands for three seconds.
    refused = await ask(alpha)
    assert (refused.status_code, refused.json()["code"]) == (403, "queries_suspended")
    assert (await ask(beta)).status_code == 200
    (sanction,) = (await own(alpha))["sanctions"]
    assert (sanction["sanction"], sanction["ended_at"]) == ("query_suspended", None)
    assert [one["kind"] for one in (await own(alpha))["findings"]] == ["MI-02"]
    assert (await own(beta))["sanctions"] == []

    one, other = await make_staff(place.api, Role.SUPERVISOR), await make_staff(place.api, Role.SUPERVISOR)
    path = f"/v1/sanctions/{sanction['sanction_id']}"
    client = place.api.client
    assert [row["member_id"] for row in (await client.get("/v1/sanctions", headers=one)).json()["sanctions"]] == [
        str(alpha.platform.member.id)
    ]
    early = await client.post(f"{path}:lift", headers=one)
    assert (early.status_code, early.json()["code"]) == (409, "lift_not_proposed")
    why = {"reason": "The claim was opened after all."}
    assert (await client.post(f"{path}:propose-lift", json=why, headers=one)).status_code == 200
    alone = await client.post(f"{path}:lift", headers=one)
    assert (alone.status_code, alone.json()["code"]) == (403, "lift_same_person")
    lifted = await client.post(f"{path}:lift", headers=other)
    assert lifted.status_code == 200, lifted.text
    late = await client.post(f"{path}:lift", headers=other)
    assert (late.status_code, late.json()["code"]) == (409, "sanction_ended")
    # What it rested on is no ground for another one; a new finding is.
    assert await apply(place) == 0
    assert await may_query(place, alpha)
    place.clock.pass_days(1)
    await find(place, alpha, MI.FALSE_REPORT)
    assert await apply(place) == 1
    assert not await may_query(place, alpha)
    outcomes = await place.rows("SELECT outcome FROM audit.entry WHERE action LIKE 'sanction.query%' ORDER BY t_ms")
    assert sorted(row["outcome"] for row in outcomes) == ["begun", "begun", "lift_proposed", "lifted"]


async def may_query(place: Town, desk: Desk) -> bool:
    """Tell whether a list that is read now bars the member."""
    member = desk.platform.member
    who = Caller(member.id, member.group_id, frozenset(), "cn", desk.platform.kid)
    standing = Standing(place.api.owner)
    await standing.check(who)
    try:
        standing.check_query(who)
    except Denied:
        return False
    return True


async def test_three_late_answers_put_filing_under_supervision_for_as_long_as_the_rule_says(place: Town) -> None:
    alpha = await place.desk("Alpha")
    for days in (1, 2, 88):
        await find(place, alpha, MI.LATE_ANSWER, days_ago=days)
    assert await apply(place) == 1
    filed = await alpha.post("/v1/reports", {"statement": alpha.sign(payload(filing()))})
    report_id = filed.json()["report_id"]
    assert (await alpha.get(f"/v1/reports/{report_id}")).json()["held"] is True
    await place.serve(report_id)
    await place.pass_days(8)
    assert await alpha.state(report_id) == "notice_window"
    # Ninety days after the first of them the rule holds no more.
    assert (await apply(place), await apply(place)) == (1, 0)
    reviewer = await make_staff(place.api, Role.REVIEWER)
    (held,) = (await place.api.client.get("/v1/held-reports", headers=reviewer)).json()["reports"]
    assert (held["report_id"], held["supervised"], held["sampled"]) == (report_id, True, True)
    done = await place.api.client.post(f"/v1/held-reports/{report_id}:release", headers=reviewer)
    assert (done.status_code, done.json()["verdict"]) == (200, "released")
    await place.work()
    assert await alpha.state(report_id) == "active"


async def test_what_auditors_sign_off_as_a_claim_not_opened_becomes_a_finding_once(place: Town) -> None:
    alpha = await place.desk("Alpha")
    await alpha.query("phone")
    (entry,) = await place.rows("SELECT id FROM audit.entry WHERE action = 'score.query'")
    who, now = uuid4(), place.clock()
    await place.execute(
        "INSERT INTO audit.sample VALUES ($1, $1, 'log', 1, $2, 1, '{}', 'Q5', 'a round', $3)", who, bytes(32), now
    )
    await place.execute("INSERT INTO audit.sample_item VALUES ($1, 0, 0, $2)", who, entry["id"])
    await place.execute("INSERT INTO audit.finding VALUES ($1, $1, 0, $1, 'claim_missing', '', $2)", who, now)
    assert await as_worker(place, integrity.hear_auditors) == 0  # not signed off yet
    await place.execute("INSERT INTO audit.sign_off VALUES ($1, $1, '', $2)", who, now)
    assert await as_worker(place, integrity.hear_auditors) == 1
    assert await as_worker(place, integrity.hear_auditors) == 0
    (found,) = (await own(alpha))["findings"]
    assert (found["kind"], found["source"], found["source_id"]) == ("MI-02", "audit_item", str(who))
    assert await apply(place) == 1
