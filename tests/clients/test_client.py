"""Both clients against a registry in memory: the same flows, run in the calling thread and on the event loop."""

import asyncio
import inspect
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from registry_client import (
    AnswerMalformed,
    AsyncClient,
    Band,
    Client,
    Conflict,
    Identifiers,
    ItemRefused,
    MemoryCheckpoints,
    Options,
    Purpose,
    Question,
    ReceiptUnverified,
    RegistryUnavailable,
    RegistryUnreachable,
    RequestRefused,
    TokensUnavailable,
    Unknown,
    claim_reference,
)
from registry_client.testing import Failure, FakeRegistry
from registry_formats.errors import FormatError

CLAIM = claim_reference(bytes(32), "claim-1")
PHONE = Identifiers(phone="+86 138 0013 8000")
Call = Callable[..., Any]


def sent(registry: FakeRegistry, path: str) -> list[httpx.Request]:
    return [request for request in registry.requests if request.url.path == path]


def test_both_clients_can_do_the_same() -> None:
    def surface(kind: type) -> dict[str, object]:
        methods = {name: method for name, method in vars(kind).items() if not name.startswith("_")}
        return {name: inspect.signature(method).parameters for name, method in methods.items()}

    assert surface(Client) == surface(AsyncClient)


def test_tokens_are_the_same_whoever_makes_them(call: Call, registry: FakeRegistry) -> None:
    tokens = call("tokenise", Identifiers(phone="138 0013 8000", region="CN", event="SF:123"))
    assert tokens.identifiers == FakeRegistry().client().tokenise(PHONE).identifiers
    assert len(tokens.event) == 1
    assert b"13800138000" not in b"".join(request.content for request in registry.requests)


def test_a_known_identifier_is_not_asked_for_again(call: Call, registry: FakeRegistry) -> None:
    call("tokenise_many", [PHONE, PHONE])
    call("tokenise", PHONE)
    assert len(sent(registry, "/v1/tokens:evaluate")) == 1
    assert len(sent(registry, "/v1/tokens/manifest")) == 1


def test_each_attempt_at_an_evaluation_is_signed_anew(call: Call, registry: FakeRegistry) -> None:
    call("tokenise", Identifiers(email="a@example.com"))
    registry.fail(times=2)
    call("tokenise", PHONE)
    nonces = {json.loads(request.content)["nonce"] for request in sent(registry, "/v1/tokens:evaluate")}
    assert len(nonces) == 4


def test_an_operator_that_the_member_did_not_pin_makes_no_tokens(call: Call, registry: FakeRegistry) -> None:
    registry.operator = type(registry.operator)("other.test", (1,))
    with pytest.raises(TokensUnavailable) as refused:
        call("tokenise", PHONE)
    assert refused.value.code == "manifest_unsigned"


def test_a_manifest_that_names_keys_no_longer_in_use_is_fetched_again(call: Call, registry: FakeRegistry) -> None:
    call("tokenise", Identifiers(email="a@example.com"))
    registry.fail(409, "key_unknown")
    assert call("tokenise", PHONE).identifiers
    assert len(sent(registry, "/v1/tokens/manifest")) == 2
    registry.fail(409, "claim_ref_reused")
    with pytest.raises(Conflict):
        call("tokenise", Identifiers(email="b@example.com"))


def test_an_evaluation_older_than_its_operator_is_signed_anew(call: Call, registry: FakeRegistry) -> None:
    call("tokenise", Identifiers(email="a@example.com"))
    registry.fail(401, "timestamp_stale")
    assert call("tokenise", PHONE).identifiers
    assert len(sent(registry, "/oauth/token")) == 1


def test_an_epoch_that_is_not_live_has_no_tokens(call: Call) -> None:
    with pytest.raises(TokensUnavailable) as refused:
        call("tokenise", PHONE, epochs=(9,))
    assert refused.value.code == "key_unknown"


def test_what_was_remembered_of_a_manifest_must_be_readable(registry: FakeRegistry) -> None:
    memory = MemoryCheckpoints()
    memory.save("registry.test/manifest", "no manifest")
    with pytest.raises(FormatError, match="manifest_memory_malformed"):
        registry.client(Options(checkpoints=memory))


def test_a_query_is_bound_to_claim_and_purpose_and_comes_with_a_receipt(call: Call, registry: FakeRegistry) -> None:
    registry.answers |= {"band": "high", "score": 612}
    answer = call("query", PHONE, CLAIM, Purpose.RESTRICTION_REVIEW)
    assert (answer.band, answer.score) == (Band.HIGH, 612)
    asked = json.loads(sent(registry, "/v1/scores:query")[0].content)
    assert (asked["claim_ref"], asked["purpose"]) == (str(CLAIM), "Q2")
    assert [one["kind"] for one in asked["identifiers"]] == ["phone"]


@pytest.mark.parametrize("name", ["band", "score", "permitted_actions", "policy", "query_id", "claim_ref"])
def test_an_answer_that_was_changed_after_it_was_signed_is_refused(
    call: Call, registry: FakeRegistry, name: str
) -> None:
    registry.tamper = lambda answer: answer.update({name: "changed"})
    with pytest.raises(ReceiptUnverified) as refused:
        call("query", PHONE, CLAIM)
    assert refused.value.code == "commitment_mismatch"


def test_an_answer_without_a_receipt_is_refused_even_if_outages_are_forgiven(
    call: Call, registry: FakeRegistry
) -> None:
    registry.tamper = lambda answer: answer.pop("receipt")
    with pytest.raises(ReceiptUnverified) as refused:
        call("query", PHONE, CLAIM, on_error="unknown")
    assert refused.value.code == "receipt_missing"
    assert refused.value.request_id


def test_a_receipt_of_another_time_is_refused_and_the_sandboxs_cure_is_named(
    call: Call, registry: FakeRegistry
) -> None:
    registry.tamper = lambda _: registry.advance(-31 * 86_400)
    with pytest.raises(ReceiptUnverified, match=r"time is not now; .* give Options\.registry_clock") as refused:
        call("query", PHONE, CLAIM)
    assert refused.value.code == "receipt_time"


@pytest.mark.parametrize("status", [0, 408, 429, 500, 503])
def test_an_outage_never_blocks_a_sale(call: Call, registry: FakeRegistry, status: int) -> None:
    registry.fail(status, times=99)
    answer = call("query", PHONE, CLAIM, on_error="unknown")
    assert isinstance(answer, Unknown)
    assert (answer.known, answer.permitted_actions, answer.error.retryable) == (False, (), True)


def test_a_page_where_an_answer_should_be_is_an_outage_too(call: Call, registry: FakeRegistry) -> None:
    tokens = call("tokenise", PHONE)
    registry.failures.append(Failure(200, page="<html>Please sign in to the hotel's network</html>"))
    assert isinstance(call("query", tokens, CLAIM, on_error="unknown"), Unknown)


def test_a_refusal_is_never_taken_for_an_outage(call: Call, registry: FakeRegistry) -> None:
    tokens = call("tokenise", PHONE)
    registry.fail(409, "claim_ref_reused")
    with pytest.raises(Conflict) as refused:
        call("query", tokens, CLAIM, on_error="unknown")
    assert refused.value.code == "claim_ref_reused"


def test_an_outage_is_raised_unless_it_is_asked_to_be_unknown(call: Call, registry: FakeRegistry) -> None:
    registry.fail(503, times=4)
    with pytest.raises(RegistryUnavailable):
        call("query", PHONE, CLAIM)
    registry.fail(times=4)
    with pytest.raises(RegistryUnreachable) as lost:
        call("query", PHONE, CLAIM)
    assert lost.value.retryable
    assert lost.value.request_id == registry.requests[-1].headers["x-request-id"]


def test_a_query_names_one_to_eight_identifiers(call: Call) -> None:
    many = Identifiers(email=[f"a{number}@example.com" for number in range(9)])
    for who, code in ((Identifiers(event="SF:1"), "identifiers_none"), (many, "identifiers_too_many")):
        with pytest.raises(RequestRefused) as refused:
            call("query", call("tokenise", who), CLAIM)
        assert refused.value.code == code


def test_many_claims_are_asked_about_at_once_under_one_receipt(call: Call, registry: FakeRegistry) -> None:
    tokens = call("tokenise", PHONE)
    claims = [str(claim_reference(bytes(32), f"claim-{number}")) for number in range(201)]
    asked = [Question(tokens, claim) for claim in claims[:-1]] + [Question(PHONE, claims[-1], Purpose.APPEAL)]
    answers = call("query_many", asked)
    assert [answer.document["claim_ref"] for answer in answers] == claims
    assert answers[-1].document["purpose"] == "Q3"
    assert len({answer.receipt for answer in answers}) == 2
    assert call("prove", answers[0].receipt).size == 2
    registry.answers = {"refusal": "claim_ref_reused"}
    assert call("query_many", asked[:1]) == [ItemRefused("claim_ref_reused")]
    assert call("query_many", []) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda answer: answer["items"][0]["result"].update(score=1), "commitment_mismatch"),
        (lambda answer: answer["items"].reverse(), "commitment_mismatch"),
        (lambda answer: answer["items"].pop(), "commitment_mismatch"),
        (lambda answer: answer["items"].clear(), "answer_malformed"),
        (lambda answer: answer["items"][0].pop("salt"), "answer_malformed"),
        (lambda answer: answer.pop("receipt"), "receipt_missing"),
    ],
    ids=["changed", "moved", "left out", "empty", "without salt", "without receipt"],
)
def test_no_item_of_a_batch_can_be_changed_moved_or_left_out(
    call: Call, registry: FakeRegistry, change: Callable[[Any], Any], code: str
) -> None:
    registry.tamper = change
    with pytest.raises(ReceiptUnverified) as refused:
        call("query_many", [Question(PHONE, CLAIM), Question(Identifiers(email="b@example.com"), "B" * 43)])
    assert refused.value.code == code


def test_an_answer_to_another_claim_of_the_batch_is_refused(call: Call, registry: FakeRegistry) -> None:
    sign = registry.log.write_batch
    registry.log.write_batch = lambda answers, **named: sign(answers[::-1], **named)  # type: ignore[method-assign]
    with pytest.raises(AnswerMalformed):
        call("query_many", [Question(PHONE, CLAIM), Question(PHONE, "B" * 43)])


def test_an_asynchronous_client_is_closed_at_the_end_of_its_block(registry: FakeRegistry) -> None:
    async def ask() -> str:
        async with registry.async_client() as client:
            return repr(client)

    assert asyncio.run(ask()).startswith("AsyncClient(https://registry.test as ")


def test_a_client_shows_where_and_for_whom_and_no_key(registry: FakeRegistry) -> None:
    with registry.client() as client:
        assert repr(client) == "Client(https://registry.test as 01900000-0000-7000-8000-000000000001)"
