"""Receipts that a member collected: whose they are, whether they are due, and whether the log kept its word."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from registry.crypto.checkpoint import SigningKey
from registry.crypto.receipts import ReceiptSigner
from registry_client.receipt_files import FileReceipts
from registry_client.receipts import Filed
from registry_client.verifier.copies import LogCopy
from registry_client.verifier.sources import Directory
from registry_formats import base64std
from registry_formats.bundles import ENTRY_BYTES, encode_bundle
from registry_formats.notes import parse_note
from registry_formats.proofs import TlogProof, encode_proof
from registry_formats.receipts import parse_receipt_text
from registry_formats.tile_proofs import inclusion_proof
from tests.clients.verifying import Said, run
from tests.log_files import BEGAN_MS, KEY, STEP_MS, leaf, leaves, write_log

RECEIPTS = SigningKey("registry.example/receipts", b"\x19" * 32)
SIGNER = ReceiptSigner(RECEIPTS)
SIZE = 700
LATER = BEGAN_MS / 1000 + 3600


def _kept(entry: bytes, proof: str | None = None) -> dict[str, Any]:
    kept = {"leaf": base64std.encode(entry), "receipt": SIGNER.issue(entry)}
    return kept if proof is None else kept | {"proof": proof}


def _write(path: Path, kept: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in kept))
    return path


def _check(path: Path, *options: str | Path, at: float = LATER) -> Said:
    return run("receipts", "check", path, "--key", RECEIPTS.vkey.encode(), "--at", str(at), *options)


def _counted(said: Said) -> tuple[int, int, int]:
    last = said.checks[-1]
    return last["receipts"], last["proved"], last["waiting"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log that goes on for more than a minute after its first entries."""
    write_log(tmp_path / "log", leaves(SIZE))
    assert SIZE * STEP_MS > 60_000
    return tmp_path / "log"


def _proof(log: Path, index: int) -> str:
    checkpoint = write_log(log, leaves(SIZE))
    copy = LogCopy(Directory(log), (log / "checkpoint").read_text(), checkpoint)
    return encode_proof(TlogProof(index, inclusion_proof(index, SIZE, copy.read_tile), copy.note))


def test_receipts_with_their_proofs_need_nothing_else(tmp_path: Path, log: Path) -> None:
    path = _write(tmp_path / "receipts", [_kept(leaf(at), _proof(log, at)) for at in (0, 300, 699)])
    said = _check(path)
    assert (said.code, _counted(said)) == (0, (3, 3, 0))


def test_receipts_without_proofs_are_looked_for_in_the_log(tmp_path: Path, log: Path) -> None:
    path = _write(tmp_path / "receipts", [_kept(leaf(at)) for at in (0, 300, 699)])
    assert (_check(path).code, {one[0] for one in _check(path).found}) == (2, {"proof_missing"})
    said = _check(path, "--log", log)
    assert (said.code, _counted(said)) == (0, (3, 3, 0))


def test_a_receipt_whose_entry_never_came_is_evidence(tmp_path: Path, log: Path) -> None:
    path = _write(tmp_path / "receipts", [_kept(leaf(5)), _kept(leaf(6, salt=b"kept out"))])
    said = _check(path, "--log", log)
    assert (said.code, [one["finding"] for one in said.faults]) == (1, ["promise_broken"])
    assert "line 2 entry" in said.faults[0]["place"]


def test_a_copy_that_ends_before_the_promised_time_says_nothing(tmp_path: Path) -> None:
    write_log(tmp_path / "log", leaves(100))
    path = _write(tmp_path / "receipts", [_kept(leaf(6, salt=b"perhaps later"))])
    said = _check(path, "--log", tmp_path / "log")
    assert (said.code, said.found) == (2, [("proof_missing", None, None)])


def test_a_receipt_that_is_not_due_yet_waits(tmp_path: Path) -> None:
    path = _write(tmp_path / "receipts", [_kept(leaf(0))])
    assert _counted(_check(path, at=BEGAN_MS / 1000 + 59)) == (1, 0, 1)
    assert _check(path, at=BEGAN_MS / 1000 + 59).code == 0
    assert _check(path, at=BEGAN_MS / 1000 + 61).code == 2


@pytest.mark.parametrize(
    ("kept", "code"),
    [
        (_kept(leaf(0)) | {"leaf": base64std.encode(leaf(1))}, "receipt_leaf"),
        (_kept(leaf(0)) | {"leaf": "AAAA"}, "receipt_file_malformed"),
        (_kept(leaf(0)) | {"receipt": _kept(leaf(0))["receipt"].replace("mmd 60", "mmd 90")}, "note_signature_invalid"),
        ({"leaf": base64std.encode(leaf(0)), "receipt": ReceiptSigner(KEY).issue(leaf(0))}, "note_unsigned"),
        ({"other": 1}, "receipt_file_malformed"),
    ],
)
def test_what_the_receipts_key_did_not_sign_is_refused(tmp_path: Path, kept: dict[str, Any], code: str) -> None:
    path = _write(tmp_path / "receipts", [_kept(leaf(9)), kept])
    said = _check(path, at=0)
    assert (said.code, said.faults[0]["finding"], said.faults[0]["detail"]) == (1, "receipt_refused", code)
    assert _counted(said)[0] == 1


def test_lines_that_are_no_json_are_named(tmp_path: Path) -> None:
    path = _write(tmp_path / "receipts", [_kept(leaf(9))])
    path.write_text(path.read_text() + "[1]\n{\n")
    places = [one["place"].rpartition(" ")[2] for one in _check(path, at=0).faults]
    assert places == ["2", "3"]


def test_a_proof_of_another_entry_is_refused(tmp_path: Path, log: Path) -> None:
    path = _write(tmp_path / "receipts", [_kept(leaf(4), _proof(log, 5)), _kept(leaf(5), "no proof")])
    said = _check(path)
    assert [one["detail"] for one in said.faults] == ["inclusion_mismatch", "proof_malformed"]


def test_a_log_that_is_not_sound_proves_nothing(tmp_path: Path, log: Path) -> None:
    tile = log / "tile/0/000"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    said = _check(_write(tmp_path / "receipts", [_kept(leaf(9))]), "--log", log)
    assert [one[0] for one in said.found] == ["subtree_changed", "proof_missing"]


def test_the_directory_that_the_sdk_keeps_is_read_as_it_is(tmp_path: Path, log: Path) -> None:
    store = FileReceipts(tmp_path / "kept")
    for at in (1, 2):
        note = SIGNER.issue(leaf(at))
        store.keep(Filed(note, parse_receipt_text(parse_note(note).text), leaf(at), 0))
    said = _check(tmp_path / "kept", "--log", log)
    assert (said.code, _counted(said)) == (0, (2, 2, 0))
    write_log(tmp_path / "fork", [leaf(at, salt=b"fork") for at in range(SIZE)])
    shown = [(tmp_path / name / "checkpoint").read_text() for name in ("log", "fork")]
    store.accuse("log_forked", None, shown)
    assert _check(tmp_path / "kept", "--log", log).found == [("log_forked", 0, SIZE - 1)]


def test_a_checkpoint_of_a_tree_that_no_copy_grew_from_is_a_fork(tmp_path: Path, log: Path) -> None:
    store = FileReceipts(tmp_path / "kept")
    write_log(tmp_path / "fork", [leaf(at, salt=b"fork") for at in range(SIZE - 200)])
    write_log(tmp_path / "younger", [leaf(at) for at in range(SIZE - 300)])
    younger, forked, newest = (
        (place / "checkpoint").read_text() for place in (tmp_path / "younger", tmp_path / "fork", log)
    )
    store.accuse("consistency_mismatch", None, [younger, newest])
    assert _check(tmp_path / "kept", "--log", log).found == []
    store.accuse("consistency_mismatch", None, [younger, forked])
    assert _check(tmp_path / "kept").found == []
    assert _check(tmp_path / "kept", "--log", log).found == [("log_forked", 0, SIZE - 201)]


def test_a_time_that_the_tree_does_not_vouch_for_makes_no_promise_broken(tmp_path: Path) -> None:
    write_log(tmp_path / "log", leaves(100))
    path = _write(tmp_path / "receipts", [_kept(leaf(6, salt=b"perhaps later"))])
    bundle = tmp_path / "log" / "tile/entries/000.p/100"
    bundle.write_bytes(bundle.read_bytes()[:-ENTRY_BYTES] + encode_bundle([leaf(9_999)]))
    assert _check(path, "--log", tmp_path / "log").found == [("proof_missing", None, None)]
