"""RFC 6962 trees: the reference roots, the published malicious proofs, an independent library, and every small tree."""

import base64
import json
from pathlib import Path
from typing import Any

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_formats.errors import FormatError
from registry_formats.merkle import (
    EMPTY_ROOT,
    MAX_SIZE,
    hash_leaf,
    hash_node,
    root_from_leaves,
    verify_consistency,
    verify_inclusion,
)

_VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "clients" / "vectors" / "merkle.json").read_text(encoding="utf-8")
)
_ENTRIES = [b"entry %d" % i for i in range(300)]
_HASHES = [hash_leaf(entry) for entry in _ENTRIES]


def _independent() -> pymerkle.InmemoryTree:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    tree.append_entries(_ENTRIES)
    return tree


_TREE = _independent()


def _inclusion(index: int, size: int) -> list[bytes]:
    return list(_TREE.prove_inclusion(index + 1, size).path[1:])  # it counts from 1 and lists the leaf itself first


def _b64(text: str) -> bytes:
    return base64.b64decode(text)


@pytest.mark.parametrize("size", range(len(_VECTORS["roots"])))
def test_the_reference_leaves_have_the_reference_roots(size: int) -> None:
    hashes = [hash_leaf(bytes.fromhex(leaf)) for leaf in _VECTORS["leaves"][:size]]
    assert root_from_leaves(hashes).hex() == _VECTORS["roots"][size]


@pytest.mark.parametrize("case", _VECTORS["inclusion"], ids=lambda case: case["name"])
def test_published_inclusion_proofs_are_told_from_forged_ones(case: dict[str, Any]) -> None:
    proof = [_b64(line) for line in case["proof"]]
    values = int(case["index"]), int(case["size"]), _b64(case["leaf_hash"]), proof, _b64(case["root"])
    if case["valid"]:
        verify_inclusion(*values)
    else:
        with pytest.raises(FormatError):
            verify_inclusion(*values)


@pytest.mark.parametrize("case", _VECTORS["consistency"], ids=lambda case: case["name"])
def test_published_consistency_proofs_are_told_from_forged_ones(case: dict[str, Any]) -> None:
    proof = [_b64(line) for line in case["proof"]]
    sizes = int(case["old_size"]), int(case["new_size"])
    values = *sizes, proof, _b64(case["old_root"]), _b64(case["new_root"])
    if case["valid"]:
        verify_consistency(*values)
    else:
        with pytest.raises(FormatError):
            verify_consistency(*values)


def test_an_independent_library_agrees_on_every_root() -> None:
    assert all(_TREE.get_root(size) == root_from_leaves(_HASHES[:size]) for size in range(1, len(_HASHES) + 1))


def test_an_independent_librarys_inclusion_proofs_are_accepted() -> None:
    for size in (1, 2, 3, 7, 8, 9, 100, 255, 256, 257, 300):
        root = root_from_leaves(_HASHES[:size])
        for index in range(size):
            verify_inclusion(index, size, _HASHES[index], _inclusion(index, size), root)


@given(st.integers(1, 300), st.data())
def test_any_changed_hash_index_size_or_root_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, root = _inclusion(index, size), root_from_leaves(_HASHES[:size])
    hashes = [_HASHES[index], root, *proof]
    which, bit = data.draw(st.integers(0, len(hashes) - 1)), data.draw(st.integers(0, 255))
    changed = int.from_bytes(hashes[which]) ^ 1 << bit
    hashes[which] = changed.to_bytes(32)
    with pytest.raises(FormatError) as refused:
        verify_inclusion(index, size, hashes[0], hashes[2:], hashes[1])
    assert refused.value.code == "inclusion_mismatch"


@given(st.integers(2, 300), st.data())
def test_a_proof_for_one_place_proves_no_other(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index))
    with pytest.raises(FormatError):
        verify_inclusion(other, size, _HASHES[index], _inclusion(index, size), root_from_leaves(_HASHES[:size]))


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_hash_of_another_length_is_refused_everywhere(length: int) -> None:
    two, odd = hash_node(*_HASHES[:2]), b"\x00" * length
    for leaf, sibling, root in ((odd, _HASHES[1], two), (_HASHES[0], odd, two), (_HASHES[0], _HASHES[1], odd)):
        with pytest.raises(FormatError, match="merkle_hash_length"):
            verify_inclusion(0, 2, leaf, [sibling], root)
    for first, sibling, second in ((odd, _HASHES[1], two), (_HASHES[0], odd, two), (_HASHES[0], _HASHES[1], odd)):
        with pytest.raises(FormatError, match="merkle_hash_length"):
            verify_consistency(1, 2, [sibling], first, second)
    with pytest.raises(FormatError, match="merkle_hash_length"):
        verify_consistency(1, 1, [], odd, odd)
    with pytest.raises(FormatError, match="merkle_hash_length"):
        root_from_leaves([_HASHES[0], odd])


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (0, 0), (1, 1), (0, MAX_SIZE + 1), (2, 1)])
def test_an_index_outside_the_tree_is_refused(index: int, size: int) -> None:
    with pytest.raises(FormatError, match="merkle_bounds"):
        verify_inclusion(index, size, _HASHES[0], [], EMPTY_ROOT)


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 1), (-1, 1), (2, 1), (1, MAX_SIZE + 1)])
def test_a_consistency_proof_from_nothing_or_backwards_is_refused(old: int, new: int) -> None:
    with pytest.raises(FormatError, match="merkle_bounds"):
        verify_consistency(old, new, [], EMPTY_ROOT, EMPTY_ROOT)


def test_a_proof_with_a_hash_too_many_or_too_few_is_refused() -> None:
    root, proof = root_from_leaves(_HASHES[:5]), _inclusion(1, 5)
    for wrong in (proof[:-1], [*proof, proof[0]], []):
        with pytest.raises(FormatError, match="merkle_proof_length"):
            verify_inclusion(1, 5, _HASHES[1], wrong, root)


def test_equal_trees_need_no_proof_and_equal_roots() -> None:
    root = root_from_leaves(_HASHES[:6])
    verify_consistency(6, 6, [], root, root)
    with pytest.raises(FormatError, match="consistency_mismatch"):
        verify_consistency(6, 6, [], root, _HASHES[0])
    with pytest.raises(FormatError, match="merkle_proof_length"):
        verify_consistency(6, 6, [root], root, root)


def test_a_leaf_can_never_be_taken_for_a_node() -> None:
    pair = _HASHES[0] + _HASHES[1]
    assert hash_leaf(pair) != hash_node(_HASHES[0], _HASHES[1])
