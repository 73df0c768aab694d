"""The growing tree: appends in any chunks, tiles, proofs from tiles alone, and how few tiles a proof reads."""

from functools import cache
from itertools import pairwise

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.crypto import merkle
from registry.crypto.tiles import Tile
from registry_formats import tile_proofs
from registry_formats.errors import FormatError
from registry_formats.merkle import (
    EMPTY_ROOT,
    MAX_SIZE,
    hash_leaf,
    root_from_leaves,
    verify_consistency,
    verify_inclusion,
)
from registry_formats.tiles import TileRef, parse_tile_path, perfect_root, tile_path


@cache
def _hashes() -> list[bytes]:
    return [hash_leaf(i.to_bytes(4)) for i in range(70_000)]


@cache
def _roots() -> list[bytes]:
    return [root_from_leaves(_hashes()[:size]) for size in range(601)]


_TILE = 256 * 32


class Store:
    """Keep what the database keeps: leaf hashes and full tiles with their roots. Serve partial tiles as it does."""

    def __init__(self) -> None:
        self.frontier = merkle.EMPTY
        self.leaves: list[bytes] = []
        self.tiles: dict[tuple[int, int], Tile] = {}
        self.reads: list[TileRef] = []

    def append(self, hashes: list[bytes]) -> None:
        self.reads.clear()
        expected = merkle.tiles_for_append(self.frontier.size, len(hashes))
        appended = merkle.append(self.frontier, hashes, self.read)
        assert self.reads == list(expected)
        self.leaves.extend(hashes)
        self.frontier = appended.frontier
        for tile in appended.tiles:
            assert (tile.level, tile.index) not in self.tiles  # a tile is written once
            self.tiles[tile.level, tile.index] = tile

    def read(self, ref: TileRef) -> bytes:
        self.reads.append(ref)
        if ref.level == 0:
            return b"".join(self.leaves[ref.index * 256 : ref.index * 256 + ref.width])
        if ref.width == 256:
            return self.tiles[ref.level, ref.index].hashes
        return b"".join(self.tiles[ref.level - 1, ref.index * 256 + i].root for i in range(ref.width))


@pytest.fixture(scope="module")
def small() -> Store:
    store = Store()
    for chunk in range(0, 600, 37):
        store.append(_hashes()[chunk : min(chunk + 37, 600)])
    return store


@pytest.fixture(scope="module")
def large() -> Store:
    store = Store()
    for chunk in range(0, 70_000, 1_777):
        store.append(_hashes()[chunk : chunk + 1_777])
    return store


@given(st.lists(st.integers(0, 300), max_size=12))
def test_appending_in_any_chunks_gives_the_tree_of_all_leaves(chunks: list[int]) -> None:
    store = Store()
    for count in chunks:
        size = store.frontier.size
        store.append(_hashes()[size : size + count])
        assert store.frontier.root == root_from_leaves(_hashes()[: store.frontier.size])
        assert len(store.frontier.hashes) == store.frontier.size.bit_count()
        assert merkle.decode_frontier(store.frontier.size, store.frontier.encode()) == store.frontier


def test_full_tiles_of_every_level_equal_their_recomputation(large: Store) -> None:
    assert sorted(large.tiles) == [*((0, i) for i in range(273)), (1, 0)]
    for (level, index), tile in large.tiles.items():
        span = 256**level
        start = index * 256 * span
        hashes = [root_from_leaves(_hashes()[start + i * span : start + (i + 1) * span]) for i in range(256)]
        assert tile.hashes == b"".join(hashes)
        assert tile.root == root_from_leaves(hashes)


def test_every_leaf_of_every_tree_up_to_600_is_provable(small: Store) -> None:
    for size in range(1, 601):
        step = 1 if size < 40 or size in {255, 256, 257, 511, 512, 513, 600} else 17
        for index in {*range(0, size, step), size - 1}:
            verify_inclusion(
                index, size, _hashes()[index], tile_proofs.inclusion_proof(index, size, small.read), _roots()[size]
            )


def test_every_tree_up_to_600_extends_every_smaller_one(small: Store) -> None:
    for new in range(1, 601):
        step = 1 if new < 40 or new in {255, 256, 257, 511, 512, 513, 600} else 23
        for old in {*range(1, new + 1, step), new}:
            proof = tile_proofs.consistency_proof(old, new, small.read)
            verify_consistency(old, new, proof, _roots()[old], _roots()[new])


def test_an_independent_library_writes_the_same_proofs(small: Store) -> None:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    tree.append_entries([i.to_bytes(4) for i in range(600)])
    for size in (1, 2, 3, 8, 100, 256, 257, 511, 600):
        for index in range(0, size, 7):
            assert list(tree.prove_inclusion(index + 1, size).path[1:]) == list(
                tile_proofs.inclusion_proof(index, size, small.read)
            )


@settings(max_examples=60)
@given(size=st.integers(1, 70_000), data=st.data())
def test_a_proof_reads_exactly_the_tiles_it_named_and_few(large: Store, size: int, data: st.DataObject) -> None:
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    for planned, prove in (
        (tile_proofs.tiles_for_inclusion(index, size), lambda read: tile_proofs.inclusion_proof(index, size, read)),
        (tile_proofs.tiles_for_consistency(old, size), lambda read: tile_proofs.consistency_proof(old, size, read)),
        (tile_proofs.tiles_for_frontier(size), lambda read: tile_proofs.frontier_at(size, read)),
    ):
        large.reads.clear()
        fetched = {ref: large.read(ref) for ref in planned}
        large.reads.clear()
        assert prove(large.read) == prove(fetched.__getitem__)
        assert tuple(large.reads) == planned
        assert len(planned) <= 2 * 3  # two tiles a level, three levels


def test_trees_across_a_level_boundary_are_proved_from_tiles(large: Store) -> None:
    roots = {size: tile_proofs.frontier_at(size, large.read).root for size in (1, 255, 65_535, 65_536, 65_537, 70_000)}
    assert roots[65_537] == root_from_leaves(_hashes()[:65_537])
    assert roots[70_000] == large.frontier.root == root_from_leaves(_hashes())
    for old, new in pairwise(sorted(roots)):
        verify_consistency(old, new, tile_proofs.consistency_proof(old, new, large.read), roots[old], roots[new])
        for index in (0, old - 1, old, new - 1):
            verify_inclusion(
                index, new, _hashes()[index], tile_proofs.inclusion_proof(index, new, large.read), roots[new]
            )


def test_the_frontier_of_any_earlier_size_can_be_rebuilt(small: Store) -> None:
    for size in range(601):
        frontier = tile_proofs.frontier_at(size, small.read)
        assert (frontier.size, frontier.root) == (size, _roots()[size])
    assert tile_proofs.frontier_at(600, small.read) == small.frontier


def test_the_empty_tree_has_the_root_of_the_rfc() -> None:
    assert merkle.EMPTY.root == EMPTY_ROOT
    assert merkle.decode_frontier(0, b"") == merkle.EMPTY


@pytest.mark.parametrize(("size", "length"), [(0, 32), (1, 0), (1, 31), (3, 32), (-1, 32), (MAX_SIZE + 1, 32)])
def test_bytes_that_cannot_be_the_frontier_are_refused(size: int, length: int) -> None:
    with pytest.raises(FormatError, match="frontier_malformed"):
        merkle.decode_frontier(size, bytes(length))


def test_a_partial_tile_that_is_not_of_this_tree_is_refused() -> None:
    frontier = merkle.append(merkle.EMPTY, _hashes()[:200], dict[TileRef, bytes]().__getitem__).frontier
    forged = b"".join(_hashes()[1:201])
    with pytest.raises(FormatError, match="tile_mismatch"):
        merkle.append(frontier, _hashes()[200:300], lambda _ref: forged)
    with pytest.raises(FormatError, match="tile_length"):
        merkle.append(frontier, _hashes()[200:300], lambda _ref: forged[32:])


def test_a_leaf_hash_of_another_length_is_refused() -> None:
    with pytest.raises(FormatError, match="merkle_hash_length"):
        merkle.append(merkle.EMPTY, [_hashes()[0], b"short"], dict[TileRef, bytes]().__getitem__)


def test_a_tree_never_grows_past_what_a_size_can_say() -> None:
    full = tile_proofs.Frontier(MAX_SIZE, tuple(_hashes()[:63]))
    with pytest.raises(FormatError, match="merkle_bounds"):
        merkle.append(full, _hashes()[:1], dict[TileRef, bytes]().__getitem__)


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0), (0, MAX_SIZE + 1)])
def test_a_proof_of_what_is_not_in_the_tree_is_refused(index: int, size: int) -> None:
    with pytest.raises(FormatError, match="merkle_bounds"):
        tile_proofs.tiles_for_inclusion(index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5), (-1, 5), (1, MAX_SIZE + 1)])
def test_a_proof_between_impossible_sizes_is_refused(old: int, new: int) -> None:
    with pytest.raises(FormatError, match="merkle_bounds"):
        tile_proofs.consistency_proof(old, new, dict[TileRef, bytes]().__getitem__)


@pytest.mark.parametrize("size", [-1, MAX_SIZE + 1])
def test_a_frontier_of_an_impossible_size_is_refused(size: int) -> None:
    with pytest.raises(FormatError, match="merkle_bounds"):
        tile_proofs.frontier_at(size, dict[TileRef, bytes]().__getitem__)


@pytest.mark.parametrize(
    ("ref", "path"),
    [
        (TileRef(0, 0, 256), "tile/0/000"),
        (TileRef(1, 1_234_067, 256), "tile/1/x001/x234/067"),
        (TileRef(2, 999, 112), "tile/2/999.p/112"),
        (TileRef(0, 1_000, 1), "tile/0/x001/000.p/1"),
    ],
)
def test_tile_paths_are_those_of_the_standard(ref: TileRef, path: str) -> None:
    assert tile_path(ref) == path
    assert parse_tile_path(path) == ref


@given(st.integers(0, 63), st.integers(0, MAX_SIZE), st.integers(1, 256))
def test_every_tile_path_reads_back(level: int, index: int, width: int) -> None:
    ref = TileRef(level, index, width)
    assert parse_tile_path(tile_path(ref)) == ref


@pytest.mark.parametrize(
    "path",
    [
        "tile/64/000",
        "tile/00/000",
        "tile/0/0",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/x010/x000/x000/x000/x000/x000/000",
        "tile/0/\u0660\u0660\u0660",
    ],
)
def test_other_spellings_of_a_tile_path_are_refused(path: str) -> None:
    with pytest.raises(FormatError, match="tile_path_malformed"):
        parse_tile_path(path)


def test_a_tiles_root_is_the_root_of_its_hashes() -> None:
    assert perfect_root(b"".join(_hashes()[:256])) == root_from_leaves(_hashes()[:256])
