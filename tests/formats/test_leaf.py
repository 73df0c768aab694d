"""Leaf v1: the vectors, every field's bounds, and commitments recomputed with nothing but the standard library."""

import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_formats import leaf as leaves
from registry_formats.errors import FormatError
from registry_formats.leaf import Group, Leaf, LeafType, Opening
from registry_formats.merkle import hash_leaf

_VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "clients" / "vectors" / "leaf.json").read_text(encoding="utf-8")
)
_HASH = st.binary(min_size=32, max_size=32)
_UUID7 = st.integers(0, 2**128 - 1).map(lambda i: UUID(int=i & ~(0xF << 76) & ~(0x3 << 62) | 7 << 76 | 2 << 62))
_LEAVES = st.builds(
    Leaf,
    kind=st.sampled_from(LeafType),
    entry_id=_UUID7,
    t_ms=st.integers(0, 2**48 - 1),
    writer_id=st.integers(0, 2**32 - 1),
    writer_seq=st.integers(0, 2**64 - 1),
    org=_HASH,
    staff=_HASH,
    subject=_HASH,
    content=_HASH,
    flags=st.integers(0, 2**16 - 1),
)


def _of(case: dict[str, Any]) -> Leaf:
    org, staff, subject, content = (bytes.fromhex(case[group]) for group in Group)
    return Leaf(
        kind=LeafType(case["type"]),
        entry_id=UUID(case["entry_id"]),
        t_ms=int(case["t_ms"]),
        writer_id=case["writer_id"],
        writer_seq=int(case["writer_seq"]),
        org=org,
        staff=staff,
        subject=subject,
        content=content,
        flags=case["flags"],
    )


@pytest.mark.parametrize("case", _VECTORS["leaves"], ids=lambda case: case["entry_id"])
def test_the_vectors_leaves_encode_decode_and_hash(case: dict[str, Any]) -> None:
    encoded = bytes.fromhex(case["leaf"])
    assert leaves.encode_leaf(_of(case)) == encoded
    assert leaves.decode_leaf(encoded) == _of(case)
    assert hash_leaf(encoded).hex() == case["leaf_hash"]


@pytest.mark.parametrize("case", _VECTORS["refused"], ids=lambda case: case["name"])
def test_what_is_not_a_leaf_is_refused_by_code(case: dict[str, str]) -> None:
    with pytest.raises(FormatError) as refused:
        leaves.decode_leaf(bytes.fromhex(case["leaf"]))
    assert refused.value.code == case["code"]


@pytest.mark.parametrize("case", _VECTORS["commitments"], ids=lambda case: case["group"])
def test_commitments_are_the_hmac_of_the_design(case: dict[str, Any]) -> None:
    salt, group = bytes.fromhex(case["salt"]), case["group"].encode()
    message = b"registry/audit-commit/v1\x00" + bytes([len(group)]) + group + case["canonical"].encode()
    expected = hmac.new(salt, message, hashlib.sha256).hexdigest()
    assert expected == case["commitment"]
    assert leaves.commit(Group(case["group"]), salt, case["detail"]).hex() == expected
    assert leaves.commit_canonical(Group(case["group"]), salt, case["canonical"].encode()).hex() == expected


@given(_LEAVES)
def test_every_leaf_is_168_bytes_and_reads_back(leaf: Leaf) -> None:
    encoded = leaves.encode_leaf(leaf)
    assert len(encoded) == 168
    assert leaves.decode_leaf(encoded) == leaf


@given(_LEAVES, st.data())
def test_each_byte_of_a_leaf_means_something(leaf: Leaf, data: st.DataObject) -> None:
    encoded = bytearray(leaves.encode_leaf(leaf))
    encoded[data.draw(st.integers(0, 167))] ^= data.draw(st.integers(1, 255))
    try:
        decoded = leaves.decode_leaf(bytes(encoded))
    except FormatError:
        return
    assert decoded != leaf


@pytest.mark.parametrize(
    "change",
    [
        {"entry_id": UUID("019aa7d2-7c80-4abc-8def-0123456789ab")},
        {"entry_id": UUID(int=0)},
        {"t_ms": -1},
        {"t_ms": 2**48},
        {"t_ms": 2**64},
        {"writer_id": 2**32},
        {"writer_id": -1},
        {"writer_seq": 2**64},
        {"flags": 2**16},
        {"org": bytes(31)},
        {"content": bytes(33)},
        {"subject": b""},
    ],
    ids=str,
)
def test_a_value_that_its_field_cannot_hold_is_refused(change: dict[str, Any]) -> None:
    leaf = replace(_of(_VECTORS["leaves"][0]), **change)
    with pytest.raises(FormatError, match="leaf_malformed"):
        leaves.encode_leaf(leaf)


def test_the_four_commitments_are_found_by_group() -> None:
    leaf = _of(_VECTORS["leaves"][1])
    assert [leaf.commitment(group)[0] for group in Group] == [0, 1, 2, 3]


def test_an_opening_opens_its_own_group_only() -> None:
    leaf = _of(_VECTORS["leaves"][0])
    for case in _VECTORS["commitments"]:
        opening = Opening(bytes.fromhex(case["salt"]), case["detail"])
        leaves.check_opening(leaf, Group(case["group"]), opening)
        for group in Group:
            if group != case["group"]:
                with pytest.raises(FormatError, match="commitment_mismatch"):
                    leaves.check_opening(leaf, group, opening)
        with pytest.raises(FormatError, match="commitment_mismatch"):
            leaves.check_opening(leaf, Group(case["group"]), Opening(opening.salt, {**opening.detail, "x": 1}))
        with pytest.raises(FormatError, match="commitment_mismatch"):
            leaves.check_opening(leaf, Group(case["group"]), Opening(bytes(32), opening.detail))


def test_an_opening_is_sealed_as_salt_and_canonical_detail() -> None:
    for case in _VECTORS["commitments"]:
        opening = Opening(bytes.fromhex(case["salt"]), case["detail"])
        encoded = leaves.encode_opening(opening)
        assert encoded == opening.salt + case["canonical"].encode()
        assert leaves.decode_opening(encoded) == opening


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_salt_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(FormatError, match="salt_malformed"):
        leaves.commit(Group.ORG, bytes(length), {})
    with pytest.raises(FormatError, match="salt_malformed"):
        leaves.encode_opening(Opening(bytes(length), {}))


@pytest.mark.parametrize(
    ("encoded", "code"),
    [
        (b"", "canonical_invalid"),
        (bytes(32), "canonical_invalid"),
        (bytes(32) + b'{"a": 1}', "canonical_invalid"),
        (bytes(32) + b"[]", "opening_malformed"),
    ],
)
def test_what_is_not_an_opening_is_refused(encoded: bytes, code: str) -> None:
    with pytest.raises(FormatError, match=code):
        leaves.decode_opening(encoded)


def test_the_types_of_the_design_keep_their_numbers() -> None:
    assert {kind.name: int(kind) for kind in LeafType} == {
        "QUERY": 1,
        "REPORT": 2,
        "APPEAL": 3,
        "ADMIN": 4,
        "EXPORT": 5,
        "ERASURE": 6,
        "HEARTBEAT": 7,
        "BREAK_GLASS": 8,
        "DENIED": 9,
        "VOID": 10,
        "BATCH": 11,
        "RECALL": 12,
        "AUTH": 13,
    }
