"""The registry held to its receipts by both clients: inclusion, consistency, and what is found when it cheats."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from registry_client import (
    AnswerMalformed,
    FileCheckpoints,
    Identifiers,
    NotFound,
    Options,
    ProofUnverified,
    Retry,
    claim_reference,
)
from registry_client.testing import Failure, FakeRegistry

CLAIM = claim_reference(bytes(32), "claim-1")
PHONE = Identifiers(phone="+86 138 0013 8000")
Call = Callable[..., Any]


def sent(registry: FakeRegistry, path: str) -> list[httpx.Request]:
    return [request for request in registry.requests if request.url.path == path]


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
        call("prove", receipt, within=0.5)
    assert (broken.value.code, broken.value.evidence) == ("entry_missing", (receipt.note,))


def test_a_clock_that_runs_ahead_accuses_nobody(call: Call, registry: FakeRegistry) -> None:
    first, second = (call("query", PHONE, CLAIM).receipt for _ in range(2))
    registry.advance(75)
    registry.fail(404, "entry_not_sealed")
    assert call("prove", first).size == 2
    registry.fail(404, "entry_not_sealed")
    demanded = call("prove_due")
    assert (demanded.proved, demanded.broken) == (1, ())
    assert second not in call("receipts_due")


def test_all_that_is_missing_is_waited_for_once(call: Call, registry: FakeRegistry) -> None:
    registry.log.sealing = False
    for _ in range(5):
        call("query", PHONE, CLAIM)
    registry.advance(75)
    began = monotonic()
    assert [one.code for one in call("prove_due", within=2).broken] == ["entry_missing"] * 5
    assert monotonic() - began < 2 * 2


def test_a_proof_that_cannot_be_read_is_no_proof(call: Call, registry: FakeRegistry) -> None:
    receipt = call("query", PHONE, CLAIM).receipt
    registry.failures.append(Failure(200, page="no proof"))
    with pytest.raises(AnswerMalformed) as unread:
        call("prove", receipt)
    assert (unread.value.code, unread.value.retryable) == ("proof_malformed", True)
    call("prove", receipt)
    later = call("query", PHONE, CLAIM).receipt
    registry.log.consistency = lambda *_: ["short"]  # type: ignore[method-assign]
    with pytest.raises(AnswerMalformed) as short:
        call("prove", later)
    assert short.value.code == "merkle_proof_length"


def test_what_was_seen_last_outlives_the_process(registry: FakeRegistry, tmp_path: Path) -> None:
    options = Options(checkpoints=FileCheckpoints(tmp_path), retry=Retry(first=0))
    with registry.client(options) as client:
        client.prove(client.query(PHONE, CLAIM).receipt)
    registry.log.rewrite()
    with registry.client(options) as client, pytest.raises(ProofUnverified) as forked:
        client.follow_log()
    assert forked.value.code == "log_forked"
    assert len(list(tmp_path.glob("*.checkpoint"))) == 2
