"""Questions about people over HTTP: what is answered, proved, charged, refused and never repeated."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from registry_formats.errors import FormatError
from registry_formats.leaf import LeafType, decode_leaf
from tests.api.asking import MOMENT, Asker, asker, claim, question
from tests.databases import ScratchDatabase
from tests.openings import rows
from tests.questions import NATIONAL_ID, PHONE, STRANGER
from tests.recorded import token

pytestmark = pytest.mark.anyio
BATCH = "/v1/scores:batch"
SECRET = "13800138000"  # what nobody may repeat


@pytest.fixture
async def alpha(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Asker]:
    async with asker(database, tmp_path) as ready:
        yield ready


async def kinds(database: ScratchDatabase) -> list[LeafType]:
    """List what the members' entries in the log are."""
    found = await rows(
        database, "SELECT leaf FROM audit.entry WHERE member_id IS NOT NULL ORDER BY writer_id, writer_seq"
    )
    return [decode_leaf(row["leaf"]).kind for row in found][1:]  # without the sign-in


async def test_a_hit_is_told_and_its_receipt_stands(alpha: Asker) -> None:
    await alpha.incident()
    sent = await alpha.post(question())
    answer = sent.json()
    assert (sent.status_code, answer["band"], answer["matched"]) == (200, "guarded", ["national_id", "phone"])
    assert (answer["claim_ref"], answer["purpose"], answer["livemode"]) == (claim("1"), "Q1", False)
    alpha.book().accept(answer, body=sent.request.content, purpose="Q1", claim=claim("1"), now_ms=MOMENT)


@pytest.mark.parametrize(
    "change", [{"score": 0}, {"band": "none"}, {"query_id": "another"}, {"counter": 99}, {"added": True}]
)
async def test_an_answer_that_was_changed_is_not_accepted(alpha: Asker, change: dict[str, Any]) -> None:
    await alpha.incident()
    sent = await alpha.post(question())
    with pytest.raises(FormatError):
        alpha.book().accept(
            sent.json() | change, body=sent.request.content, purpose="Q1", claim=claim("1"), now_ms=MOMENT
        )


async def test_a_miss_is_answered_and_proved_in_the_same_way(alpha: Asker) -> None:
    await alpha.incident()
    hit, miss = await alpha.post(question("1")), await alpha.post(question("2", STRANGER))
    assert hit.json().keys() == miss.json().keys()
    assert hit.headers.keys() == miss.headers.keys()
    alpha.book().accept(miss.json(), body=miss.request.content, purpose="Q1", claim=claim("2"), now_ms=MOMENT)
    assert miss.headers["cache-control"] == "no-store"


async def test_a_claim_about_somebody_else_is_a_conflict(alpha: Asker, database: ScratchDatabase) -> None:
    assert (await alpha.post(question())).is_success
    other = await alpha.post(question(tokens=STRANGER))
    assert (other.status_code, other.json()["code"]) == (409, "claim_ref_reused")
    assert (await alpha.post(question())).is_success
    assert await kinds(database) == [LeafType.QUERY, LeafType.DENIED, LeafType.QUERY]


@pytest.mark.parametrize("path", ["/v1/scores:query", BATCH])
@pytest.mark.parametrize("purpose", ["Q4", "Q5", "Q6"])
async def test_purposes_of_others_are_denied_and_logged(
    alpha: Asker, database: ScratchDatabase, purpose: str, path: str
) -> None:
    asked = question(purpose=purpose)
    refused = await alpha.post({"items": [question("0"), asked]} if path == BATCH else asked, path)
    assert (refused.status_code, refused.json()["code"]) == (403, "purpose_not_allowed")
    pointer = "/items/1/purpose" if path == BATCH else "/purpose"
    assert refused.json()["errors"] == [{"pointer": pointer, "code": "purpose_not_allowed"}]
    assert await kinds(database) == [LeafType.DENIED]


async def test_without_a_good_token_nothing_is_told(alpha: Asker) -> None:
    client = alpha.api.client
    missing = await client.post("/v1/scores:query", json=question())
    invalid = await client.post("/v1/scores:query", json=question(), headers={"Authorization": "Bearer x.y.z"})
    assert [(one.status_code, one.json()["code"]) for one in (missing, invalid)] == [
        (401, "access_token_missing"),
        (401, "access_token_invalid"),
    ]
    assert missing.headers["www-authenticate"].startswith("Bearer")


async def test_without_the_scope_nothing_is_told_and_the_attempt_is_logged(
    database: ScratchDatabase, tmp_path: Path
) -> None:
    async with asker(database, tmp_path, scope="log:read") as reader:
        for path, body in (("/v1/scores:query", question()), (BATCH, {"items": [question()]})):
            refused = await reader.post(body, path)
            assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
        assert await kinds(database) == [LeafType.DENIED] * 2


def _tokens(*texts: str, kind: str = "phone") -> dict[str, Any]:
    return question(identifiers=[{"kind": kind, "tokens": list(texts)}])


MALFORMED: dict[str, Any] = {
    "no body": None,
    "a list": [question()],
    "a text": SECRET,
    "no claim": question(claim_ref=None),
    "no purpose": question(purpose=None),
    "no identifiers": question(identifiers=None),
    "none named": question(identifiers=[]),
    "nine named": question(tokens=[token("phone", str(number)) for number in range(9)]),
    "an unknown field": question() | {SECRET: SECRET},
    "an unknown purpose": question(purpose=SECRET),
    "a short claim": question(claim_ref=SECRET),
    "a long claim": question(claim_ref="A" * 44),
    "a claim with loose bits": question(claim_ref="A" * 42 + "B"),
    "a claim of another type": question(claim_ref=13800138000),
    "an unknown kind": _tokens(PHONE.text, kind=SECRET),
    "the kind of an order": _tokens(token("event", "1").text, kind="event"),
    "a raw phone": _tokens(SECRET),
    "another kind's token": _tokens(NATIONAL_ID.text),
    "a token cut short": _tokens(PHONE.text[:-1]),
    "a token of another version": _tokens("cfr1_" + "A" * 48),
    "a token twice": _tokens(PHONE.text, PHONE.text),
    "two tokens of one epoch": _tokens(PHONE.text, token("phone", "2").text),
    "a token of a dead epoch": _tokens(token("phone", "1", epoch=9).text),
    "seven tokens": _tokens(*(token("phone", "1", epoch=epoch).text for epoch in range(1, 8))),
    "no token": _tokens(),
}


async def test_what_is_malformed_is_refused_without_an_echo(alpha: Asker, database: ScratchDatabase) -> None:
    for name, body in MALFORMED.items():
        for sent in (await alpha.post(body), await alpha.post({"items": [question("0"), body]}, BATCH)):
            assert sent.status_code == 422, (name, sent.text)
            assert sent.headers["content-type"] == "application/problem+json", name
            for secret in (SECRET, PHONE.text, NATIONAL_ID.text):
                assert secret not in sent.text, name
                assert secret not in alpha.api.log.getvalue(), name
    assert await kinds(database) == []


async def test_a_fault_is_found_by_its_place(alpha: Asker) -> None:
    wrong = question(tokens=(PHONE, token("phone", "1", epoch=9)))
    single = await alpha.post(wrong)
    batch = await alpha.post({"items": [question("0"), wrong]}, BATCH)
    assert single.json()["errors"] == [{"pointer": "/identifiers/1/tokens/0", "code": "epoch_not_live"}]
    assert batch.json()["errors"] == [{"pointer": "/items/1/identifiers/1/tokens/0", "code": "epoch_not_live"}]


async def test_a_batch_answers_each_item_in_its_place_under_one_receipt(
    alpha: Asker, database: ScratchDatabase
) -> None:
    await alpha.incident()
    await alpha.post(question("2"))
    body = {"items": [question("1"), question("2", STRANGER), question("3", STRANGER)]}
    sent = await alpha.post(body, BATCH)
    assert sent.status_code == 200, sent.text
    answer = sent.json()
    results = [item["result"] for item in answer["items"]]
    assert [one.get("band", one.get("refusal")) for one in results] == ["guarded", "claim_ref_reused", "none"]
    alpha.book().accept_batch(answer, body=sent.request.content, now_ms=MOMENT)
    answer["items"].reverse()
    with pytest.raises(FormatError):
        alpha.book().accept_batch(answer, body=sent.request.content, now_ms=MOMENT)
    assert await kinds(database) == [LeafType.QUERY, LeafType.BATCH]


@pytest.mark.parametrize("many", [0, 501])
async def test_a_batch_holds_one_to_five_hundred_claims(alpha: Asker, many: int) -> None:
    sent = await alpha.post({"items": [question(str(number), (PHONE,)) for number in range(many)]}, BATCH)
    assert (sent.status_code, sent.json()["errors"][0]["code"]) == (422, "wrong_length")


async def test_a_day_has_an_end(database: ScratchDatabase, tmp_path: Path) -> None:
    """1,000 claims a day at least, and a tenth more for a burst; a batch is as many claims as it holds."""
    async with asker(database, tmp_path, claims_per_day=1) as small:
        first = await small.post(question())
        assert first.headers["ratelimit-policy"] == '"queries";q=1100;w=86400'
        for number in range(2):
            items = [question(f"{number}.{claim}", (PHONE,)) for claim in range(500)]
            assert (await small.post({"items": items}, BATCH)).is_success
        answered, last = 1 + 2 * 500, await small.post(question("last"))
        while last.is_success:
            answered += 1
            last = await small.post(question(f"more {answered}"))
        assert answered == 1_100
        _refused_for_today(last)
        _refused_for_today(await small.post({"items": [question("b")]}, BATCH))


async def test_asking_again_about_one_claim_counts_once(alpha: Asker) -> None:
    """A retry is a fresh answer with a fresh entry, and no reason to ask for less elsewhere."""
    body = question("1")
    used = []
    for _ in range(40):
        assert (await alpha.post(body)).is_success
        assert (await alpha.post({"items": [body]}, BATCH)).is_success
        shown = (await alpha.api.client.get("/v1/quota", headers=alpha.headers)).json()
        used.append(next(one["used"] for one in shown["quotas"] if one["quota"] == "queries"))
    # The second question took a part of the day in advance; that is all there is to it.
    assert used[-1] == used[1]


async def test_who_gets_no_turn_is_charged_nothing(database: ScratchDatabase, tmp_path: Path) -> None:
    async with asker(database, tmp_path, claims_per_day=1) as small:
        assert (await small.post(question("first"))).is_success
        batch, other = ({"items": [question(f"{name}{n}", (PHONE,)) for n in range(500)]} for name in "bc")
        assert small.api.edge is not None
        async with small.api.edge.counter.batches.of(small.platform.member.id):
            # 1,100 are allowed.
            refused = await asyncio.gather(*(small.post(batch, BATCH) for _ in range(2)))
            assert [one.status_code for one in refused] == [503] * 2
        assert (await small.post(batch, BATCH)).is_success
        assert (await small.post(other, BATCH)).is_success


def _refused_for_today(sent: httpx.Response) -> None:
    assert (sent.status_code, sent.json()["code"], sent.json()["retryable"]) == (429, "quota_exceeded", True)
    assert sent.headers["retry-after"] == str(12 * 3600)
    assert sent.headers["ratelimit"] == '"queries";r=0;t=43200'
