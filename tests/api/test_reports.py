"""Reports over HTTP: filed once, refused with every fault, seen by their member alone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.services import members
from registry_formats import jwk
from tests.databases import ScratchDatabase
from tests.filings import artefact, filing, labelled, token
from tests.recorded import fetch
from tests.reporting import Desk, MovingClock, payload
from tests.running import Running, running

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
async def api(database: ScratchDatabase, tmp_path: Path, clock: MovingClock) -> AsyncIterator[Running]:
    async with running(database, tmp_path, clock=clock) as started:
        yield started


@pytest.fixture
async def desk(api: Running) -> Desk:
    return Desk(api, await api.admit("Alpha"))


async def count(database: ScratchDatabase, table: str) -> int:
    (row,) = await fetch(database.dsn("postgres"), f"SELECT count(*) AS n FROM {table}")  # noqa: S608 - our own names
    return int(row["n"])


async def test_a_report_that_stands_is_filed(desk: Desk) -> None:
    answer = await desk.file()
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["state"], told["revision"], told["severity"], told["confidence"]) == ("submitted", 1, "S2", "C")
    assert (told["expires_on"], told["serve_by"]) == ("2028-10-20", "2026-12-21T12:00:00Z")
    assert answer.headers["ratelimit"].startswith('"reports"')


async def test_three_at_once_under_one_key_make_one_report(desk: Desk, database: ScratchDatabase) -> None:
    key = str(uuid4())
    answers = await asyncio.gather(*(desk.file(key) for _ in range(3)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"idempotency_in_flight"}
    again = await desk.file(key)
    assert {answer.content for answer in answers if answer.status_code == 201} == {again.content}
    assert again.headers["idempotency-replayed"] == "true"
    assert await count(database, "report") == 1


async def test_another_report_under_the_same_key_is_refused(desk: Desk, database: ScratchDatabase) -> None:
    key = str(uuid4())
    await desk.file(key)
    answer = await desk.file(key, reference="RMA-2")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert await count(database, "report") == 1


async def test_the_same_reference_again_names_the_report_there_is(desk: Desk, database: ScratchDatabase) -> None:
    first = await desk.filed()
    answer = await desk.file()
    assert (answer.status_code, answer.json()["code"]) == (409, "report_duplicate")
    assert answer.json()["facts"] == {"report_id": first}
    assert await count(database, "report_revision") == 1


async def test_one_reference_filed_at_once_under_two_keys_is_one_report(desk: Desk, database: ScratchDatabase) -> None:
    answers = await asyncio.gather(*(desk.file() for _ in range(4)))
    filed = [answer.json()["report_id"] for answer in answers if answer.status_code == 201]
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert len(filed) == 1
    assert [(one["code"], one["facts"]) for one in refused] == [("report_duplicate", {"report_id": filed[0]})] * 3
    assert await count(database, "report") == 1


async def test_two_members_may_choose_the_same_reference(api: Running, desk: Desk) -> None:
    other = Desk(api, await api.admit("Beta"))
    assert await desk.filed() != await other.filed()


async def test_a_refusal_names_every_fault_leaves_one_entry_and_no_row(desk: Desk, database: ScratchDatabase) -> None:
    answer = await desk.file(merchant_heard_on=None, evidence=(labelled(), artefact("E10")), impact_assessment="")
    assert (answer.status_code, answer.json()["code"]) == (409, "report_refused")
    faults = {(one["pointer"], one["code"]) for one in answer.json()["errors"]}
    assert ("/merchant_heard_on", "merchant_not_heard") in faults
    assert ("/evidence", "evidence_classes_too_few") in faults
    assert ("/impact_assessment", "impact_assessment_missing") in faults
    assert await count(database, "audit.entry WHERE type = 2") == 1
    tables = ("report", "report_revision", "report_identity", "report_event", "evidence_artefact", "idempotency")
    assert [await count(database, table) for table in tables] == [0] * len(tables)


async def test_a_refused_report_may_be_filed_again_under_the_same_key(desk: Desk) -> None:
    key = str(uuid4())
    assert (await desk.file(key, merchant_heard_on=None)).status_code == 409
    assert (await desk.file(key)).status_code == 201


async def test_a_dry_run_says_what_would_become_of_it_and_stores_nothing(desk: Desk, database: ScratchDatabase) -> None:
    headers = await desk.platform.headers()
    good = {"statement": desk.sign(payload(filing()))}
    answer = await desk.api.client.post("/v1/reports:check", json=good, headers=headers)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["severity"], answer.json()["evidence_classes"]) == ("S2", ["E2", "E4"])
    bad = {"statement": desk.sign(payload(filing(facts=())))}
    answer = await desk.api.client.post("/v1/reports:check", json=bad, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "report_refused")
    assert answer.json()["errors"] == [{"pointer": "/facts", "code": "grounds_missing"}]
    assert await count(database, "report") == 0
    asked = await fetch(database.dsn("postgres"), "SELECT outcome FROM audit.entry WHERE type = 2 ORDER BY writer_seq")
    assert [row["outcome"] for row in asked] == ["passed", "refused"]


async def test_a_statement_signed_by_anybody_else_is_refused(api: Running, desk: Desk) -> None:
    beta = await api.admit("Beta")
    content = payload(filing())
    foreign = Desk(api, beta).sign(content)
    forged = desk.sign(content, key=beta.key)
    unknown = Ed25519PrivateKey.generate()
    for statement, code in (
        (foreign, "jws_key_unknown"),
        (forged, "jws_signature_invalid"),
        (desk.sign(content, key=unknown), "jws_signature_invalid"),
        (desk.sign(content, typ="JWT"), "jws_type"),
        (desk.sign(content)[:-4] + "AAAA", "jws_signature_invalid"),
    ):
        answer = await desk.post("/v1/reports", {"statement": statement})
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_places_of_a_statement_that_cannot_be_read_are_its_own(desk: Desk) -> None:
    content = payload(filing())
    content["evidence"][0]["class"] = "E99"
    content["amount"]["minor"] = "128000"
    content["surplus"] = 1
    del content["nature"]
    answer = await desk.post("/v1/reports", {"statement": desk.sign(content)})
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
    assert {(one["pointer"], one["code"]) for one in answer.json()["errors"]} == {
        ("/evidence/0/class", "not_allowed"),
        ("/amount/minor", "wrong_type"),
        ("", "unknown_field"),
        ("/nature", "missing"),
    }


async def test_an_epoch_that_is_not_live_is_a_fault_like_the_others(desk: Desk) -> None:
    content = payload(filing(facts=()))
    content["identifiers"][0]["tokens"] = [token("phone", epoch=9)]
    answer = await desk.post("/v1/reports", {"statement": desk.sign(content)})
    assert answer.json()["errors"] == [
        {"pointer": "/facts", "code": "grounds_missing"},
        {"pointer": "/identifiers/0/tokens/0", "code": "epoch_not_live"},
    ]


async def test_another_members_report_does_not_exist(api: Running, desk: Desk) -> None:
    report_id = await desk.filed()
    beta = Desk(api, await api.admit("Beta"))
    assert (await desk.get(f"/v1/reports/{report_id}")).status_code == 200
    for answer in (
        await beta.get(f"/v1/reports/{report_id}"),
        await beta.amend(report_id),
        await beta.post(f"/v1/reports/{report_id}:withdraw", {"reason": "mistake"}),
        await beta.post(f"/v1/reports/{report_id}:mark-repaid", {"repaid_on": "2026-11-01"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "report_unknown")
    assert (await beta.get("/v1/reports")).json()["reports"] == []
    assert await desk.state(report_id) == "submitted"


async def test_own_reports_come_page_by_page_in_the_order_of_filing(desk: Desk, clock: MovingClock) -> None:
    filed = []
    for number in range(5):
        filed.append(await desk.filed(reference=f"RMA-{number}"))
        clock.now += timedelta(seconds=1)
    seen, cursor = [], ""
    more = True
    while more:
        page = (await desk.get(f"/v1/reports?limit=2{cursor and f'&cursor={cursor}'}")).json()
        seen += [one["report_id"] for one in page["reports"]]
        cursor, more = page["next_cursor"], page["next_cursor"] is not None
    assert seen == filed


async def test_a_place_that_no_page_gave_is_refused(desk: Desk) -> None:
    for cursor in ("AAAA", "A" * 33, "_" * 32):
        answer = await desk.get(f"/v1/reports?cursor={cursor}")
        assert answer.status_code == 422
        assert answer.json()["errors"] == [{"pointer": "query:cursor", "code": "invalid"}]


async def test_a_feed_of_changes_leaves_out_what_did_not_change(desk: Desk, clock: MovingClock) -> None:
    first, _ = await desk.filed(reference="RMA-1"), await desk.filed(reference="RMA-2")
    clock.pass_days(1)
    since = clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (await desk.get(f"/v1/reports?updated_since={since}")).json()["reports"] == []
    await desk.post(f"/v1/reports/{first}:mark-repaid", {"repaid_on": "2026-11-20"})
    changed = (await desk.get(f"/v1/reports?updated_since={since}")).json()["reports"]
    assert [(one["report_id"], one["repaid_on"]) for one in changed] == [(first, "2026-11-20")]


async def test_the_daily_quota_holds_for_refused_reports_too(api: Running) -> None:
    small = Desk(api, await api.admit("Small", claims_per_day=1))
    good = int((await small.file()).headers["ratelimit"].split("r=")[1].split(";")[0])
    refused = await small.file(reference="RMA-2", facts=())
    assert int(refused.headers["ratelimit"].split("r=")[1].split(";")[0]) == good - 1


async def test_a_key_that_was_rotated_out_signs_nothing_more(api: Running, desk: Desk) -> None:
    fresh = Ed25519PrivateKey.generate()
    async with api.owner.write() as session:
        await members.rotate_key(
            session,
            desk.platform.member.id,
            jwk=jwk.export(fresh.public_key()),
            overlap=timedelta(0),
            act=api.act(),
            trail=api.trail,
        )
    renewed = Desk(api, type(desk.platform)(desk.platform.member, fresh, desk.platform.client))
    assert (await renewed.file()).status_code == 201
    old = desk.sign(payload(filing(reference="RMA-2")))
    answer = await renewed.post("/v1/reports", {"statement": old})
    assert (answer.status_code, answer.json()["code"]) == (422, "jws_key_unknown")
