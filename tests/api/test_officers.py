"""Appeals over HTTP as officers work on them: who may, who is first, and what voids a draft."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from registry.domain.pillars import Pillar
from registry.domain.staff import Role
from registry.services.appeals.answering import STATEMENT
from tests.databases import ScratchDatabase
from tests.filings import filing, token
from tests.hearing import Colleague, Hall, hall
from tests.logbook import opened as opened_as
from tests.logbook import seal, sign
from tests.running import log_seed

pytestmark = pytest.mark.anyio
REASONS = "The carrier's scan shows the box open before delivery."
PHOTO = {"sha256": "ab" * 32, "kind": "photo", "bytes": 1_000, "media_type": "image/jpeg"}


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Hall]:
    async with hall(database, tmp_path) as found:
        yield found


async def opened(place: Hall) -> str:
    """Lodge an appeal that the member has answered."""
    alpha = await place.town.desk("Alpha")
    appeal_id = await place.lodge(await place.active(alpha))
    assert (await place.answer(alpha, appeal_id)).status_code == 200
    return appeal_id


async def drafted(place: Hall, maker: Colleague, result: str = "overturned") -> str:
    appeal_id = await opened(place)
    await maker.does(appeal_id, "claim")
    await maker.does(appeal_id, "draft", result=result, reasons=REASONS)
    return appeal_id


async def test_of_two_officers_at_once_one_wins(place: Hall) -> None:
    appeal_id = await opened(place)
    ann, bo = [await place.colleague(Role.OFFICER) for _ in range(2)]
    answers = await asyncio.gather(ann.do(appeal_id, "claim"), bo.do(appeal_id, "claim"))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (lost,) = [answer.json()["code"] for answer in answers if answer.status_code == 409]
    assert lost in {"appeal_claimed", "appeal_changed"}
    winner = next(answer.json()["holder"] for answer in answers if answer.status_code == 200)
    assert (await ann.case(appeal_id))["holder"] == winner


async def test_of_two_who_decide_at_once_one_wins(place: Hall) -> None:
    maker, (bo, cy) = await place.colleague(Role.OFFICER), [await place.colleague(Role.REVIEWER) for _ in range(2)]
    appeal_id = await drafted(place, maker)
    digest = (await bo.case(appeal_id))["draft"]["digest"]
    answers = await asyncio.gather(bo.do(appeal_id, "approve", draft_digest=digest), cy.do(appeal_id, "return"))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    steps = [one["step"] for one in (await maker.case(appeal_id))["steps"]]
    assert len([one for one in steps if one in {"approve", "return"}]) == 1


async def test_the_maker_approves_nothing_and_the_attempt_is_kept(place: Hall) -> None:
    maker = await place.colleague(Role.OFFICER, Role.REVIEWER)
    appeal_id = await drafted(place, maker)
    refused = await maker.do(appeal_id, "approve")
    assert (refused.status_code, refused.json()["code"]) == (403, "appeal_second_person")
    assert await place.town.outcomes(9) == ["denied"]
    assert (await maker.case(appeal_id))["state"] == "pending_approval"


async def test_new_evidence_voids_the_draft(place: Hall) -> None:
    maker, approver = await place.colleague(Role.OFFICER), await place.colleague(Role.REVIEWER)
    appeal_id = await drafted(place, maker)
    after = await maker.does(appeal_id, "add-evidence", evidence=[PHOTO])
    assert after["state"] == "in_review"
    refused = await approver.do(appeal_id, "approve")
    assert (refused.status_code, refused.json()["code"]) == (409, "appeal_draft_void")
    blind = await maker.do(appeal_id, "draft", result="overturned", reasons=REASONS)
    assert (blind.status_code, blind.json()["code"]) == (409, "appeal_draft_void")
    assert (await maker.case(appeal_id))["draft"]["void"]
    await maker.does(appeal_id, "draft", result="overturned", reasons=REASONS, evidence_digest=after["evidence_digest"])
    decided = await approver.does(appeal_id, "approve")
    assert (decided["state"], decided["result"], decided["record_state"]) == ("decided", "overturned", "overturned")


async def test_a_letter_is_read_as_json_html_and_pdf(place: Hall) -> None:
    maker, approver = await place.colleague(Role.OFFICER), await place.colleague(Role.REVIEWER)
    appeal_id = await drafted(place, maker)
    await approver.does(appeal_id, "approve")
    letters = (await maker.get(f"/{appeal_id}/letters")).json()["letters"]
    assert [one["kind"] for one in letters] == ["arrival", "admission", "decision"]
    path = f"/{appeal_id}/letters/{letters[-1]['letter_id']}"
    told = (await maker.get(path)).json()
    assert told["subject"] == "Decision on your appeal: the record has been removed"
    assert len(told["parts"]) == 5
    html = await maker.get(f"{path}/html")
    assert REASONS.replace("'", "&#39;") in html.text
    drawn = await maker.get(f"{path}/pdf")
    assert (drawn.headers["content-type"], drawn.content[:5]) == ("application/pdf", b"%PDF-")
    assert (await maker.get(f"/{appeal_id}/letters/{appeal_id}")).status_code == 404


async def test_the_queue_says_what_is_due_first_page_by_page(place: Hall) -> None:
    ann, supervisor = await place.colleague(Role.OFFICER), await place.colleague(Role.SUPERVISOR)
    alpha = await place.town.desk("Alpha")
    first = await place.lodge(await place.active(alpha))
    beta = await place.town.desk("Beta")
    second = await place.lodge(await place.active(beta))
    page = (await ann.get("?tab=unclaimed&limit=1")).json()
    assert [one["appeal_id"] for one in page["appeals"]] == [first]
    rest = (await ann.get(f"?tab=unclaimed&cursor={page['next_cursor']}")).json()
    assert ([one["appeal_id"] for one in rest["appeals"]], rest["next_cursor"]) == ([second], None)
    await supervisor.does(first, "assign", staff_id=str(ann.staff_id))
    assert [one["appeal_id"] for one in (await ann.get("?tab=mine")).json()["appeals"]] == [first]
    unfit = await supervisor.do(second, "assign", staff_id=str(supervisor.staff_id))
    assert (unfit.status_code, unfit.json()["code"]) == (409, "appeal_unfit")


async def test_each_side_reads_what_is_meant_for_it(place: Hall) -> None:
    alpha, officer = await place.town.desk("Alpha"), await place.colleague(Role.OFFICER)
    other = await place.town.desk("Beta")
    appeal_id = await place.lodge(await place.active(alpha))
    await officer.does(appeal_id, "remark", text="Ask the carrier.")
    await officer.does(appeal_id, "remark", text="Please send the scan.", visible_to=["member"])
    await place.answer(alpha, appeal_id, evidence=[PHOTO])
    told = (await alpha.get(f"/v1/appeals/{appeal_id}")).json()
    assert [one["text"] for one in told["thread"]] == [
        "The vase arrived broken.",
        "Please send the scan.",
        "The label was there.",
    ]
    assert told["thread"][-1]["statement_sha256"]
    assert told["evidence"][0]["sha256"] == PHOTO["sha256"]
    assert told["letters"] == []
    assert len((await officer.case(appeal_id))["thread"]) == 4
    assert (await other.get(f"/v1/appeals/{appeal_id}")).json()["code"] == "appeal_unknown"
    assert [one["appeal_id"] for one in (await alpha.get("/v1/appeals")).json()["appeals"]] == [appeal_id]
    assert (await other.get("/v1/appeals")).json()["appeals"] == []


async def test_an_answer_is_signed_by_its_member_for_this_appeal(place: Hall) -> None:
    alpha = await place.town.desk("Alpha")
    appeal_id = await place.lodge(await place.active(alpha))
    elsewhere = alpha.sign({"appeal_id": str(UUID(int=1)), "answer": "accurate"}, typ=STATEMENT)
    refused = await alpha.post(f"/v1/appeals/{appeal_id}:answer", {"statement": elsewhere})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/appeal_id")
    as_report = alpha.sign({"appeal_id": appeal_id, "answer": "accurate"})
    wrong = await alpha.post(f"/v1/appeals/{appeal_id}:answer", {"statement": as_report})
    assert wrong.status_code == 422
    beta = await place.town.desk("Beta")
    assert (await place.answer(beta, appeal_id)).status_code == 404
    assert (await place.answer(alpha, appeal_id)).json()["state"] == "in_review"


async def test_second_instance_has_three_seats_and_the_vote_in_the_middle_decides(place: Hall) -> None:
    maker, approver = await place.colleague(Role.OFFICER), await place.colleague(Role.REVIEWER)
    supervisor = await place.colleague(Role.SUPERVISOR)
    alpha = await place.town.desk("Alpha")
    appeal_id = await place.lodge(await place.active(alpha))
    await place.answer(alpha, appeal_id)
    await maker.does(appeal_id, "claim")
    await maker.does(appeal_id, "draft", result="overturned", reasons=REASONS)
    await approver.does(appeal_id, "approve")
    asked = await alpha.post(f"/v1/appeals/{appeal_id}:ask-second-instance", {})
    assert asked.json()["state"] == "second_instance", asked.text
    panel = [await place.colleague(Role.PANEL) for _ in range(3)]
    for seat, person in zip(("consumer", "merchant", "neutral"), panel, strict=True):
        await supervisor.does(appeal_id, "seat", seat=seat, staff_id=str(person.staff_id))
    for person, result in zip(panel, ("upheld", "overturned", "upheld"), strict=True):
        last = await person.does(appeal_id, "vote", result=result, reasons="We looked again.")
    assert (last["state"], last["result"], last["record_state"]) == ("decided", "upheld", "active")
    assert (await alpha.get(f"/v1/reports/{last['report_id']}")).json()["revisions"][-1]["change"] == "reinstated"
    again = await alpha.post(f"/v1/appeals/{appeal_id}:ask-second-instance", {})
    assert again.status_code in {403, 409}


async def test_the_page_shows_what_was_filed_on_what_proof_and_to_what_effect(place: Hall) -> None:
    ann = await place.colleague(Role.OFFICER)
    alpha = await place.town.desk("Alpha")
    report_id = await place.active(alpha)
    appeal_id = await place.lodge(report_id)
    case = await ann.case(appeal_id)
    filed = case["filing"]
    assert (filed["facts"], filed["amount"]["minor"]) == (list(filing().facts), 128_000)
    assert [one["class"] for one in filed["evidence"]] == ["E2", "E4"]
    assert [one["sha256"] for one in filed["evidence"]] == [one.sha256 for one in filing().evidence]
    assert {one["kind"] for one in filed["identifiers"]} == {"phone", "national_id"}
    assert token("phone") not in str(case)
    assert {one["pillar"] for one in case["pillars"] if one["met"]} == set(Pillar)
    effect = case["effect"]
    assert (effect["now"]["score"], effect["removed"]["score"]) == (0, 0)
    looks = await place.town.rows("SELECT purpose FROM audit.entry WHERE action = 'appeal.filing_read'")
    assert [row["purpose"] for row in looks] == ["Q3"]
    beta = await place.town.desk("Beta")
    await place.answer(alpha, appeal_id, "withdraw")
    assert (await beta.query("phone", "national_id"))["score"] == 0
    assert (await ann.case(appeal_id))["effect"]["upheld"]["score"] == 0
    assert effect["upheld"]["score"] > 0


async def test_the_page_traces_the_case_to_the_signed_tree(place: Hall) -> None:
    ann = await place.colleague(Role.OFFICER)
    appeal_id = await opened(place)
    before = (await ann.case(appeal_id))["trace"]
    assert {one["index"] for one in before} == {one["checkpoint_size"] for one in before} == {None}
    async with opened_as(place.town.database, "registry_worker") as worker:
        await seal(worker)
        sealed = (await ann.case(appeal_id))["trace"]
        size = await sign(worker, seed=log_seed(place.town.api))
    covered = (await ann.case(appeal_id))["trace"]
    assert [one["entry_id"] for one in covered[: len(before)]] == [one["entry_id"] for one in before]
    assert all(one["index"] is not None and one["checkpoint_size"] is None for one in sealed[: len(before)])
    assert {one["checkpoint_size"] for one in covered[: len(before)]} == {size}
    told = [one["action"] for one in covered]
    assert {"appeal.lodged", "appeal.admitted", "appeal.answered", "appeal.letter", "report.disputed"} <= set(told)
    assert (told[-2:], covered[-1]["index"]) == (["appeal.read", "appeal.filing_read"], None)
    steps = [one["entry_id"] for one in (await ann.case(appeal_id))["steps"]]
    assert set(steps) <= {one["entry_id"] for one in covered}


async def test_once_the_record_has_ended_the_steps_are_all_that_is_left(place: Hall) -> None:
    ann = await place.colleague(Role.OFFICER)
    alpha = await place.town.desk("Alpha")
    appeal_id = await place.lodge(await place.active(alpha))
    await place.answer(alpha, appeal_id, "withdraw")
    await place.pass_days(800)
    case = await ann.case(appeal_id)
    assert (case["filing"], case["pillars"], case["record_state"]) == (None, [], "expired")
    assert [one["entry_id"] for one in case["trace"]] == [one["entry_id"] for one in case["steps"]]


async def test_what_comes_from_outside_is_applied_by_another(place: Hall) -> None:
    one, other = [await place.colleague(Role.OFFICER) for _ in range(2)]
    appeal_id = await opened(place)
    await one.does(appeal_id, "record-external", result="overturned")
    assert (await one.do(appeal_id, "apply-external")).json()["code"] == "appeal_second_person"
    applied = await other.does(appeal_id, "apply-external")
    assert (applied["state"], applied["record_state"]) == ("closed_external", "overturned")


def test_the_docs_name_every_step_that_officers_take() -> None:
    paths = (Path(__file__).parents[2] / "docs" / "openapi.json").read_text()
    steps = set(re.findall(r"/v1/officers/appeals/{appeal_id}(:[a-z-]+)", paths))
    docs = (Path(__file__).parents[2] / "docs" / "appeals.md").read_text()
    assert len(steps) == 15
    assert steps <= set(re.findall(r"`(:[a-z-]+)`", docs))
