"""Statements, freezes and other warnings: exactly the stated effect, for exactly whom."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from registry.domain.filings import Event
from registry.domain.staff import Role
from registry_formats import base64url
from tests.databases import ScratchDatabase
from tests.filings import token
from tests.reporting import Desk, Town, town
from tests.staffing import make_staff
from tests.subjecting import identifiers, person, proof, served

pytestmark = pytest.mark.anyio
CONTACTS = ("phone", "email", "national_id")
SAID = "The vase was broken when it came. 快递已确认。"


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


async def verified(desk: Desk, claim: int, *kinds: str, number: int = 1) -> httpx.Response:
    asked = [{"kind": kind, "tokens": [token(kind, number)]} for kind in kinds]
    body = {"claim_ref": base64url.encode(claim.to_bytes(32, "big")), "identifiers": asked}
    return await desk.post("/v1/identity-checks", body)


async def severe(place: Town, *desks: Desk) -> None:
    """Give one person heard, proven records from several groups."""
    for number, desk in enumerate(desks):
        for turn in range(3):
            report_id = await desk.filed(
                reference=f"RMA-{number}-{turn}",
                claim_ref=f"{number}{turn}" + "A" * 41,
                identifiers=identifiers("phone", "national_id"),
                event=Event((token("event", 10 * number + turn + 5),)),
            )
            await place.serve(report_id)
    await place.pass_days(40)


async def batch(desk: Desk, kind: str, number: int) -> dict[str, Any]:
    asked = {
        "purpose": "Q1",
        "claim_ref": base64url.encode((99).to_bytes(32, "big")),
        "identifiers": [{"kind": kind, "tokens": [token(kind, number)]}],
    }
    headers = await desk.platform.headers()
    answer = await desk.api.client.post("/v1/scores:batch", json={"items": [asked]}, headers=headers)
    found: dict[str, Any] = answer.json()["items"][0]["result"]
    return found


async def test_a_statement_stands_beside_the_record_for_whoever_received_it(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await alpha.filed(identifiers=identifiers(*CONTACTS))
    await served(place, report_id)
    before = await beta.query(*CONTACTS)
    assert "M04" not in before["mitigating"]
    who = await person(place, "phone", "email")
    put = await who.put("statement", {"text": SAID})
    assert [one["text"] for one in put.json()["statements"]] == [SAID]
    assert (await who.get("statement")).json() == put.json()
    (record,) = (await who.file())["records"]
    assert record["details"]["statement"] == SAID
    after = await beta.query(*CONTACTS, claim=2)
    assert "M04" in after["mitigating"]
    # A statement is no answer to the accusation: it costs nothing.
    assert (after["score"], after["band"]) == (before["score"], before["band"])
    shown = await beta.get(f"/v1/scores/{after['query_id']}/statements")
    assert [(one["report_id"], one["text"]) for one in shown.json()["statements"]] == [(report_id, SAID)]
    for query_id, desk in ((after["query_id"], alpha), (str(uuid4()), beta)):
        foreign = await desk.get(f"/v1/scores/{query_id}/statements")
        assert (foreign.status_code, foreign.json()["code"]) == (404, "answer_unknown")
    sealed = [row["sealed_text"] for row in await place.rows("SELECT sealed_text FROM subject_statement")]
    assert not any(SAID[:12].encode() in one for one in sealed)
    assert (await who.put("statement", {"text": None, "report_id": report_id})).json()["statements"][0]["text"] is None
    assert "M04" not in (await beta.query(*CONTACTS, claim=3))["mitigating"]
    assert (await beta.get(f"/v1/scores/{after['query_id']}/statements")).json()["statements"] == []
    assert [row["number"] for row in await place.rows("SELECT number FROM subject_statement ORDER BY 1")] == [1, 2]


async def test_a_statement_is_bounded_and_names_nobody(place: Town) -> None:
    who = await person(place, "phone", "email")
    codes = {"x" * 2_001: "request_invalid", "": "request_invalid", "Call me: 13800138000": "raw_identifier_refused"}
    for text, code in codes.items():
        answer = await who.put("statement", {"text": text})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert "13800138000" not in answer.text


async def test_a_statement_ends_with_its_record(place: Town) -> None:
    report_id = await (await place.desk("Alpha")).filed(identifiers=identifiers(*CONTACTS))
    await served(place, report_id)
    who = await person(place, "phone", "email")
    await who.put("statement", {"text": SAID})
    await place.pass_days(800)
    assert [row["wrapped_key"] for row in await place.rows("SELECT wrapped_key FROM report")] == [None]
    assert (await who.get("statement")).json()["statements"] == []


async def test_a_freeze_is_told_to_whoever_asks_and_changes_no_score(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    await served(place, await alpha.filed(identifiers=identifiers(*CONTACTS)))
    before = await beta.query(*CONTACTS)
    who = await person(place, "phone")
    placed = (await who.post("freeze", {})).json()
    assert (placed["kind"], placed["lifted_at"]) == ("PV-03", None)
    # Placed again it is the same one, and protects the contact proved since as well.
    assert (await who.post("sessions:widen", proof(place.relay, "email"))).status_code == 200
    assert (await who.post("freeze", {})).json() == placed
    assert (await who.get("freeze")).json()["warnings"] == [placed]
    after = await beta.query(*CONTACTS, claim=2)
    told = ("score", "band", "permitted_actions", "reason_codes", "mitigating")
    assert before["protective"] == []
    assert after["protective"] == ["PV-03"]
    assert {name: before[name] for name in told} == {name: after[name] for name in told}
    # Also in a batch, and where no record is; not for identifiers that nobody proved.
    assert (await beta.query("email", claim=3))["protective"] == ["PV-03"]
    await (await person(place, "phone", number=2)).post("freeze", {})
    nothing = await batch(beta, "phone", 2)
    assert (nothing["score"], nothing["protective"]) == (0, ["PV-03"])
    assert (await beta.query("national_id", claim=4))["protective"] == []
    assert (await who.post(f"freeze/{placed['warning_id']}:lift")).json()["lifted_at"] is not None
    assert (await beta.query(*CONTACTS, claim=5))["protective"] == []
    assert (await who.get("freeze")).json()["warnings"] == []


async def test_a_freeze_forbids_suspension_until_the_member_has_verified_the_identity(place: Town) -> None:
    alpha, beta, gamma, delta = [await place.desk(name) for name in ("Alpha", "Beta", "Gamma", "Delta")]
    await severe(place, alpha, beta)
    assert "A4" in (await gamma.query("phone", "national_id"))["permitted_actions"]
    who = await person(place, "phone")
    await who.post("freeze", {"kind": "PV-02"})
    told = await gamma.query("phone", "national_id", claim=2)
    assert (told["band"], told["protective"]) == ("severe", ["PV-02"])
    assert told["permitted_actions"] == ["A1", "A2", "A3"]
    kept = await place.rows(f"SELECT DISTINCT permitted FROM disclosure WHERE query_id = '{told['query_id']}'")  # noqa: S608
    assert [row["permitted"] for row in kept] == [3]
    unasked = await verified(gamma, 3, "phone", "national_id")
    other = await verified(gamma, 2, "phone")
    assert {(one.status_code, one.json()["code"]) for one in (unasked, other)} == {(404, "claim_unknown")}
    assert (await verified(gamma, 2, "phone", "national_id")).json()["met"] == ["PV-02"]
    again = await gamma.query("phone", "national_id", claim=4)
    assert (again["protective"], "A4" in again["permitted_actions"]) == ([], True)
    # Another member has verified nothing.
    assert (await delta.query("phone", "national_id"))["protective"] == ["PV-02"]


async def test_a_freeze_is_lifted_by_who_proves_all_it_protects_and_a_misuse_by_an_officer(place: Town) -> None:
    who, recycled, stranger = [
        await person(place, *kinds, number=number)
        for kinds, number in ((("phone", "email"), 1), (("phone",), 1), (("phone",), 2))
    ]
    freeze = (await who.post("freeze", {"kind": "PV-03"})).json()["warning_id"]
    misuse = (await who.post("freeze", {"kind": "PV-02"})).json()["warning_id"]

    async def refusals(warning_id: str, *people: Any) -> list[tuple[int, str]]:  # noqa: ANN401 - of persons
        answers = [await one.post(f"freeze/{warning_id}:lift") for one in people]
        return [(one.status_code, one.json()["code"]) for one in answers]

    assert await refusals(freeze, recycled, stranger) == [(403, "second_contact_needed"), (404, "protective_unknown")]
    assert await refusals(str(uuid4()), who) == [(404, "protective_unknown")]
    assert await refusals(misuse, who) == [(403, "protective_role_refused")]
    officer = await make_staff(place.api, Role.OFFICER)

    async def lift(warning_id: str) -> httpx.Response:
        body = {"reason": "The person has a new number."}
        return await place.api.client.post(f"/v1/protective-records/{warning_id}:lift", json=body, headers=officer)

    assert (await lift(freeze)).json()["code"] == "protective_role_refused"
    assert (await lift(misuse)).json()["lifted_at"] is not None
    assert (await lift(misuse)).json()["code"] == "protective_lifted"
    assert (await lift(str(uuid4()))).json()["code"] == "protective_unknown"
    assert [UUID(one["warning_id"]) for one in (await who.get("freeze")).json()["warnings"]] == [UUID(freeze)]
