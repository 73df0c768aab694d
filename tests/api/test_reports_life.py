"""The whole life of a report over HTTP, with a clock that moves: served, active, corrected, taken back, ended."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from registry.domain.filings import Identifier, Money, Outcome
from registry.domain.ids import IdentifierKind
from tests.databases import ScratchDatabase
from tests.filings import filing, labelled, token
from tests.reporting import Town, town

pytestmark = pytest.mark.anyio

BOTH = ("phone", "national_id")


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


async def test_a_report_counts_seven_days_after_the_notice_and_is_heard_after_thirty(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await alpha.filed()
    assert (await beta.query(*BOTH))["score"] == 0
    await place.serve(report_id)
    assert await alpha.state(report_id) == "notice_window"
    await place.pass_days(6)
    assert (await beta.query(*BOTH))["score"] == 0
    await place.pass_days(1)
    assert await alpha.state(report_id) == "active"
    fresh = await beta.query(*BOTH)
    assert (fresh["band"], fresh["groups"], fresh["match_strength"]) == ("guarded", 1, "proven")
    assert "M05" in fresh["mitigating"]
    await place.pass_days(23)
    assert "M05" not in (await beta.query(*BOTH))["mitigating"]


async def test_a_report_nobody_could_be_told_of_lapses_after_thirty_days(place: Town) -> None:
    alpha = await place.desk("Alpha")
    report_id = await alpha.filed()
    await place.pass_days(29)
    assert await alpha.state(report_id) == "submitted"
    await place.pass_days(1)
    shown = (await alpha.get(f"/v1/reports/{report_id}")).json()
    assert (shown["state"], shown["state_reason"]) == ("withdrawn", "unserved")
    assert [one["change"] for one in shown["revisions"]] == ["filed", "withdrawn"]


async def test_withdrawing_reaches_whoever_saw_it_and_nobody_else(place: Town) -> None:
    alpha, beta, gamma = [await place.desk(name) for name in ("Alpha", "Beta", "Gamma")]
    report_id = await alpha.filed()
    await place.serve(report_id)
    await place.pass_days(7)
    await beta.query(*BOTH)
    answer = await alpha.post(f"/v1/reports/{report_id}:withdraw", {"reason": "subject_is_victim"})
    assert (answer.status_code, answer.json()["state"], answer.json()["revision"]) == (200, "withdrawn", 2)
    (recall,) = (await beta.get("/v1/recalls")).json()["recalls"]
    assert (recall["report_id"], recall["change"], recall["reason"]) == (report_id, "removed", "subject_is_victim")
    assert (await gamma.get("/v1/recalls")).json()["recalls"] == []
    assert (await beta.query(*BOTH, claim=2))["score"] == 0
    assert await place.outcomes(12) == ["removed"]
    again = await alpha.post(f"/v1/reports/{report_id}:withdraw", {"reason": "mistake"})
    assert (again.status_code, again.json()["code"]) == (409, "report_step_refused")


async def test_a_correction_lessens_is_a_revision_and_is_told(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await alpha.filed()
    await place.serve(report_id)
    await place.pass_days(7)
    await beta.query(*BOTH)
    less = await alpha.amend(report_id, amount=Money(100_000, "CNY"))
    assert (less.status_code, less.json()["revision"], less.json()["state"]) == (200, 2, "active"), less.text
    assert (await alpha.get(f"/v1/reports/{report_id}")).json()["amount"]["minor"] == 100_000
    (recall,) = (await beta.get("/v1/recalls")).json()["recalls"]
    assert (recall["change"], recall["revision"]) == ("amended", 2)
    more = await alpha.amend(report_id, amount=Money(128_000, "CNY"))
    assert (more.status_code, more.json()["errors"]) == (
        409,
        [{"pointer": "/amount", "code": "amendment_raises_amount"}],
    )
    shown = (await alpha.get(f"/v1/reports/{report_id}")).json()
    assert [one["change"] for one in shown["revisions"]] == ["filed", "amended"]
    assert shown["revisions"][0]["statement_sha256"] != shown["revisions"][1]["statement_sha256"]


async def test_an_identifier_taken_back_matches_nobody_any_more(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    email = Identifier(IdentifierKind.EMAIL, (token("email"),))
    phone, national_id = filing().identifiers
    report_id = await alpha.filed(identifiers=(phone, national_id, email))
    await place.serve(report_id)
    await place.pass_days(7)
    assert (await beta.query("email"))["matched"] == ["email"]
    assert (await alpha.amend(report_id, identifiers=(phone, national_id))).status_code == 200
    assert (await beta.query("email", claim=2))["matched"] == []
    assert (await beta.query("national_id", claim=3))["matched"] == ["national_id"]
    alone = await alpha.amend(report_id, identifiers=(phone,))
    assert alone.json()["errors"] == [{"pointer": "/identifiers", "code": "phone_alone"}]
    back = await alpha.amend(report_id, identifiers=(phone, national_id, email))
    assert back.json()["errors"] == [{"pointer": "/identifiers", "code": "amendment_adds_identifier"}]


async def test_the_contact_that_was_told_cannot_be_taken_back(place: Town) -> None:
    alpha = await place.desk("Alpha")
    email = Identifier(IdentifierKind.EMAIL, (token("email"),))
    phone, national_id = filing().identifiers
    report_id = await alpha.filed(identifiers=(phone, national_id, email))
    await place.serve(report_id, "phone")
    answer = await alpha.amend(report_id, identifiers=(national_id, email))
    assert answer.json()["errors"] == [{"pointer": "/identifiers", "code": "amendment_removes_served"}]


async def test_another_order_or_act_is_no_correction(place: Town) -> None:
    alpha = await place.desk("Alpha")
    report_id = await alpha.filed()
    answer = await alpha.amend(report_id, reference="RMA-2", act_ended_on=date(2026, 10, 19))
    assert answer.status_code == 409
    assert {one["code"] for one in answer.json()["errors"]} == {"amendment_not_allowed"}
    assert len(await place.rows("SELECT 1 FROM report_revision")) == 1


async def test_repayment_is_marked_once_and_lessens(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await alpha.filed()
    await place.serve(report_id)
    await place.pass_days(7)
    path = f"/v1/reports/{report_id}:mark-repaid"
    for day in ("2026-10-19", "2026-11-30"):
        early = await alpha.post(path, {"repaid_on": day})
        assert (early.status_code, early.json()["code"]) == (409, "repaid_on_refused")
    assert (await alpha.post(path, {"repaid_on": "2026-11-25"})).status_code == 200
    assert "M02" in (await beta.query(*BOTH))["mitigating"]
    again = await alpha.post(path, {"repaid_on": "2026-11-26"})
    assert (again.status_code, again.json()["code"]) == (409, "report_repaid")


async def test_a_small_repaid_case_is_seen_by_its_own_member_alone(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await alpha.filed(amount=Money(9_900, "CNY"), outcome=Outcome.CLAIM_REFUSED)
    await place.serve(report_id)
    await place.pass_days(7)
    shown = (await alpha.get(f"/v1/reports/{report_id}")).json()
    assert (shown["severity"], shown["own_only"]) == ("S1", True)
    assert (await alpha.query(*BOTH))["score"] > 0
    nothing = await beta.query(*BOTH)
    assert (nothing["score"], nothing["matched"], nothing["groups"]) == (0, [], 0)
    told = await place.rows("SELECT DISTINCT member_id FROM disclosure")
    assert [row["member_id"] for row in told] == [alpha.platform.member.id]


async def test_two_members_that_report_one_order_tell_of_one_event(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    first, second = await alpha.filed(), await beta.filed()
    rows = await place.rows("SELECT DISTINCT event_id FROM report")
    assert [str(row["event_id"]) for row in rows] == [first]
    for report_id in (first, second):
        await place.serve(report_id)
    await place.pass_days(7)
    assert (await beta.query(*BOTH))["groups"] == 1


async def test_the_end_destroys_whom_it_was_about_and_tells_whoever_saw_it(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await alpha.filed(evidence=(labelled(), *filing().evidence[1:]))
    await place.serve(report_id)
    await place.pass_days(7)
    await beta.query(*BOTH)
    last_day = date(2028, 10, 19)
    await place.pass_days((last_day - place.clock().date()).days)
    assert await alpha.state(report_id) == "active"
    await place.pass_days(1)
    shown = (await alpha.get(f"/v1/reports/{report_id}")).json()
    assert (shown["state"], shown["state_reason"]) == ("expired", "active")
    (row,) = await place.rows("SELECT wrapped_key, claim_ref FROM report")
    assert (row["wrapped_key"], row["claim_ref"]) == (None, None)
    assert await place.rows("SELECT 1 FROM report_identity UNION ALL SELECT 1 FROM report_event") == []
    recalls = (await beta.get("/v1/recalls")).json()["recalls"]
    assert [(one["change"], one["reason"]) for one in recalls] == [("removed", "expired")]
    assert (await beta.query(*BOTH, claim=2))["score"] == 0
    assert (await alpha.amend(report_id)).json()["code"] == "report_step_refused"


async def test_a_standstill_of_sixty_days_is_caught_up_with(place: Town) -> None:
    alpha = await place.desk("Alpha")
    served, unserved = await alpha.filed(reference="RMA-1"), await alpha.filed(reference="RMA-2")
    small = await alpha.filed(reference="RMA-3", amount=Money(9_900, "CNY"), outcome=Outcome.CLAIM_REFUSED)
    for report_id in (served, small):
        await place.serve(report_id)
    place.clock.pass_days(160)
    assert await place.work() >= 3
    assert [await alpha.state(one) for one in (served, unserved, small)] == ["active", "withdrawn", "expired"]
    assert await place.work() == 0
    place.clock.now += timedelta(minutes=11)
    assert await place.work() == 2  # groups counted again, Alpha's and the relay's


async def test_time_leaves_its_trace(place: Town) -> None:
    alpha = await place.desk("Alpha")
    report_id = await alpha.filed()
    place.clock.now += timedelta(seconds=1)
    await place.serve(report_id)
    await place.pass_days(7)
    assert (await place.outcomes(2)) == ["filed", "served", "active"]
