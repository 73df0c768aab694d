"""Hash and verify Merkle trees with SHA-256: the trees of RFC 6962 section 2.1, the algorithms of RFC 9162."""

from collections.abc import Sequence
from hashlib import sha256

from registry_formats.errors import FormatError

HASH_BYTES = 32
MAX_SIZE = 2**63 - 1  # what a signed 64-bit column and a C2SP tile path can both hold
EMPTY_ROOT = sha256(b"").digest()


def hash_leaf(leaf: bytes) -> bytes:
    """Hash one entry: SHA-256(0x00 || leaf), 32 bytes."""
    return sha256(b"\x00" + leaf).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees: SHA-256(0x01 || left || right), 32 bytes."""
    return sha256(b"\x01" + left + right).digest()


def root_from_leaves(leaf_hashes: Sequence[bytes]) -> bytes:
    """Compute the root of a whole tree from its leaf hashes; faster code is tested against this."""
    _check_hashes(leaf_hashes)
    if not leaf_hashes:
        return EMPTY_ROOT
    row = list(leaf_hashes)
    while len(row) > 1:
        # A last node without a sibling rises unchanged: the same tree as the RFC's split at the largest power of two.
        odd = row[len(row) & ~1 :]
        row = [hash_node(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)] + odd
    return row[0]


def verify_inclusion(index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf hash stands at `index` (from 0) of the tree of `size` leaves with this root.

    Raises:
        FormatError: `merkle_bounds`, `merkle_hash_length`, `merkle_proof_length` or `inclusion_mismatch`.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise FormatError("merkle_bounds")
    _check_hashes((leaf_hash, root, *proof))
    position, last, computed = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise FormatError("merkle_proof_length")
        if position & 1 or position == last:
            computed = hash_node(sibling, computed)
            position, last = _climb_to_right_child(position, last)
        else:
            computed = hash_node(computed, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise FormatError("merkle_proof_length")
    if computed != root:
        raise FormatError("inclusion_mismatch")


def verify_consistency(old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the tree of `new_size` leaves only appends to the tree of `old_size` leaves.

    Every tree extends the empty one, so a proof from size 0 says nothing and is refused.

    Raises:
        FormatError: `merkle_bounds`, `merkle_hash_length`, `merkle_proof_length` or `consistency_mismatch`.
    """
    if not 0 < old_size <= new_size <= MAX_SIZE:
        raise FormatError("merkle_bounds")
    _check_hashes((old_root, new_root, *proof))
    if bool(proof) == (old_size == new_size):
        raise FormatError("merkle_proof_length")
    old, new = _roots_of_consistency(old_size, new_size, proof, old_root) if proof else (old_root, old_root)
    if (old, new) != (old_root, new_root):
        raise FormatError("consistency_mismatch")


def _roots_of_consistency(old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes) -> tuple[bytes, bytes]:
    """Compute both roots from one proof (RFC 9162 section 2.1.4.2)."""
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    # An old tree that is one perfect subtree is itself the first node of the proof, so the proof leaves it out.
    first, *path = proof if position else (old_root, *proof)
    old = new = first
    for sibling in path:
        if last == 0:
            raise FormatError("merkle_proof_length")
        if position & 1 or position == last:
            old, new = hash_node(sibling, old), hash_node(sibling, new)
            position, last = _climb_to_right_child(position, last)
        else:
            new = hash_node(new, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise FormatError("merkle_proof_length")
    return old, new


def _climb_to_right_child(position: int, last: int) -> tuple[int, int]:
    """Skip the levels at which a node on the right edge has no sibling."""
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(value) != HASH_BYTES for value in hashes):
        raise FormatError("merkle_hash_length")
