"""The fast builder of leaves: byte for byte what the plain formats write, for everything that a detail may hold."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.crypto.leaves import Details, build, dumps
from registry_formats import canonical
from registry_formats.errors import FormatError
from registry_formats.leaf import Detail, Group, Leaf, LeafType, commit, decode_opening, encode_leaf

_V: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "clients" / "vectors" / "leaf.json").read_text(encoding="utf-8")
)
_ENTRY = UUID("019aa7d2-7c80-7abc-8def-0123456789ab")
_TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ["\U0001f600\uffff", "\x00\x1f\x7f\u2028", '"\\/']
)
_ASCII = st.text(st.characters(max_codepoint=127), max_size=8)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _TEXT | st.sampled_from(Group),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_ASCII, inner, max_size=4),
    max_leaves=16,
)
_DETAILS: st.SearchStrategy[Detail] = st.dictionaries(_ASCII, _VALUES, max_size=6)
_EMPTY = Details({}, {}, {}, {})


@given(_DETAILS)
def test_the_fast_serialiser_is_byte_identical_to_rfc_8785(detail: Detail) -> None:
    assert dumps(detail) == canonical.dumps(detail)


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        2**53,
        -(2**53),
        2**64,
        _ENTRY,
        datetime(2026, 11, 21, tzinfo=UTC),
        b"bytes",
        "\ud800",
        {"é": 1},
        {"a": {"\U0001f600": 1}},
        {1: "a"},
        {Group.ORG: ...},
        [1, [2, [3.5]]],
        (1, {"a": 0.5}),
        MappingProxyType({"a": 1}),
        {1, 2},
    ],
    ids=repr,
)
def test_what_the_two_might_write_differently_is_refused(value: Any) -> None:  # noqa: ANN401 - what types forbid
    for detail in ({"x": value}, {"x": [value]}, {"x": {"y": value}}):
        with pytest.raises(FormatError, match="canonical_invalid"):
            dumps(detail)


def test_a_detail_nested_without_end_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(FormatError, match="canonical_invalid"):
        dumps({"x": endless})


@given(
    st.sampled_from(LeafType),
    st.integers(0, 2**48 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**63 - 1),
    st.builds(Details, _DETAILS, _DETAILS, _DETAILS, _DETAILS),
    st.binary(min_size=128, max_size=128),
    st.integers(0, 2**16 - 1),
)
def test_a_built_leaf_is_the_plain_leaf_and_its_openings_open_it(
    kind: LeafType, t_ms: int, writer_id: int, writer_seq: int, details: Details, salts: bytes, flags: int
) -> None:
    built = build(kind, _ENTRY.bytes, t_ms, writer_id, writer_seq, details, salts, flags)
    salt = [salts[i : i + 32] for i in range(0, 128, 32)]
    org, staff, subject, content = map(commit, Group, salt, details)
    plain = Leaf(kind, _ENTRY, t_ms, writer_id, writer_seq, org, staff, subject, content, flags)
    assert built.leaf == encode_leaf(plain)
    for opening, key, detail in zip(built.openings, salt, details, strict=True):
        assert decode_opening(opening).salt == key
        assert opening[32:] == canonical.dumps(detail)


def test_the_vectors_leaf_comes_out() -> None:
    case, commitments = _V["leaves"][0], _V["commitments"]
    built = build(
        LeafType(case["type"]),
        UUID(case["entry_id"]).bytes,
        int(case["t_ms"]),
        case["writer_id"],
        int(case["writer_seq"]),
        Details(*(one["detail"] for one in commitments)),
        b"".join(bytes.fromhex(one["salt"]) for one in commitments),
    )
    assert built.leaf.hex() == case["leaf"]


@pytest.mark.parametrize("length", [0, 32, 127, 129])
def test_salts_of_another_length_are_refused(length: int) -> None:
    with pytest.raises(FormatError, match="salt_malformed"):
        build(LeafType.QUERY, _ENTRY.bytes, 0, 0, 0, _EMPTY, bytes(length))


@pytest.mark.parametrize(
    ("entry", "t_ms", "writer_id", "writer_seq"),
    [(bytes(15), 0, 0, 0), (bytes(16), -1, 0, 0), (bytes(16), 0, 2**32, 0), (bytes(16), 0, 0, 2**64)],
)
def test_values_that_no_leaf_can_hold_are_refused(entry: bytes, t_ms: int, writer_id: int, writer_seq: int) -> None:
    with pytest.raises(FormatError, match="leaf_malformed"):
        build(LeafType.QUERY, entry, t_ms, writer_id, writer_seq, _EMPTY, bytes(128))
