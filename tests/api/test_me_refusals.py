"""What the rules deny to a person is kept: which rule, to whom, in which capacity; and nothing else of the attempt."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import ScratchDatabase
from tests.reporting import Town, town
from tests.subjecting import by_link, identifiers, person, served

pytestmark = pytest.mark.anyio
DENIED = """
SELECT purpose, outcome, (SELECT count(*) FROM audit.entry_tag WHERE entry_id = entry.id) AS tags
FROM audit.entry WHERE action = 'access.denied' AND type = 9 ORDER BY id
"""


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


async def test_each_denied_attempt_leaves_an_entry_with_the_persons_tags(place: Town) -> None:
    report_id = await (await place.desk("Alpha")).filed(identifiers=identifiers("phone", "email", "national_id"))
    await served(place, report_id)
    who = await person(place, "phone")
    refused = [
        *[await who.get(path) for path in ("looks", "explain", "recalls")],
        await who.put("statement", {"text": "Not me.", "report_id": report_id}),
        await who.post("appeals", {"report_id": report_id, "grounds": ["G05"]}),
    ]
    codes = [answer.json()["code"] for answer in refused]
    assert codes == ["second_contact_needed"] * 4 + ["appeal_ground_unproved"]
    rows = [tuple(row) for row in await place.rows(DENIED)]
    assert rows == [("Q4", "denied", 1)] * 5
    # What was denied did not happen, and leaves no other trace.
    assert await place.rows("SELECT 1 FROM audit.entry WHERE action IN ('subject.looks', 'subject.explain')") == []
    # A refusal shows nothing to anybody, and so is no look.
    looks = (await (await person(place, "phone", "email")).get("looks")).json()["looks"]
    assert all(one["org"]["detail"]["action"] != "access.denied" for one in looks)


async def test_who_comes_by_a_link_is_named_by_its_issuer(place: Town) -> None:
    alpha = await place.desk("Alpha")
    issued = await alpha.post("/v1/subject-links", {"report_id": await alpha.filed()})
    who = await by_link(place, issued.json()["secret"])
    assert (await who.post("freeze", {})).json()["code"] == "contact_needed"
    assert [tuple(row) for row in await place.rows(DENIED)] == [("Q4", "denied", 0)]


async def test_what_is_not_denied_but_unknown_or_wrong_is_no_attempt(place: Town) -> None:
    who = await person(place, "phone", "email")
    assert (await who.post("freeze", {"kind": "PV-09"})).status_code == 422
    assert (
        await who.put("statement", {"text": "Mine.", "report_id": str(who.session["expires_at"])})
    ).status_code == 422
    assert await place.rows(DENIED) == []
