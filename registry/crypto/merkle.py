"""Grow the log's tree and prove things about it: RFC 6962 section 2.1 over the 256-wide tiles of C2SP tlog-tiles.

State is a frontier: the roots of the perfect subtrees of the tree, at most 63. Only full tiles are stored, once, and
never changed. A partial tile is read on demand: at level 0 from the leaf hashes, above it from the roots of the full
tiles below.

Nothing here reads a database. Each `tiles_for_…` names the tiles that its twin will ask `read_tile` for, so that a
caller can fetch them together and pass the `__getitem__` of a dictionary: two tiles a level at most, so O(log n).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from registry.crypto.tiles import TILE_HEIGHT, TILE_WIDTH, ReadTile, Tile, TileRef, locate, perfect_root, read
from registry_formats.errors import FormatError
from registry_formats.merkle import EMPTY_ROOT, HASH_BYTES, MAX_SIZE, hash_node

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


EMPTY = Frontier(0, ())


@dataclass(frozen=True, slots=True)
class Appended:
    """Hold the grown tree and the tiles that became full."""

    frontier: Frontier
    tiles: tuple[Tile, ...]


def decode_frontier(size: int, data: bytes) -> Frontier:
    """Read the frontier of a tree of `size` leaves; `frontier_malformed` if the bytes cannot be it."""
    if not 0 <= size <= MAX_SIZE or len(data) != size.bit_count() * HASH_BYTES:
        raise FormatError("frontier_malformed")
    return Frontier(size, _split(data))


def tiles_for_append(size: int, count: int) -> tuple[TileRef, ...]:
    """Name the partial tiles that `count` more leaves would fill."""
    refs = []
    level = 0
    while count:
        before = size >> TILE_HEIGHT * level
        index, width = divmod(before, TILE_WIDTH)
        count = (before + count) // TILE_WIDTH - index
        if count and width:
            refs.append(TileRef(level, index, width))
        level += 1
    return tuple(refs)


def append(frontier: Frontier, leaf_hashes: Sequence[bytes], read_tile: ReadTile) -> Appended:
    """Append leaves (32-byte leaf hashes) to a tree.

    Args:
        frontier: the tree so far.
        leaf_hashes: what to append, in order.
        read_tile: asked for `tiles_for_append(frontier.size, len(leaf_hashes))`.

    Raises:
        FormatError: `merkle_bounds`, `merkle_hash_length`, or `tile_mismatch` if a tile read is not of this tree.
    """
    if frontier.size + len(leaf_hashes) > MAX_SIZE:
        raise FormatError("merkle_bounds")
    if any(len(value) != HASH_BYTES for value in leaf_hashes):
        raise FormatError("merkle_hash_length")
    stack = list(frontier.hashes)
    rows = defaultdict(list, {0: list(leaf_hashes)})  # by tile level, the hashes that this append completes
    for size, leaf_hash in enumerate(leaf_hashes, frontier.size):
        node, height = leaf_hash, 0
        while size >> height & 1:
            node = hash_node(stack.pop(), node)
            height += 1
            if height % TILE_HEIGHT == 0:
                rows[height // TILE_HEIGHT].append(node)
        stack.append(node)
    grown = Frontier(frontier.size + len(leaf_hashes), tuple(stack))
    partial = {ref.level: read(read_tile, ref) for ref in tiles_for_append(frontier.size, len(leaf_hashes))}
    tiles = [tile for level in range(len(rows)) for tile in _cut(frontier.size, level, rows, partial.get(level, b""))]
    return Appended(grown, tuple(tiles))


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


def _cut(size: int, level: int, rows: dict[int, list[bytes]], partial: bytes) -> list[Tile]:
    """Cut the full tiles of one level out of the partial tile that was there and the hashes that follow it."""
    first = (size >> TILE_HEIGHT * level) // TILE_WIDTH
    row = partial + b"".join(rows[level])
    roots = rows.get(level + 1, [])
    length = TILE_WIDTH * HASH_BYTES
    tiles = [Tile(level, first + i, row[i * length : (i + 1) * length], root) for i, root in enumerate(roots)]
    # The roots come from the frontier. Only the first tile holds hashes that were read back, so only it can disagree.
    if partial and perfect_root(tiles[0].hashes) != tiles[0].root:
        raise FormatError("tile_mismatch")
    return tiles


def _split(data: bytes) -> tuple[bytes, ...]:
    return tuple(data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES))
