"""Issuing receipts: the vectors' bytes, and that each one verifies."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.crypto.checkpoint import SigningKey, sign_note
from registry.crypto.leaves import Details, build
from registry.crypto.receipts import ReceiptSigner
from registry_formats.errors import FormatError
from registry_formats.leaf import LeafType
from registry_formats.notes import parse_vkey
from registry_formats.receipts import verify_receipt

_V: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "clients" / "vectors" / "receipts.json").read_text(encoding="utf-8")
)
_KEY = SigningKey(parse_vkey(_V["vkey"]).name, bytes.fromhex(_V["seed"]))
_SIGNER = ReceiptSigner(_KEY)


def test_the_vectors_receipt_comes_out_byte_for_byte() -> None:
    assert _SIGNER.issue(base64.b64decode(_V["answer"]["leaf"])) == _V["answer"]["receipt"]


@given(st.binary(min_size=16, max_size=16), st.integers(0, 2**48 - 1), st.binary(min_size=128, max_size=128))
def test_every_receipt_verifies_and_is_the_note_that_the_plain_writer_writes(
    entry: bytes, t_ms: int, salts: bytes
) -> None:
    entry_id = entry[:6] + bytes([0x70 | entry[6] & 0x0F, entry[7], 0x80 | entry[8] & 0x3F]) + entry[9:]
    leaf = build(LeafType.QUERY, entry_id, t_ms, 1, 2, Details({}, {}, {}, {}), salts).leaf
    note = _SIGNER.issue(leaf)
    receipt = verify_receipt(note, leaf, [_KEY.vkey])
    assert (receipt.entry_id.bytes, receipt.t_ms) == (entry_id, t_ms)
    assert note == sign_note(receipt.text(), [_KEY])


@pytest.mark.parametrize("length", [0, 167, 169])
def test_nothing_but_a_leaf_gets_a_receipt(length: int) -> None:
    with pytest.raises(FormatError, match="leaf_malformed"):
        _SIGNER.issue(bytes(length))
