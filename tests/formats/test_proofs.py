"""Offline proofs (c2sp.org/tlog-proof@v1): one file, one leaf, one log."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_formats import base64std
from registry_formats.errors import FormatError
from registry_formats.notes import parse_vkey
from registry_formats.proofs import MAX_HASHES, TlogProof, encode_proof, parse_proof, verify_proof

_V: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "clients" / "vectors" / "proofs.json").read_text(encoding="utf-8")
)
_KEYS = [parse_vkey(_V["vkey"])]
_LEAF_HASH = bytes.fromhex(_V["leaf_hash"])


def test_the_vectors_proof_convinces_with_the_logs_key_alone() -> None:
    checkpoint = verify_proof(_V["proof"], _LEAF_HASH, _V["origin"], _KEYS)
    assert (checkpoint.size, checkpoint.root.hex()) == (int(_V["size"]), _V["root"])


def test_extra_data_is_carried_and_proves_nothing() -> None:
    assert verify_proof(_V["with_extra"], _LEAF_HASH, _V["origin"], _KEYS).size == int(_V["size"])
    extra = parse_proof(_V["with_extra"]).extra
    assert extra is not None
    assert extra.hex() == _V["extra"]


def test_another_leaf_is_not_proved() -> None:
    with pytest.raises(FormatError, match="inclusion_mismatch"):
        verify_proof(_V["proof"], bytes(32), _V["origin"], _KEYS)


@pytest.mark.parametrize("case", _V["refused"], ids=lambda case: case["name"])
def test_other_files_are_refused_by_code(case: dict[str, str]) -> None:
    with pytest.raises(FormatError) as refused:
        verify_proof(case["proof"], _LEAF_HASH, _V["origin"], _KEYS)
    assert refused.value.code == case["code"]


@pytest.mark.parametrize("text", ["", "\n\n", "c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v1\nextra AA==\n\nx"])
def test_a_file_without_an_index_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="proof_malformed"):
        parse_proof(text)


@given(
    st.integers(0, 2**63 - 2),
    st.lists(st.binary(min_size=32, max_size=32), max_size=MAX_HASHES),
    st.text(),
    st.none() | st.binary(),
)
def test_every_proof_reads_back(index: int, hashes: list[bytes], checkpoint: str, extra: bytes | None) -> None:
    proof = TlogProof(index, tuple(hashes), checkpoint, extra)
    assert parse_proof(encode_proof(proof)) == proof


@given(st.data())
def test_a_changed_character_of_the_proof_is_refused(data: st.DataObject) -> None:
    text: str = _V["proof"]
    end = text.index("\n\n", text.index("\n\n") + 2)  # past the checkpoint's text; unknown signatures may change freely
    place = data.draw(st.integers(0, end))
    changed = text[:place] + data.draw(st.characters().filter(lambda c: c != text[place])) + text[place + 1 :]
    with pytest.raises(FormatError):
        verify_proof(changed, _LEAF_HASH, _V["origin"], _KEYS)


@pytest.mark.parametrize("text", ["A", "AA", "AA=", "AB==", "A-==", "AA==\n", "ÄA==", "=AA=", "AAAA===="])
def test_only_one_spelling_of_base64_is_read(text: str) -> None:
    with pytest.raises(FormatError, match="base64_invalid"):
        base64std.decode(text)


@given(st.binary())
def test_base64_reads_back_at_its_size_only(data: bytes) -> None:
    assert base64std.decode(base64std.encode(data), size=len(data)) == data
    with pytest.raises(FormatError, match="wrong_size"):
        base64std.decode(base64std.encode(data), code="wrong_size", size=len(data) + 1)
