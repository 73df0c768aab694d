"""Both clients against a registry in memory: the same flows, run in the calling thread and on the event loop."""

import asyncio
import inspect
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

import registry_client
from registry_client import (
    AsyncClient,
    Band,
    Client,
    Conflict,
    FileCheckpoints,
    Identifiers,
    ImportStopped,
    LineResult,
    MemoryCheckpoints,
    NotFound,
    Options,
    Progress,
    ProofUnverified,
    Purpose,
    ReceiptUnverified,
    RegistryUnavailable,
    RegistryUnreachable,
    ReportRefused,
    RequestRefused,
    Retry,
    TokensUnavailable,
    Unknown,
    WithdrawReason,
    claim_reference,
)
from registry_client.testing import Failure, FakeRegistry
from registry_formats.errors import FormatError

CLAIM = claim_reference(bytes(32), "claim-1")
PHONE = Identifiers(phone="+86 138 0013 8000")
REPORT = {"reference": "RMA-1", "facts": ["A sentence."]}
Call = Callable[..., Any]


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry()


@pytest.fixture(params=["blocking", "async"])
def call(request: pytest.FixtureRequest, registry: FakeRegistry) -> Iterator[Call]:
    """Call a method of one of the two clients by name."""
    if request.param == "blocking":
        with registry.client() as client:
            yield lambda name, *args, **named: getattr(client, name)(*args, **named)
        return
    with asyncio.Runner() as loop:
        other = registry.async_client()

        def run(name: str, *args: Any, **named: Any) -> Any:  # noqa: ANN401 - any method
            outcome = getattr(other, name)(*args, **named)
            return loop.run(outcome) if inspect.iscoroutine(outcome) else outcome

        yield run
        loop.run(other.close())


def sent(registry: FakeRegistry, path: str) -> list[httpx.Request]:
    return [request for request in registry.requests if request.url.path == path]


def test_both_clients_can_do_the_same() -> None:
    def surface(kind: type) -> dict[str, inspect.Signature]:
        return {name: inspect.signature(method) for name, method in vars(kind).items() if not name.startswith("_")}

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


def test_a_receipt_is_held_until_its_entry_is_proved(call: Call, registry: FakeRegistry) -> None:
    receipts = [call("query", PHONE, CLAIM).receipt for _ in range(3)]
    assert call("receipts_due") == ()
    registry.advance(61)
    assert set(call("receipts_due")) == set(receipts)
    assert [call("prove", receipt).size for receipt in receipts] == [3, 3, 3]
    assert call("receipts_due") == ()


def test_every_further_checkpoint_must_extend_the_last(call: Call, registry: FakeRegistry) -> None:
    for size in range(1, 6):
        receipt = call("query", PHONE, CLAIM).receipt
        assert call("prove", receipt).size == size
    assert call("follow_log").size == 5
    assert sent(registry, "/v1/log/proofs/consistency")


def test_a_log_that_was_rewritten_is_found(call: Call, registry: FakeRegistry) -> None:
    call("prove", call("query", PHONE, CLAIM).receipt)
    registry.log.rewrite()
    with pytest.raises(ProofUnverified) as forked:
        call("follow_log")
    assert forked.value.code == "log_forked"
    assert len(set(forked.value.evidence)) == 2
    receipt = call("query", PHONE, CLAIM).receipt
    with pytest.raises(ProofUnverified):
        call("prove", receipt)


def test_an_entry_that_never_came_is_a_broken_promise(call: Call, registry: FakeRegistry) -> None:
    receipt = call("query", PHONE, CLAIM).receipt
    registry.log.sealing = False
    with pytest.raises(NotFound):
        call("prove", receipt, within=0.5)
    registry.advance(75)
    with pytest.raises(ProofUnverified) as broken:
        call("prove", receipt)
    assert (broken.value.code, broken.value.evidence) == ("entry_missing", (receipt.note,))


def test_what_was_seen_last_outlives_the_process(registry: FakeRegistry, tmp_path: Path) -> None:
    options = Options(checkpoints=FileCheckpoints(tmp_path), retry=Retry(first=0))
    with registry.client(options) as client:
        client.prove(client.query(PHONE, CLAIM).receipt)
    registry.log.rewrite()
    with registry.client(options) as client, pytest.raises(ProofUnverified) as forked:
        client.follow_log()
    assert forked.value.code == "log_forked"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_report_is_signed_and_filed_once_whatever_the_network_does(call: Call, registry: FakeRegistry) -> None:
    call("check", REPORT)
    registry.fail(times=2)
    filed = call("report", REPORT)
    assert registry.reports == {filed.report_id: REPORT}
    keys = {request.headers["idempotency-key"] for request in sent(registry, "/v1/reports")}
    assert len(keys) == 1
    assert len(sent(registry, "/v1/reports")) == 3


def test_a_refused_report_says_what_its_proof_lacks(call: Call, registry: FakeRegistry) -> None:
    call("check", REPORT)
    registry.failures.append(Failure(409, "report_refused", errors=[{"pointer": "/notice", "code": "notice_missing"}]))
    with pytest.raises(ReportRefused) as refused:
        call("report", REPORT)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/notice", "notice_missing")]
    assert refused.value.idempotency_key == sent(registry, "/v1/reports")[0].headers["idempotency-key"]


def test_a_report_can_be_kept_right(call: Call, registry: FakeRegistry) -> None:
    filed = call("report", REPORT)
    amended = call("amend", filed.report_id, REPORT | {"facts": ["Another."]})
    assert (amended.revision, registry.reports[filed.report_id]["facts"]) == (2, ["Another."])
    call("mark_repaid", str(filed.report_id), date(2026, 11, 21))
    assert json.loads(registry.requests[-1].content) == {"repaid_on": "2026-11-21"}
    assert call("withdraw", filed.report_id, WithdrawReason.SETTLED).state == "withdrawn"


def test_a_report_id_cannot_become_another_path(call: Call) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        call("withdraw", "../members", WithdrawReason.MISTAKE)
    with pytest.raises(NotFound):
        call("withdraw", UUID(int=9), WithdrawReason.MISTAKE)


def test_a_notice_goes_to_the_relay_with_a_token_for_nothing_else(call: Call, registry: FakeRegistry) -> None:
    filed = call("report", REPORT)
    call("serve_notice", filed.report_id, phone="+86 138 0013 8000", language="en")
    assert registry.notices == [(filed.report_id, "phone", "en")]
    assert b"scope=notices%3Aserve" in sent(registry, "/oauth/token")[-1].content
    assert [request.url.host for request in registry.requests if b"138 0013" in request.content] == ["relay.test"]
    assert "138 0013" not in repr(registry_client._http.Request("POST", "/", content=registry.requests[-1].content))


def test_a_notice_goes_to_one_contact(call: Call) -> None:
    for contacts in ({}, {"phone": "+8613800138000", "email": "a@example.com"}):
        with pytest.raises(RequestRefused) as refused:
            call("serve_notice", UUID(int=1), **contacts)
        assert refused.value.code == "contact_one"


def test_an_import_tells_what_became_of_every_line(call: Call, registry: FakeRegistry) -> None:
    seen: list[Progress] = []
    call("report", {"reference": "r-7"})
    outcome = call("import_reports", [{"reference": f"r-{number}"} for number in range(205)], progress=seen.append)
    assert [step.next_line for step in seen] == [100, 200, 205]
    assert (outcome.progress.filed, outcome.progress.duplicates, outcome.progress.refused) == (204, 1, 0)
    assert [line.number for line in seen[0].lines if line.result == LineResult.DUPLICATE] == [7]
    assert len(registry.reports) == 205


def test_an_import_that_stopped_goes_on_where_it_was(call: Call, registry: FakeRegistry, tmp_path: Path) -> None:
    path = tmp_path / "reports.ndjson"
    path.write_text("".join(json.dumps({"reference": f"r-{number}"}) + "\n" for number in range(150)) + "\n")

    def break_down(_: Progress) -> None:
        registry.fail(503, times=4)

    with pytest.raises(ImportStopped) as stopped:
        call("import_reports", path, progress=break_down)
    assert (stopped.value.next_line, stopped.value.retryable) == (100, True)
    outcome = call("import_reports", path, from_line=stopped.value.next_line)
    assert (outcome.progress.next_line, outcome.progress.filed) == (150, 50)
    assert len(registry.reports) == 150


def test_an_asynchronous_client_is_closed_at_the_end_of_its_block(registry: FakeRegistry) -> None:
    async def ask() -> str:
        async with registry.async_client() as client:
            return repr(client)

    assert asyncio.run(ask()).startswith("AsyncClient(https://registry.test as ")


def test_a_client_shows_where_and_for_whom_and_no_key(registry: FakeRegistry) -> None:
    with registry.client() as client:
        assert repr(client) == "Client(https://registry.test as 01900000-0000-7000-8000-000000000001)"
