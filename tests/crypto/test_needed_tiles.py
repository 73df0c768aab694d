"""The tiles named for some entries prove each of them, and none is named twice."""

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from registry.crypto.merkle import EMPTY, append
from registry.crypto.needed_tiles import NeededTiles
from registry_formats.merkle import hash_leaf, root_from_leaves, verify_inclusion
from registry_formats.tile_proofs import inclusion_proof
from registry_formats.tiles import TILE_WIDTH, TileRef

NO_TILES: dict[TileRef, bytes] = {}


@cache
def leaves() -> list[bytes]:
    return [hash_leaf(number.to_bytes(4, "big")) for number in range(70_000)]


@cache
def roots() -> list[bytes]:
    return [tile.root for tile in append(EMPTY, leaves(), NO_TILES.__getitem__).tiles if tile.level == 0]


@cache
def top() -> bytes:
    return root_from_leaves(leaves()[: TILE_WIDTH**2])


def tile(ref: TileRef) -> bytes:
    """Make a tile of the tree over `leaves`, two levels high at most and a third above."""
    row = {0: leaves(), 1: roots()}.get(ref.level) or [top()]
    return b"".join(row[ref.index * TILE_WIDTH : ref.index * TILE_WIDTH + ref.width])


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 2_000) | st.integers(65_000, 70_000), st.data())
def test_the_tiles_prove_every_entry_and_each_is_named_once(size: int, data: st.DataObject) -> None:
    indexes = sorted(data.draw(st.sets(st.integers(0, size - 1), max_size=20)))
    needed = NeededTiles(size)

    named = [*needed.edge, *(ref for index in indexes for ref in needed.add(index))]

    assert len(set(named)) == len(named)
    tiles = {ref: tile(ref) for ref in named}
    root = root_of(size)
    for index in indexes:
        proof = inclusion_proof(index, size, tiles.__getitem__)
        verify_inclusion(index, size, leaves()[index], proof, root)


def root_of(size: int) -> bytes:
    return append(EMPTY, leaves()[:size], NO_TILES.__getitem__).frontier.root
