"""J6: a member does not answer an appeal. It is reminded, the record is withdrawn, and all who saw it are told."""

from pathlib import Path

from tests.hearing import Hall
from tests.journeys.courthouse import hold
from tests.reporting import Desk
from tests.subjecting import Person, identifiers, person

CONTACTS = ("phone", "email")


def play(directory: Path) -> None:
    """Let a deadline pass."""
    hold(directory, _story)


async def _story(place: Hall) -> None:
    alpha, beta = await place.town.desk("Alpha"), await place.town.desk("Beta")
    added = await alpha.post("/v1/webhooks", {"url": "http://alpha.test/hook", "events": []})
    assert added.status_code == 201, added.text
    record = await place.active(alpha, identifiers=identifiers(*CONTACTS))
    assert (await beta.query(*CONTACTS))["score"] > 0
    subject = await person(place.town, *CONTACTS)
    lodged = await subject.post("appeals", {"report_id": record, "grounds": ["G05"], "text": "It arrived broken."})
    appeal = str(lodged.json()["appeal_id"])
    await _reminded(place, record)
    assert await alpha.state(record) == "disputed"
    await place.pass_days(2)
    report = (await alpha.get(f"/v1/reports/{record}")).json()
    assert (report["state"], report["state_reason"]) == ("withdrawn", "unverified")
    await _everybody_is_told(place, beta, subject, appeal)
    late = await place.answer(alpha, appeal)
    assert (late.status_code, late.json()["code"]) == (409, "appeal_step_refused")


async def _reminded(place: Hall, record: str) -> None:
    """Pass nine days, a day at a time: the last whole one before the deadline."""
    for _ in range(9):
        await place.pass_days(1)
    assert [one["report_id"] for one in await place.webhooks("appeal.answer_due")] == [record]
    reminders = await place.town.rows("SELECT hours FROM appeal_reminder WHERE step = 'miss_answer'")
    assert [row["hours"] for row in reminders] == [72]


async def _everybody_is_told(place: Hall, beta: Desk, subject: Person, appeal: str) -> None:
    answer = await beta.query(*CONTACTS, claim=2)
    assert (answer["score"], answer["band"], answer["under_dispute"]) == (0, "none", False)
    recalls = (await beta.get("/v1/recalls")).json()["recalls"]
    assert [(one["change"], one["reason"]) for one in recalls] == [("disputed", None), ("removed", "unverified")]
    told = (await subject.get(f"appeals/{appeal}")).json()
    assert (told["state"], told["result"], told["letters"][-1]["kind"]) == ("decided", "withdrawn", "decision")
    (decided,) = await place.webhooks("appeal.decided")
    assert decided["result"] == "withdrawn"
    findings = await place.town.rows("SELECT kind FROM integrity_finding")
    assert [row["kind"] for row in findings] == ["MI-03"]
