"""My file: what each proof shows and what it does not, who looked, why the score is what it is."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from registry import keys
from registry.domain.filings import Event
from registry.store import subject_records
from registry_formats import cfr1
from tests.databases import ScratchDatabase
from tests.filings import filing, token
from tests.reporting import Desk, Town, town
from tests.subjecting import by_link, identifiers, ids, person, proof, served

pytestmark = pytest.mark.anyio
CONTACTS = ("phone", "email", "national_id")


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


async def link_to(desk: Desk, report_id: str) -> httpx.Response:
    return await desk.post("/v1/subject-links", {"report_id": report_id})


async def entries(place: Town, action: str) -> list[str]:
    rows = await place.rows("SELECT action, purpose, outcome FROM audit.entry ORDER BY t_ms, writer_id, writer_seq")
    assert all(row["purpose"] == "Q4" for row in rows if row["action"].startswith("subject."))
    return [row["outcome"] for row in rows if row["action"] == action]


async def test_a_phone_alone_shows_that_a_record_is_there_and_how_to_say_not_mine(place: Town) -> None:
    report_id = await (await place.desk("Alpha")).filed(identifiers=identifiers(*CONTACTS))
    await served(place, report_id)
    who = await person(place, "phone")
    found = await who.file()
    assert found["records"] == [
        {
            "report_id": report_id,
            "sight": "linked",
            "matched": ["phone"],
            "appeal": {"possible": True, "grounds": ["G02"]},
            "details": None,
        }
    ]
    assert (found["score"], found["band"], found["permitted_actions"], found["more_linked"]) == (0, "none", [], True)
    for refused in (await who.get("looks"), await who.get("explain")):
        assert (refused.status_code, refused.json()["code"]) == (403, "second_contact_needed")
    refused = await who.put("statement", {"text": "Not me.", "report_id": report_id})
    assert (refused.status_code, refused.json()["code"]) == (403, "second_contact_needed")
    unknown = await who.put("statement", {"text": "Not me.", "report_id": str(uuid4())})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "record_unknown")


async def test_a_second_contact_shows_only_the_records_that_bear_it(place: Town) -> None:
    alpha = await place.desk("Alpha")
    mine = await alpha.filed(reference="RMA-1", identifiers=identifiers(*CONTACTS))
    # The number belonged to somebody else, whose e-mail address this is not.
    theirs = await alpha.filed(
        reference="RMA-2",
        claim_ref="A" * 43,
        identifiers=(*identifiers("phone"), *identifiers("email", "national_id", number=2)),
    )
    for report_id in (mine, theirs):
        await place.serve(report_id)
    await place.pass_days(7)
    who = await person(place, "phone", "email")
    shown = {one["report_id"]: one for one in (await who.file())["records"]}
    assert {report_id: one["sight"] for report_id, one in shown.items()} == {mine: "details", theirs: "linked"}
    details = shown[mine]["details"]
    assert details["member"] == "Alpha"
    assert details["facts"] == list(filing().facts)
    assert (details["state"], details["severity"], details["category"]) == ("active", "S2", "FR-01")
    assert (details["ends_on"], details["evidence"], details["own_member_only"]) == ("2028-10-20", ["E2", "E4"], False)
    assert details["category_name"] == "AI-generated damage image or video"
    zh = await place.api.client.get("/v1/me/file", headers=who.headers | {"Accept-Language": "zh"})
    assert "AI" in {one["report_id"]: one for one in zh.json()["records"]}[mine]["details"]["category_name"]
    assert (await who.get("looks")).json()["withheld"] is True
    assert await entries(place, "subject.file") == ["answered"] * 2
    stranger = await person(place, "email", number=9)
    assert (await stranger.file())["records"] == []


async def test_a_number_whose_term_is_over_touches_nothing(place: Town) -> None:
    report_id = await (await place.desk("Alpha")).filed(identifiers=identifiers("phone", "national_id"))
    await served(place, report_id)
    who = await person(place, "phone")
    assert ids(await who.file()) == {UUID(report_id)}
    place.clock.pass_days(340)  # twelve months after it was last known to be theirs
    assert ids(await who.file()) == set()


async def test_a_members_link_opens_its_own_record_once_and_is_a_look_that_names_it(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    one = await alpha.filed(reference="RMA-1", identifiers=identifiers(*CONTACTS))
    await beta.filed(identifiers=identifiers(*CONTACTS), event=filing().event, claim_ref="A" * 43)
    foreign = await link_to(beta, one)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "report_unknown")
    issued = await link_to(alpha, one)
    assert issued.status_code == 201
    who = await by_link(place, issued.json()["secret"])
    assert (who.session["kinds"], who.session["linked"]) == ([], one)
    (record,) = (await who.file())["records"]
    assert (record["report_id"], record["sight"], record["details"]["member"]) == (one, "details", "Alpha")
    for refused in (
        await who.get("looks"),
        await who.get("explain"),
        await who.get("statement"),
        await who.get("freeze"),
        await who.post("freeze", {"kind": "PV-03"}),
        await who.put("statement", {"text": "It was broken.", "report_id": one}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "contact_needed")
    again = await place.api.client.post("/v1/me/sessions:link", json={"secret": issued.json()["secret"]})
    assert (again.status_code, again.json()["code"]) == (401, "subject_link_refused")
    # Nothing was served by it, and the person finds the look, with the member's name.
    assert (await place.rows("SELECT served_at FROM report WHERE served_at IS NOT NULL")) == []
    assert await entries(place, "subject_link.open") == ["opened"]
    contact = await person(place, "phone", "email")
    looks = (await contact.get("looks")).json()["looks"]
    (opened,) = [look for look in looks if look["org"]["detail"]["action"] == "subject_link.open"]
    assert opened["content"]["detail"]["link_issuer"] == str(alpha.platform.member.id)
    # With a contact proved as well, the same session sees the other record too.
    assert (await who.post("sessions:widen", proof(place.relay, "email"))).status_code == 200
    assert len((await who.file())["records"]) == 2


async def test_an_old_link_opens_nothing(place: Town) -> None:
    alpha = await place.desk("Alpha")
    issued = (await link_to(alpha, await alpha.filed())).json()
    await place.execute("UPDATE subject_link SET expires_at = created_at")
    answer = await place.api.client.post("/v1/me/sessions:link", json={"secret": issued["secret"]})
    assert (answer.status_code, answer.json()["code"]) == (401, "subject_link_refused")


async def test_who_looked_is_listed_with_what_was_told(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    await served(place, await alpha.filed(identifiers=identifiers(*CONTACTS)))
    told = await beta.query("phone")
    await beta.query("national_id", claim=2)
    who = await person(place, "phone", "email")
    page = (await who.get("looks")).json()
    assert page["withheld"] is False
    # The newest is one's own; of the others only those at a proved contact.
    mine = [look for look in page["looks"] if look["member"] and look["member"]["name"] == "Beta"]
    (look,) = mine
    assert (look["purpose"], look["legal_basis"]) == ("Q1", "open_claim")
    assert look["content"]["detail"]["answer"]["query_id"] == told["query_id"]
    first = (await who.get("looks?limit=1")).json()
    assert len(first["looks"]) == 1
    assert first["next_cursor"]


async def test_an_explanation_sums_up_and_says_what_would_change_it(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    first = await alpha.filed(identifiers=identifiers(*CONTACTS))
    second = await beta.filed(identifiers=identifiers(*CONTACTS), event=Event((token("event", 2),)), claim_ref="A" * 43)
    for report_id in (first, second):
        await place.serve(report_id)
    await place.pass_days(40)
    who = await person(place, "phone", "email")
    told = (await who.get("explain")).json()
    gamma = await place.desk("Gamma")
    assert told["score"] == (await gamma.query("phone", "email"))["score"] > 0
    assert sum(one["points"] for one in told["records"]) == told["score"]
    assert sum(one["points"] for one in told["conduct"]) == told["score"]
    for one in told["records"]:
        otherwise = one["what_if"]
        assert 0 < otherwise["without"] < told["score"]
        assert otherwise["repaid"] == told["score"]
        assert otherwise["after_end"] == 0
        assert (otherwise["ends_on"], otherwise["rehabilitation_on"]) == ("2028-10-20", "2027-10-21")
    file = await who.file()
    assert {one["report_id"]: one["details"]["points"] for one in file["records"]} == {
        one["report_id"]: one["points"] for one in told["records"]
    }
    assert (file["score"], file["band"]) == (told["score"], told["band"])


async def test_a_colluders_phone_beside_a_victims_national_id_stays_at_guarded(place: Town) -> None:
    """Two groups conspire and answer their own notices; whoever asks about the victim is told `guarded` at most."""
    conspirators = [await place.desk(name) for name in ("Alpha", "Beta")]
    colluder, victim = identifiers("phone", number=2), identifiers("national_id", "payment")
    reports = [
        await desk.filed(
            reference=f"RMA-{number}-{turn}",
            claim_ref=f"{number}{turn}" + "A" * 41,
            identifiers=(*colluder, *victim),
            event=Event((token("event", 10 * number + turn + 5),)),
        )
        for number, desk in enumerate(conspirators)
        for turn in range(3)
    ]
    for report_id in reports:
        await place.serve(report_id, number=2)
    await place.pass_days(40)
    who = await person(place, "phone", number=2)
    async with place.api.owner.write() as session:
        pepper = keys.load(place.api.settings.keys_path, []).peppers[1]
        stored = cfr1.stored(pepper, cfr1.parse(token("phone", 2)))
        for report_id in reports:
            await subject_records.add_answers(session, UUID(report_id), [stored], at=place.clock())
    assert {one["sight"] for one in (await who.file())["records"]} == {"linked"}
    gamma = await place.desk("Gamma")
    told = await gamma.query("national_id", "payment")
    assert (told["band"], told["score"]) == ("guarded", 499)
    assert "M05" in told["mitigating"]
    # Had the answers been the victim's own, the same evidence would be severe.
    async with place.api.owner.write() as session:
        own = cfr1.stored(pepper, cfr1.parse(token("national_id")))
        for report_id in reports:
            await subject_records.add_answers(session, UUID(report_id), [own], at=place.clock())
    assert (await gamma.query("national_id", "payment", claim=2))["band"] == "severe"
