"""A person contests a record: by contact or by link, alone or beside a colluder, from the first word to the letter."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.databases import ScratchDatabase
from tests.reporting import Town, town
from tests.subjecting import Person, by_link, identifiers, person, proof, served

pytestmark = pytest.mark.anyio
CONTACTS = ("phone", "email", "national_id")
SAID = "The vase arrived broken. 有快递的照片。"
PHOTO = b"\xff\xd8\xff\xe0" + b"a vase, broken " * 400


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


async def active(place: Town, **changes: Any) -> str:  # noqa: ANN401 - fields of a filing
    report_id = await (await place.desk("Alpha")).filed(**{"identifiers": identifiers(*CONTACTS)} | changes)
    await served(place, report_id, to="email")
    return report_id


async def lodge(who: Person, report_id: str, *grounds: str, text: str = SAID) -> httpx.Response:
    return await who.post("appeals", {"report_id": report_id, "grounds": list(grounds or ("G05",)), "text": text})


def refused(*answers: httpx.Response) -> set[tuple[int, str]]:
    return {(one.status_code, one.json()["code"]) for one in answers}


async def test_a_contact_that_is_proved_gets_the_record_disputed_at_once(place: Town) -> None:
    report_id = await active(place)
    beta = await place.desk("Beta")
    assert (await beta.query(*CONTACTS))["score"] > 0
    who = await person(place, "phone", "email", capacity="guardian", mandate="parent")
    lodged = await lodge(who, report_id)
    assert lodged.status_code == 201, lodged.text
    appeal = lodged.json()
    assert (appeal["state"], appeal["record_state"], appeal["grounds"]) == ("awaiting_reporter", "disputed", ["G05"])
    told = await beta.query(*CONTACTS, claim=2)
    assert (told["score"], told["under_dispute"]) == (0, True)
    assert refused(await lodge(who, report_id)) <= {(409, "appeal_open"), (409, "appeal_record_refused")}
    (record,) = (await who.file())["records"]
    assert (record["appeal"]["possible"], record["details"]["state"]) == (False, "disputed")
    assert [one["appeal_id"] for one in (await who.get("appeals")).json()["appeals"]] == [appeal["appeal_id"]]
    page = (await who.get(f"appeals/{appeal['appeal_id']}")).json()
    assert [message["text"] for message in page["thread"]] == [SAID]
    assert [one["kind"] for one in page["letters"]] == ["arrival", "admission"]
    letter = (await who.get(f"appeals/{appeal['appeal_id']}/letters/{page['letters'][0]['letter_id']}")).json()
    assert report_id in letter["parts"][0]["paragraphs"][0]
    html = await who.get(f"appeals/{appeal['appeal_id']}/letters/{letter['letter_id']}/html")
    assert (html.headers["content-type"], html.headers["cache-control"]) == ("text/html; charset=utf-8", "no-store")
    assert letter["subject"] in html.text
    path = f"appeals/{appeal['appeal_id']}"
    assert (await who.post(f"{path}:say", {"text": "One more thing."})).status_code == 200
    assert refused(await who.post(f"{path}:reply", {"text": "Asked?"})) == {(409, "appeal_step_refused")}
    assert refused(await who.post(f"{path}:ask-second-instance")) == {(409, "appeal_step_refused")}
    back = await who.post(f"{path}:withdraw")
    assert (back.json()["state"], back.json()["record_state"]) == ("withdrawn_by_subject", "active")
    assert (await beta.query(*CONTACTS, claim=3))["score"] > 0
    # Heard by both contacts of the record that were proved, and by no other.
    kinds = await place.rows(
        "SELECT kind FROM subject_answer JOIN report_identity USING (report_id, stored) ORDER BY kind"
    )
    assert [row["kind"] for row in kinds] == ["email", "phone"]
    assert "M05" not in (await beta.query("email", claim=4))["mitigating"]
    # Each step has an entry that says who took it.
    steps = [row["outcome"] for row in await _noted(place)]
    assert steps == ["lodge", "list", "read", "read", "read", "say", "withdraw"]


async def _noted(place: Town) -> list[Any]:
    rows = await place.rows("SELECT action, outcome, purpose FROM audit.entry ORDER BY t_ms, writer_id, writer_seq")
    return [row for row in rows if row["action"] == "subject.appeal"]


async def test_a_phone_alone_can_only_say_that_it_is_somebody_elses(place: Town) -> None:
    report_id = await active(place)
    phone = await person(place, "phone")
    assert refused(await lodge(phone, report_id)) == {(403, "appeal_ground_unproved")}
    lodged = await lodge(phone, report_id, "G02", text="I have had this number since March.")
    assert lodged.status_code == 201
    assert await place.rows("SELECT * FROM subject_answer") == []
    # Who has a second contact of the record reads that appeal too; a phone does not read theirs.
    both = await person(place, "phone", "email")
    assert len((await both.get("appeals")).json()["appeals"]) == 1
    assert len((await phone.get("appeals")).json()["appeals"]) == 1


async def test_a_colluders_phone_neither_reads_nor_takes_back_what_the_victim_says(place: Town) -> None:
    report_id = await active(place, identifiers=(*identifiers("phone", number=2), *identifiers("email", "national_id")))
    victim, colluder = await person(place, "email"), await person(place, "phone", number=2)
    appeal_id = (await lodge(victim, report_id, "G01")).json()["appeal_id"]
    path = f"appeals/{appeal_id}"
    assert (await colluder.get("appeals")).json()["appeals"] == []
    assert refused(
        await colluder.get(path),
        await colluder.post(f"{path}:withdraw"),
        await colluder.post(f"{path}:say", {"text": "I did it."}),
        await colluder.get(f"{path}/letters/{uuid4()}"),
        await colluder.post(f"{path}:prove"),
        await colluder.get(f"appeals/{uuid4()}"),
        await (await person(place, "email", number=9)).get(path),
    ) == {(404, "appeal_unknown")}
    # Even with an address of one's own: it is not on the record.
    await colluder.post("sessions:widen", proof(place.relay, "email", 3))
    assert refused(await colluder.post(f"{path}:withdraw")) == {(404, "appeal_unknown")}


async def test_a_link_lodges_an_appeal_that_waits_for_a_contact(place: Town) -> None:
    alpha = await place.desk("Mall")
    report_id = await alpha.filed(identifiers=identifiers(*CONTACTS))
    await served(place, report_id)
    secret = (await alpha.post("/v1/subject-links", {"report_id": report_id})).json()["secret"]
    who = await by_link(place, secret)
    lodged = (await lodge(who, report_id)).json()
    assert (lodged["state"], lodged["record_state"]) == ("received", "active")
    path = f"appeals/{lodged['appeal_id']}"
    assert refused(await who.post(f"{path}:prove")) == {(403, "contact_needed")}
    assert refused(await lodge(who, str(uuid4()))) == {(404, "record_unknown")}
    await who.post("sessions:widen", proof(place.relay, "email", 9))
    assert refused(await who.post(f"{path}:prove")) == {(409, "appeal_identity_unproved")}
    await who.post("sessions:widen", proof(place.relay, "email"))
    proved = await who.post(f"{path}:prove")
    assert (proved.json()["state"], proved.json()["record_state"]) == ("awaiting_reporter", "disputed")


async def test_a_photo_is_announced_then_sent_and_can_be_fetched_again(place: Town) -> None:
    report_id = await active(place)
    who = await person(place, "email")
    appeal_id = (await lodge(who, report_id)).json()["appeal_id"]
    announced = {
        "sha256": hashlib.sha256(PHOTO).hexdigest(),
        "kind": "photo",
        "bytes": len(PHOTO),
        "media_type": "image/jpeg",
    }
    path = f"appeals/{appeal_id}"
    assert (await who.post(f"{path}:add-evidence", {"evidence": [announced]})).status_code == 200
    (entry,) = (await who.get(path)).json()["evidence"]
    file = f"/v1/me/{path}/evidence/{entry['evidence_id']}/file"
    headers = who.headers | {"Content-Type": "image/jpeg"}
    sent = await place.api.client.put(file, content=PHOTO, headers=headers)
    assert sent.status_code == 200, sent.text
    assert (await place.api.client.get(file, headers=who.headers)).content == PHOTO
    stranger = await person(place, "email", number=9)
    assert refused(
        await place.api.client.put(file, content=PHOTO, headers=stranger.headers | {"Content-Type": "image/jpeg"}),
        await place.api.client.get(file, headers=stranger.headers),
    ) == {(404, "appeal_unknown")}


async def test_a_member_that_calls_the_person_a_victim_has_everybody_warned(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await alpha.filed(identifiers=identifiers("phone", "national_id", "address"))
    await served(place, report_id)
    who = await person(place, "phone")
    appeal_id = (await lodge(who, report_id, "G02")).json()["appeal_id"]
    said = {"appeal_id": appeal_id, "answer": "subject_is_victim", "text": "Another used the account.", "evidence": []}
    signed = alpha.sign(said, typ="registry-appeal-answer")
    answered = await alpha.post(f"/v1/appeals/{appeal_id}:answer", {"statement": signed})
    assert answered.json()["record_state"] == "withdrawn", answered.text
    told = await beta.query("phone", "national_id")
    assert (told["score"], told["protective"]) == (0, ["PV-02"])
    # Neighbours share an address.
    assert (await beta.query("address", claim=2))["protective"] == []
    (warning,) = (await who.get("freeze")).json()["warnings"]
    assert refused(await who.post(f"freeze/{warning['warning_id']}:lift")) == {(403, "protective_role_refused")}


async def test_a_number_alone_hears_nothing_of_what_the_record_says_by_contesting_it(place: Town) -> None:
    alpha = await place.desk("Alpha")
    report_id = await alpha.filed(identifiers=identifiers(*CONTACTS))
    await served(place, report_id, to="email")
    phone = await person(place, "phone")
    mine = "I have had this number since March."
    appeal_id = (await lodge(phone, report_id, "G02", text=mine)).json()["appeal_id"]
    shown = {"sha256": hashlib.sha256(PHOTO).hexdigest(), "kind": "photo", "bytes": len(PHOTO)}
    said = {"appeal_id": appeal_id, "answer": "accurate", "text": "Her photo bears a label."}
    signed = alpha.sign(said | {"evidence": [shown | {"media_type": "image/jpeg"}]}, typ="registry-appeal-answer")
    assert (await alpha.post(f"/v1/appeals/{appeal_id}:answer", {"statement": signed})).status_code == 200
    path = f"appeals/{appeal_id}"
    page = (await phone.get(path)).json()
    assert [message["text"] for message in page["thread"]] == [mine]
    assert (page["letters"], page["evidence"], page["reasons"]) == ([], [], None)
    whole = (await (await person(place, "phone", "email")).get(path)).json()
    (entry,) = whole["evidence"]
    file = f"/v1/appeals/{appeal_id}/evidence/{entry['evidence_id']}/file"
    assert (await place.api.client.put(file, content=PHOTO, headers=await alpha.platform.headers())).status_code == 200
    assert refused(await phone.get(f"{path}/evidence/{entry['evidence_id']}/file")) == {(404, "evidence_unknown")}
    letters = [f"{path}/letters/{one['letter_id']}" for one in whole["letters"]]
    assert refused(
        *[await phone.get(letter) for letter in letters], *[await phone.get(f"{letter}/pdf") for letter in letters]
    ) == {(403, "second_contact_needed")}
    assert [message["side"] for message in whole["thread"]] == ["subject", "member"]


async def test_an_appeal_is_not_lodged_and_taken_back_for_ever(place: Town) -> None:
    report_id = await active(place)
    who = await person(place, "phone", "email")
    told = []
    for _ in range(3):
        appeal_id = (await lodge(who, report_id)).json()["appeal_id"]
        told.append(await who.post(f"appeals/{appeal_id}:withdraw"))
    assert [one.status_code for one in told] == [200, 200, 409]
    assert refused(told[-1]) == {(409, "appeal_step_refused")}


@pytest.mark.parametrize("kinds", [("email",), ("phone", "email")])
async def test_a_colluder_with_another_contact_of_the_same_kind_neither_speaks_nor_takes_back(
    place: Town, kinds: tuple[str, ...]
) -> None:
    """The member chooses what a record bears: two addresses, one of them an accomplice's."""
    alpha = await place.desk("Alpha")
    report_id = await alpha.filed(identifiers=(*identifiers(*kinds, "national_id"), *identifiers(*kinds, number=2)))
    await place.serve(report_id, "email", number=2)
    await place.pass_days(7)
    victim, colluder = await person(place, *kinds), await person(place, *kinds, number=2)
    lodged = await lodge(victim, report_id, "G01", text="It was not me.")
    where = f"appeals/{lodged.json()['appeal_id']}"
    letter = (await victim.get(where)).json()["letters"][0]["letter_id"]
    acts = [
        await colluder.post(f"{where}:say", {"text": "I made the photo."}),
        await colluder.post(f"{where}:withdraw"),
        await colluder.get(f"{where}/letters/{letter}"),
    ]
    assert refused(*acts) == {(403, "second_contact_needed")}
    assert (await colluder.get(where)).json()["letters"] == []
    assert (await alpha.state(report_id)) == "disputed"
    again = await person(place, *kinds)
    assert (await again.get(f"{where}/letters/{letter}")).status_code == 200
    assert (await again.post(f"{where}:withdraw")).status_code == 200
