"""J5: an appeal from claim to recall. A draft that evidence has overtaken is refused; the record dies everywhere."""

from pathlib import Path
from typing import Any

from registry.domain.staff import Role
from tests.hearing import Colleague, Hall
from tests.journeys.courthouse import hold, restrict
from tests.reporting import Desk
from tests.subjecting import Person, identifiers, person

CONTACTS = ("phone", "email")
REASONS = "The carrier's scan shows the box open before delivery."
SCAN = {"sha256": "5c" * 32, "kind": "document", "bytes": 20_000, "media_type": "application/pdf"}


def play(directory: Path) -> None:
    """Overturn a record, and see that nobody who saw it goes on using it."""
    hold(directory, _story)


async def _story(place: Hall) -> None:
    alpha, beta = await place.town.desk("Alpha"), await place.town.desk("Beta")
    record = await place.active(alpha, identifiers=identifiers(*CONTACTS))
    await place.pass_days(30)
    restriction = await restrict(place, beta)
    subject = await person(place.town, *CONTACTS)
    appeal = await _appeal(subject, record)
    assert await _score(beta) == (0, True), "contested: no weight, and the answer says so"
    maker, approver = await place.colleague(Role.OFFICER), await place.colleague(Role.REVIEWER)
    await maker.does(appeal, "claim")
    assert (await place.answer(alpha, appeal)).json()["state"] == "in_review"
    await _decide(appeal, maker, approver, subject)
    await _letter(subject, appeal)
    assert await _score(beta) == (0, False)
    assert (await beta.query(*CONTACTS, claim=9))["band"] == "none"
    await _recalled(place, beta, record, restriction)


async def _appeal(subject: Person, record: str) -> str:
    lodged = await subject.post("appeals", {"report_id": record, "grounds": ["G05"], "text": "It arrived broken."})
    assert lodged.status_code == 201, lodged.text
    told: dict[str, Any] = lodged.json()
    assert (told["state"], told["record_state"]) == ("awaiting_reporter", "disputed")
    return str(told["appeal_id"])


async def _score(beta: Desk) -> tuple[int, bool]:
    answer = await beta.query(*CONTACTS, claim=2)
    return answer["score"], answer["under_dispute"]


async def _decide(appeal: str, maker: Colleague, approver: Colleague, subject: Person) -> None:
    """Draft; put something new forward; see the approval refused; draft anew; let another approve."""
    await maker.does(appeal, "draft", result="upheld", reasons="The label was there.")
    changed = await subject.post(f"appeals/{appeal}:add-evidence", {"evidence": [SCAN]})
    assert changed.json()["state"] == "in_review", changed.text
    refused = await approver.do(appeal, "approve")
    assert (refused.status_code, refused.json()["code"]) == (409, "appeal_draft_void")
    seen = (await maker.case(appeal))["evidence_digest"]
    await maker.does(appeal, "draft", result="overturned", reasons=REASONS, evidence_digest=seen, findings=["MI-01"])
    own = await maker.do(appeal, "approve")
    assert own.status_code == 403, "the maker is not the approver"
    decided = await approver.does(appeal, "approve")
    assert (decided["state"], decided["record_state"]) == ("decided", "overturned")


async def _letter(subject: Person, appeal: str) -> None:
    letters = (await subject.get(f"appeals/{appeal}")).json()["letters"]
    assert [one["kind"] for one in letters] == ["arrival", "admission", "decision"]
    letter = (await subject.get(f"appeals/{appeal}/letters/{letters[-1]['letter_id']}")).json()
    said = [line for part in letter["parts"] for line in part["paragraphs"]]
    assert len(letter["parts"]) == 5
    assert REASONS in said
    assert "Beta must now lift: Human review of each claim" in said


async def _recalled(place: Hall, beta: Desk, record: str, restriction: str) -> None:
    """Hear of it, say so, and lift what rested on it."""
    disputed, removed = (await beta.get("/v1/recalls")).json()["recalls"]
    assert (disputed["change"], disputed["acknowledge_by"]) == ("disputed", None)
    assert (removed["change"], removed["reason"], removed["report_id"]) == ("removed", "overturned", record)
    assert removed["lift"] == [restriction]
    acknowledged = await beta.post(f"/v1/recalls/{removed['recall_id']}:acknowledge", {})
    assert acknowledged.status_code == 200, acknowledged.text
    lifted = await beta.post(f"/v1/outcomes/{restriction}:lift", {"lifted_at": place.town.clock().isoformat()})
    assert lifted.status_code == 200, lifted.text
