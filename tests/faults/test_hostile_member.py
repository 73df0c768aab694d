"""A member with a good key and bad intentions: what it must not get, and what must not break."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from registry.domain.filings import Event
from registry.domain.quotas import Quota, daily_limit
from registry.errors import Conflict
from registry.store.scores import DISCLOSE
from tests.databases import ScratchDatabase
from tests.faults.machine import question, statement
from tests.filings import filing, token
from tests.logbook import superuser
from tests.recorded import token as person
from tests.running import Platform, Running, running

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database, tmp_path) as api:
        yield api


@pytest.fixture
async def victim(api: Running) -> Platform:
    return await api.admit("Victim")


@pytest.fixture
async def mallory(api: Running) -> Platform:
    return await api.admit("Mallory", claims_per_day=1)


def key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}


async def file(platform: Platform, signed: str, headers: dict[str, str]) -> httpx.Response:
    return await platform.client.post("/v1/reports", json={"statement": signed}, headers=headers | key())


async def filed(platform: Platform, **changes: Any) -> UUID:  # noqa: ANN401 - any field
    signed = statement(platform, filing(**changes))
    answer = await file(platform, signed, await platform.headers())
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["report_id"])


def known_by(problem: httpx.Response) -> dict[str, Any]:
    """Return all of a problem that could tell one case from another."""
    return {name: value for name, value in problem.json().items() if name != "request_id"} | {"at": problem.status_code}


async def attempts(mallory: Platform, report: UUID) -> list[dict[str, Any]]:
    """Try everything that can be done to a report."""
    client, headers, at = mallory.client, await mallory.headers(), f"/v1/reports/{report}"
    steps = {
        "amend": {"statement": statement(mallory, filing())},
        "withdraw": {"reason": "mistake"},
        "mark-repaid": {"repaid_on": "2026-11-01"},
    }
    answers = [await client.get(path, headers=headers) for path in (at, f"/v1/notices?report_id={report}")]
    answers += [await client.post(f"{at}:{step}", json=body, headers=headers | key()) for step, body in steps.items()]
    return list(map(known_by, answers))


async def test_a_report_of_another_member_cannot_be_told_from_none(victim: Platform, mallory: Platform) -> None:
    of_theirs, of_none = await attempts(mallory, await filed(victim)), await attempts(mallory, uuid4())
    assert of_theirs == of_none
    assert {answer["code"] for answer in of_theirs} == {"report_unknown"}
    assert (await mallory.client.get("/v1/reports", headers=await mallory.headers())).json()["reports"] == []


async def test_what_another_member_signed_is_not_filed(victim: Platform, mallory: Platform) -> None:
    stolen = statement(victim, filing())
    answer = await file(mallory, stolen, await mallory.headers())
    assert answer.json()["code"] == "jws_key_unknown"


async def test_a_key_belongs_to_one_member(api: Running, victim: Platform) -> None:
    with pytest.raises(Conflict) as refused:
        await api.admit("Double", key=victim.key)
    assert refused.value.code == "member_key_exists"


async def test_a_statement_about_one_report_cannot_replace_another(mallory: Platform) -> None:
    first = await filed(mallory)
    other = statement(mallory, filing(reference="RMA-2", event=Event((token("event", 2),))))
    answer = await mallory.client.post(
        f"/v1/reports/{first}:amend", json={"statement": other}, headers=await mallory.headers() | key()
    )
    assert answer.json()["code"] == "report_refused"
    assert {"pointer": "/reference", "code": "amendment_not_allowed"} in answer.json()["errors"]


async def test_a_signature_made_for_another_purpose_is_no_report_and_no_sign_in(mallory: Platform) -> None:
    headers = await mallory.headers()
    assert (await file(mallory, mallory.assertion(), headers)).json()["code"].startswith("jws_")
    assert (await mallory.sign_in(statement(mallory, filing()))).json()["error"] == "invalid_client"


async def test_an_answer_kept_for_repetition_is_shown_to_no_token_without_the_scope(mallory: Platform) -> None:
    body, again = {"statement": statement(mallory, filing())}, key()
    first = await mallory.client.post("/v1/reports", json=body, headers=await mallory.headers() | again)
    assert first.status_code == 201
    narrow = await mallory.headers(scope="member:read")
    answer = await mallory.client.post("/v1/reports", json=body, headers=narrow | again)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


async def test_a_crowd_of_questions_gets_exactly_the_quota(api: Running, mallory: Platform) -> None:
    limit, headers = daily_limit(Quota.QUERIES, 1), await mallory.headers()

    async def many(count: int) -> int:
        body = {"items": [question(person("phone", uuid4().hex).text) for _ in range(count)]}
        return (await mallory.client.post("/v1/scores:batch", json=body, headers=headers)).status_code

    async def one() -> int:
        body = question(person("phone", uuid4().hex).text)
        return (await mallory.client.post("/v1/scores:query", json=body, headers=headers)).status_code

    assert [await many(500), await many(500), await many(500)] == [200, 200, 429]
    answers = await asyncio.gather(*(one() for _ in range(limit - 1000 + 50)))
    assert answers.count(200) <= limit - 1000
    assert set(answers) <= {200, 429}
    assert answers.count(429) >= 50


async def test_a_claim_names_one_person_however_it_is_asked(mallory: Platform) -> None:
    headers, first = await mallory.headers(), question(person("phone", "one").text)
    wider = first | {"identifiers": [*first["identifiers"], *question(person("phone", "two").text)["identifiers"]]}
    doubled = first | {"identifiers": [{"kind": "phone", "tokens": [person("phone", name).text for name in "ab"]}]}
    client = mallory.client
    assert (await client.post("/v1/scores:query", json=first, headers=headers)).status_code == 200
    assert (await client.post("/v1/scores:query", json=wider, headers=headers)).json()["code"] == "claim_ref_reused"
    batch = await client.post("/v1/scores:batch", json={"items": [wider, first, wider]}, headers=headers)
    refused = {"refusal": "claim_ref_reused"}
    assert [item["result"] == refused for item in batch.json()["items"]] == [True, False, True]
    answer = await client.post("/v1/scores:query", json=doubled, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "epoch_repeated")


async def test_steps_that_come_to_nothing_keep_no_question_waiting(
    database: ScratchDatabase, mallory: Platform
) -> None:
    """The lock that stops every disclosure is taken only for a step that may be taken."""
    headers = await mallory.headers() | key()
    async with superuser(database) as asking, asking.transaction():
        await asking.execute(f"SELECT pg_advisory_xact_lock_shared({DISCLOSE})")
        step = mallory.client.post(f"/v1/reports/{uuid4()}:withdraw", json={"reason": "mistake"}, headers=headers)
        async with asyncio.timeout(1.5):
            assert (await step).json()["code"] == "report_unknown"


@pytest.mark.parametrize(
    "instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", "1e308"]
)
async def test_a_moment_outside_the_calendar_is_no_failure_of_ours(mallory: Platform, instant: str) -> None:
    answer = await mallory.client.get("/v1/reports", params={"updated_since": instant}, headers=await mallory.headers())
    assert answer.status_code in {200, 422}


@pytest.mark.parametrize("length", ["9" * 5_000, "-1", "1_0", "+2", "0x2", "1048577"])
async def test_an_impossible_length_is_too_large(mallory: Platform, length: str) -> None:
    headers = await mallory.headers() | {"content-length": length}
    answer = await mallory.client.post("/v1/scores:query", content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_an_assertion_may_be_named_anything_and_works_once(mallory: Platform) -> None:
    odd = mallory.assertion(jti="\ud800\x00")
    assert [(await mallory.sign_in(odd)).status_code for _ in range(2)] == [200, 401]
