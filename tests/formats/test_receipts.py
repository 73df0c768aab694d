"""Receipts: one spelling, one leaf, one signer; and details that must open the leaf they came with."""

import base64
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_formats import details
from registry_formats.errors import FormatError
from registry_formats.leaf import Group, JsonValue, Opening, commit
from registry_formats.merkle import hash_leaf, hash_node
from registry_formats.notes import parse_checkpoint_text, parse_vkey
from registry_formats.receipts import Receipt, parse_receipt_text, recompute, verify_receipt

_V: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "clients" / "vectors" / "receipts.json").read_text(encoding="utf-8")
)
_KEYS = [parse_vkey(_V["vkey"])]
_LEAF = base64.b64decode(_V["answer"]["leaf"])
_NOTE: str = _V["answer"]["receipt"]
_SALT = {group: base64.b64decode(salt) for group, salt in _V["answer"]["salts"].items()}


def _org(**change: JsonValue) -> Opening:
    return Opening(_SALT["org"], {**_V["org"], **change})


def _content(body: str = _V["body"], **change: JsonValue) -> Opening:
    return Opening(
        _SALT["content"], details.content_detail(details.request_digest(body.encode()), {**_V["answer"], **change})
    )


def test_the_vectors_receipt_is_for_the_vectors_leaf() -> None:
    receipt = verify_receipt(_NOTE, _LEAF, _KEYS)
    assert receipt == Receipt(bytes.fromhex(_V["leaf_hash"]), UUID(_V["entry_id"]), int(_V["t_ms"]))
    assert receipt.due_ms == int(_V["due_ms"])
    assert _NOTE.startswith(receipt.text() + "\n")


@pytest.mark.parametrize("case", _V["refused"], ids=lambda case: case["name"])
def test_other_receipts_are_refused_by_code(case: dict[str, str]) -> None:
    with pytest.raises(FormatError) as refused:
        verify_receipt(case["receipt"], _LEAF, _KEYS)
    assert refused.value.code == case["code"]


@given(st.integers(0, 167), st.integers(1, 255))
def test_a_receipt_is_for_no_other_leaf(place: int, flip: int) -> None:
    other = bytearray(_LEAF)
    other[place] ^= flip
    with pytest.raises(FormatError):
        verify_receipt(_NOTE, bytes(other), _KEYS)


def test_a_receipt_can_never_pass_for_a_checkpoint() -> None:
    with pytest.raises(FormatError, match="checkpoint_malformed"):
        parse_checkpoint_text(_NOTE.partition("\n\n")[0] + "\n")


@given(st.binary(min_size=32, max_size=32), st.integers(0, 10**15 - 1))
def test_every_receipt_reads_back(leaf_hash: bytes, t_ms: int) -> None:
    receipt = Receipt(leaf_hash, UUID(_V["entry_id"]), t_ms)
    assert parse_receipt_text(receipt.text()) == receipt


def test_the_details_of_request_and_answer_open_the_leaf() -> None:
    assert details.score_org_detail(
        member=_V["member"], purpose=_V["purpose"], claim=_V["claim"], counter=_V["answer"]["counter"]
    ) == dict(_org().detail)
    assert _content().detail == _V["content"]
    assert recompute(_LEAF, org=_org(), content=_content()).entry_id == UUID(_V["entry_id"])


@pytest.mark.parametrize(
    ("org", "content"),
    [
        (_org(member="019aa7d2-7c80-7000-8000-000000000002"), _content()),
        (_org(purpose="Q2"), _content()),
        (_org(claim="clm_other"), _content()),
        (_org(counter=8), _content()),
        (_org(), _content(band="none")),
        (_org(), _content(score=461)),
        (_org(), _content(extra=None)),
        (_org(), _content(body=_V["body"] + " ")),
    ],
)
def test_an_answer_that_differs_from_what_was_logged_is_refused(org: Opening, content: Opening) -> None:
    with pytest.raises(FormatError, match="commitment_mismatch"):
        recompute(_LEAF, org=org, content=content)


def test_the_proof_fields_are_not_part_of_the_content() -> None:
    shown = details.content_detail("", _V["answer"])["answer"]
    assert isinstance(shown, dict)
    assert set(_V["answer"]) - set(shown) == details.PROOF_FIELDS


def _batch(count: int) -> tuple[list[Opening], dict[str, JsonValue]]:
    items = [Opening(bytes([i]) * 32, {"answer": {"score": i}}) for i in range(count)]
    commitments = [commit(Group.CONTENT, item.salt, item.detail) for item in items]
    return items, dict(details.batch_detail(details.request_digest(b"{}"), commitments))


def test_each_item_of_a_batch_is_provable_alone() -> None:
    items, batch = _batch(3)
    hashes = [hash_leaf(commit(Group.CONTENT, item.salt, item.detail)) for item in items]
    details.check_batch_item(batch, 0, items[0], [hashes[1], hashes[2]])
    details.check_batch_item(batch, 1, items[1], [hashes[0], hashes[2]])
    details.check_batch_item(batch, 2, items[2], [hash_node(hashes[0], hashes[1])])
    with pytest.raises(FormatError, match="inclusion_mismatch"):
        details.check_batch_item(batch, 0, items[1], [hashes[1], hashes[2]])
    with pytest.raises(FormatError, match="merkle_bounds"):
        details.check_batch_item(batch, 3, items[2], [hash_node(hashes[0], hashes[1])])


@pytest.mark.parametrize("change", [{"n": "1"}, {"n": True}, {"n": None}, {"root": 1}, {"root": "zz"}], ids=str)
def test_a_batch_that_states_no_size_or_root_is_refused(change: dict[str, JsonValue]) -> None:
    items, batch = _batch(1)
    with pytest.raises(FormatError, match="batch_malformed"):
        details.check_batch_item({**batch, **change}, 0, items[0], [])
