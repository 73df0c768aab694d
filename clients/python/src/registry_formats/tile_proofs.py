"""Prove things about a tree from its 256-wide tiles alone (RFC 6962 section 2.1, C2SP tlog-tiles).

Each `tiles_for_…` names the tiles that its twin will ask `read_tile` for, so that a caller can fetch them together and
pass the `__getitem__` of a dictionary: two tiles a level at most, so O(log n).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from registry_formats.errors import FormatError
from registry_formats.merkle import EMPTY_ROOT, HASH_BYTES, MAX_SIZE, hash_node
from registry_formats.tiles import ReadTile, TileRef, locate, perfect_root, read

_Range: TypeAlias = tuple[int, int]  # leaves [start, end)


@dataclass(frozen=True, slots=True)
class Frontier:
    """Hold what a tree needs to grow: its size and the roots of its perfect subtrees, left to right."""

    size: int
    hashes: tuple[bytes, ...]

    @property
    def root(self) -> bytes:
        """Compute the root of the tree, 32 bytes."""
        return _fold(self.hashes) if self.hashes else EMPTY_ROOT

    def encode(self) -> bytes:
        """Write the hashes one after another; the size is kept beside them."""
        return b"".join(self.hashes)


def tiles_for_frontier(size: int) -> tuple[TileRef, ...]:
    """Name the tiles on the right edge of the tree of `size` leaves."""
    if not 0 <= size <= MAX_SIZE:
        raise FormatError("merkle_bounds")
    return _tiles([(0, size)], size)


def frontier_at(size: int, read_tile: ReadTile) -> Frontier:
    """Rebuild the frontier, and so the root, of the tree as it was at `size` leaves."""
    tiles = {ref: read(read_tile, ref) for ref in tiles_for_frontier(size)}
    return Frontier(size, _hashes((0, size), size, tiles.__getitem__))


def tiles_for_inclusion(index: int, size: int) -> tuple[TileRef, ...]:
    """Name the tiles that prove leaf `index` in the tree of `size` leaves; `merkle_bounds`."""
    return _tiles(_inclusion_ranges(index, size), size)


def inclusion_proof(index: int, size: int, read_tile: ReadTile) -> tuple[bytes, ...]:
    """Prove leaf `index` in the tree of `size` leaves: PATH of RFC 6962 section 2.1.1, from the leaf's sibling up."""
    return _prove(_inclusion_ranges(index, size), size, read_tile)


def tiles_for_consistency(old_size: int, new_size: int) -> tuple[TileRef, ...]:
    """Name the tiles that prove one tree an extension of the other; `merkle_bounds`."""
    return _tiles(_consistency_ranges(old_size, new_size), new_size)


def consistency_proof(old_size: int, new_size: int, read_tile: ReadTile) -> tuple[bytes, ...]:
    """Prove that the tree of `new_size` leaves extends that of `old_size` > 0: PROOF of RFC 6962 section 2.1.2."""
    return _prove(_consistency_ranges(old_size, new_size), new_size, read_tile)


def _inclusion_ranges(index: int, size: int) -> list[_Range]:
    if not 0 <= index < size <= MAX_SIZE:
        raise FormatError("merkle_bounds")
    start, end, siblings = 0, size, []
    while end - start > 1:
        middle = _middle(start, end)
        if index < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    return siblings[::-1]


def _consistency_ranges(old_size: int, new_size: int) -> list[_Range]:
    if not 0 < old_size <= new_size <= MAX_SIZE:
        raise FormatError("merkle_bounds")
    start, end, siblings = 0, new_size, []
    while end > old_size:
        middle = _middle(start, end)
        if old_size <= middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    if start:  # otherwise the old tree is this node, and its root is known to who asks
        siblings.append((start, end))
    return siblings[::-1]


def _middle(start: int, end: int) -> int:
    """Split where RFC 6962 does: after the largest power of two smaller than the number of leaves."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _subtrees(leaves: _Range) -> list[tuple[int, int]]:
    """Cover a range with the fewest perfect subtrees (height, index at that height), left to right."""
    start, end = leaves
    nodes = []
    while start < end:
        height = (end - start).bit_length() - 1
        if start:
            height = min(height, (start & -start).bit_length() - 1)
        nodes.append((height, start >> height))
        start += 1 << height
    return nodes


def _tiles(ranges: Iterable[_Range], size: int) -> tuple[TileRef, ...]:
    nodes = (node for leaves in ranges for node in _subtrees(leaves))
    return tuple(dict.fromkeys(locate(*node, size)[0] for node in nodes))


def _prove(ranges: Sequence[_Range], size: int, read_tile: ReadTile) -> tuple[bytes, ...]:
    tiles = {ref: read(read_tile, ref) for ref in _tiles(ranges, size)}
    return tuple(_fold(_hashes(leaves, size, tiles.__getitem__)) for leaves in ranges)


def _hashes(leaves: _Range, size: int, read_tile: ReadTile) -> tuple[bytes, ...]:
    hashes = []
    for node in _subtrees(leaves):
        ref, first, end = locate(*node, size)
        hashes.append(perfect_root(read_tile(ref)[first * HASH_BYTES : end * HASH_BYTES]))
    return tuple(hashes)


def _fold(hashes: Sequence[bytes]) -> bytes:
    """Join perfect subtrees, smallest and rightmost first."""
    *left, root = hashes
    for node in reversed(left):
        root = hash_node(node, root)
    return root
