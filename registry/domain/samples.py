"""Samples of the log that anybody can draw again: the seed and the tree decide, not whoever draws.

Each leaf of a tree of `size` leaves has a rank: `SHA-256("registry/audit-sample/v1" 0x00 seed u64(size) u64(idx))`, the
seed 32 bytes, numbers big-endian. A sample of n takes, of the leaves that its filter lets through, the n of lowest
rank, in the order of their ranks. So a larger sample begins with the smaller one, and a filter only leaves items out.
"""

from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256

from registry.errors import Conflict

SEED_BYTES = 32
MOST = 1_000
_PREFIX = b"registry/audit-sample/v1\x00"


class Finding(StrEnum):
    """What an auditor finds of one item."""

    IN_ORDER = "in_order"
    PURPOSE_DOUBTFUL = "purpose_doubtful"  # the stated purpose does not fit what was done
    BASIS_MISSING = "basis_missing"  # no legal basis, or not that one
    CLAIM_MISSING = "claim_missing"  # the member could not open the claim it named
    EXCESSIVE = "excessive"  # more was looked at than the purpose needs
    UNEXPLAINED = "unexplained"  # nobody can say why
    UNREADABLE = "unreadable"  # shredded, missing or mismatched: nothing to judge


def rank_prefix(seed: bytes, size: int) -> bytes:
    """Return what precedes the index (8 bytes, big-endian) in the digest that ranks a leaf."""
    return _PREFIX + seed + size.to_bytes(8, "big")


def rank(seed: bytes, size: int, idx: int) -> bytes:
    """Rank a leaf, 32 bytes."""
    return sha256(rank_prefix(seed, size) + idx.to_bytes(8, "big")).digest()


def draw(seed: bytes, size: int, wanted: int, population: Iterable[int]) -> list[int]:
    """Draw `wanted` of the indexes that a filter let through, or all if there are no more."""
    return sorted((idx for idx in population if idx < size), key=lambda idx: rank(seed, size, idx))[:wanted]


def refuse_if_signed(*, signed: bool) -> None:
    """Raise Conflict `sample_signed`: what was signed is not added to."""
    if signed:
        raise Conflict("sample_signed")


def refuse_sign_off(*, signed: bool, items: int, judged: int) -> None:
    """Raise Conflict `sample_signed`, or `sample_unfinished` while an item has no finding."""
    refuse_if_signed(signed=signed)
    if judged < items:
        raise Conflict("sample_unfinished", facts={"items": items, "judged": judged})
