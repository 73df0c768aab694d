"""Receipts that outlive the process, evidence that convinces others, and witnesses that a member insists on."""

import errno
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from registry.crypto.checkpoint import SigningKey
from registry.crypto.receipts import ReceiptSigner
from registry_client import (
    FileReceipts,
    Identifiers,
    Options,
    ProofUnverified,
    ReceiptUnsaved,
    RegistryUnavailable,
    Retry,
    Unknown,
    claim_reference,
)
from registry_client.receipts import Filed
from registry_client.testing import FakeRegistry
from registry_formats.base64std import decode
from registry_formats.cosignatures import CosignatureType, CosigningKey
from registry_formats.errors import FormatError
from registry_formats.notes import (
    add_signatures,
    encode_signatures,
    parse_checkpoint_text,
    parse_note,
    parse_vkey,
    verify_note,
)
from registry_formats.receipts import parse_receipt_text, verify_receipt

CLAIM = claim_reference(bytes(32), "claim-1")
PHONE = Identifiers(phone="+86 138 0013 8000")
WITNESS = CosigningKey("witness.example/w1", CosignatureType.ED25519, bytes(32))
Call = Callable[..., Any]


def files(directory: Path) -> Options:
    return Options(receipts=FileReceipts(directory), retry=Retry(first=0))


def test_the_next_process_demands_what_the_last_one_was_promised(registry: FakeRegistry, tmp_path: Path) -> None:
    with registry.client(files(tmp_path)) as client:
        first, second = (client.query(PHONE, CLAIM).receipt for _ in range(2))
        client.prove(first)
    registry.advance(61)
    with registry.client(files(tmp_path)) as client:
        assert client.receipts_due() == (second,)
        demanded = client.prove_due()
        assert (demanded.proved, demanded.broken) == (1, ())
    with registry.client(files(tmp_path)) as client:
        assert client.receipts_due() == ()


def test_an_entry_that_never_came_leaves_a_file_that_convinces_others(registry: FakeRegistry, tmp_path: Path) -> None:
    with registry.client(files(tmp_path)) as client:
        receipt = client.query(PHONE, CLAIM).receipt
        registry.log.sealing = False
        registry.advance(75)
        (broken,) = client.prove_due(within=0.5).broken
    assert broken.evidence_file is not None
    assert broken.evidence_file.parent == tmp_path / "evidence"
    assert broken.evidence_file.name.startswith(f"{receipt.receipt.entry_id}.{receipt.leaf_hash.hex()[:16]}.")
    evidence = json.loads(broken.evidence_file.read_text())
    assert evidence["code"] == "entry_missing"
    shown = verify_receipt(evidence["receipt"], decode(evidence["leaf"]), [parse_vkey(registry.log.receipt_vkey)])
    assert shown == receipt.receipt
    assert list((tmp_path / "pending").iterdir())


def test_two_histories_leave_both_notes(registry: FakeRegistry, tmp_path: Path) -> None:
    with registry.client(files(tmp_path)) as client:
        client.prove(client.query(PHONE, CLAIM).receipt)
        registry.log.rewrite()
        with pytest.raises(ProofUnverified) as forked:
            client.follow_log()
    assert forked.value.evidence_file is not None
    evidence = json.loads(forked.value.evidence_file.read_text())
    key = parse_vkey(registry.log.log_vkey)
    one, other = (parse_checkpoint_text(verify_note(note, [key]).text) for note in evidence["notes"])
    assert (one.size, one.root != other.root) == (other.size, True)


def test_both_clients_demand_all_that_is_due(call: Call, registry: FakeRegistry) -> None:
    for _ in range(3):
        call("query", PHONE, CLAIM)
    assert call("prove_due").proved == 0
    registry.advance(61)
    assert call("prove_due").proved == 3
    registry.log.sealing = False
    call("query", PHONE, CLAIM)
    registry.advance(75)
    (broken,) = call("prove_due", within=0.5).broken
    assert (broken.code, broken.evidence_file) == ("entry_missing", None)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"leaf": "AA==", "receipt": "x", "kept_ms": 1}', "\ud7ff"])
def test_a_file_that_cannot_be_read_is_set_aside_and_keeps_no_other_from_being_demanded(
    registry: FakeRegistry, tmp_path: Path, content: str
) -> None:
    with registry.client(files(tmp_path)) as client:
        receipt = client.query(PHONE, CLAIM).receipt
    (tmp_path / "pending" / "other.json").write_text(content)
    store = FileReceipts(tmp_path)
    (aside,) = store.unreadable
    assert aside.name.startswith("other.json.")
    assert aside.read_text() == content
    assert list(store.pending()) == [receipt]
    assert FileReceipts(tmp_path).unreadable == (aside,)


def test_two_answers_under_one_entry_are_two_promises(registry: FakeRegistry, tmp_path: Path) -> None:
    store = FileReceipts(tmp_path)
    with registry.client(Options(receipts=store)) as client:
        first = client.query(PHONE, CLAIM).receipt
    leaf = first.leaf[:-1] + bytes([first.leaf[-1] ^ 1])
    note = ReceiptSigner(SigningKey("registry.test/receipts", bytes(32))).issue(leaf)
    second = Filed(note, parse_receipt_text(parse_note(note).text), leaf, first.kept_ms)
    assert second.receipt.entry_id == first.receipt.entry_id
    store.keep(second)
    assert len(FileReceipts(tmp_path).pending()) == 2
    store.forget(first)
    assert [one.leaf for one in FileReceipts(tmp_path).pending()] == [second.leaf]


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Fill the disk."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    return lambda: monkeypatch.setattr(tempfile, "mkstemp", refuse)


def test_an_answer_whose_receipt_cannot_be_written_down_is_no_answer_and_is_demanded_all_the_same(
    registry: FakeRegistry, tmp_path: Path, full: Callable[[], None]
) -> None:
    with registry.client(files(tmp_path)) as client:
        full()
        with pytest.raises(ReceiptUnsaved) as unsaved:
            client.query(PHONE, CLAIM)
        assert (unsaved.value.code, unsaved.value.retryable) == ("receipt_unsaved", True)
        assert isinstance(client.query(PHONE, CLAIM, on_error="unknown"), Unknown)
        registry.advance(61)
        assert client.prove_due().proved == 2


def test_what_is_broken_is_told_though_the_disk_is_full(
    registry: FakeRegistry, tmp_path: Path, full: Callable[[], None]
) -> None:
    with registry.client(files(tmp_path)) as client:
        for _ in range(3):
            client.query(PHONE, CLAIM)
        registry.log.sealing = False
        registry.advance(75)
        full()
        broken = client.prove_due(within=0).broken
        assert [(one.code, one.evidence_file, len(one.evidence)) for one in broken] == [("entry_missing", None, 1)] * 3
        assert broken[0].__notes__ == ["the evidence is in no file: OSError"]
        assert len(client.receipts_due()) == 3


def insisting(registry: FakeRegistry) -> None:
    """Make the member insist on one witness."""
    policy = f"witness w {WITNESS.vkey.encode()}\nquorum w\n"
    registry.trust = replace(registry.trust, witness_policy=policy)


def cosigned(note: str) -> str:
    checkpoint = parse_checkpoint_text(parse_note(note).text)
    return add_signatures(note, [WITNESS.cosign(checkpoint, 1)])


def test_a_member_that_insists_on_witnesses_believes_no_uncosigned_checkpoint(registry: FakeRegistry) -> None:
    insisting(registry)
    with registry.client() as client:
        receipt = client.query(PHONE, CLAIM).receipt
        with pytest.raises(RegistryUnavailable, match="quorum_missing"):
            client.prove(receipt, within=0.5)
        with pytest.raises(ProofUnverified, match="quorum_missing"):
            client.follow_log()
        registry.advance(75)
        with pytest.raises(ProofUnverified, match="quorum_missing") as unwitnessed:
            client.prove(receipt, within=0.5)
        assert unwitnessed.value.evidence[0] == receipt.note


def test_cosigned_proofs_and_checkpoints_are_believed(registry: FakeRegistry) -> None:
    insisting(registry)
    checkpoint = registry.log.checkpoint
    other = parse_checkpoint_text("elsewhere\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
    spoiled = encode_signatures([WITNESS.cosign(other, 1)])
    registry.log.checkpoint = lambda size=None: cosigned(checkpoint(size))  # type: ignore[method-assign]
    with registry.client() as client:
        assert client.prove(client.query(PHONE, CLAIM).receipt).size == 1
        assert client.follow_log().size == 1
        registry.log.checkpoint = lambda size=None: checkpoint(size) + spoiled  # type: ignore[method-assign]
        with pytest.raises(ProofUnverified, match="quorum_missing"):
            client.follow_log()


def test_a_policy_that_cannot_be_read_is_no_trust(registry: FakeRegistry) -> None:
    with pytest.raises(FormatError, match="policy_malformed"):
        replace(registry.trust, witness_policy="quorum nobody\n")
