"""Grow the log's tree: RFC 6962 section 2.1 over the 256-wide tiles of C2SP tlog-tiles.

State is a frontier: the roots of the perfect subtrees of the tree, at most 63. Only full tiles are stored, once, and
never changed. A partial tile is read on demand: at level 0 from the leaf hashes, above it from the roots of the full
tiles below. Proofs need nothing but tiles, so whoever holds tiles makes them alike: `registry_formats.tile_proofs`.

Nothing here reads a database. `tiles_for_append` names the tiles that `append` will ask `read_tile` for, so that a
caller can fetch them together and pass the `__getitem__` of a dictionary.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from registry.crypto.tiles import Tile
from registry_formats.errors import FormatError
from registry_formats.merkle import HASH_BYTES, MAX_SIZE, hash_node
from registry_formats.tile_proofs import Frontier
from registry_formats.tiles import TILE_HEIGHT, TILE_WIDTH, ReadTile, TileRef, perfect_root, read

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
