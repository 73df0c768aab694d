"""A copy of the log, verified with nothing but its files and a key: whatever was touched is named by its index."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.crypto.checkpoint import sign_checkpoint
from registry_client.verifier.findings import MOST_LISTED
from registry_formats.bundles import ENTRY_BYTES, bundle_path
from registry_formats.merkle import EMPTY_ROOT
from registry_formats.notes import Checkpoint
from registry_formats.tiles import TileRef, tile_path
from tests.clients.verifying import bundle_of, flip, verify
from tests.log_files import KEY, leaf, many_leaves, write_bundles, write_log

SIZE = 70_000  # more than 256 times 256: three levels of tiles, each with a partial one at its end


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("whole") / "2026h2.1"
    write_log(directory, many_leaves())
    return directory


@pytest.fixture
def log(whole: Path, tmp_path: Path) -> Path:
    """A copy that may be harmed."""
    return Path(shutil.copytree(whole, tmp_path / "log"))


def _small(directory: Path, size: int) -> Path:
    write_log(directory, many_leaves()[:size])
    return directory


def test_an_untouched_log_is_good(log: Path) -> None:
    said = verify(log)
    assert (said.code, said.faults) == (0, [])
    assert (said.checks[0]["origin"], said.checks[0]["size"]) == (KEY.name, SIZE)


@given(size=st.integers(0, 1300))
@settings(max_examples=25, deadline=None)
def test_a_log_of_any_size_is_good(size: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert verify(_small(tmp_path_factory.mktemp("any"), size)).code == 0


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 65_536, 65_537])
def test_sizes_at_the_edges_of_tiles_are_good_and_a_fault_in_the_last_entry_is_named(tmp_path: Path, size: int) -> None:
    log = _small(tmp_path, size)
    assert verify(log).code == 0
    flip(bundle_of(log, size - 1, size), -1)
    assert verify(log).found == [("entry_changed", size - 1, None)]


def test_an_empty_log_is_good_and_one_signed_with_another_root_is_not(tmp_path: Path) -> None:
    assert verify(_small(tmp_path, 0)).code == 0
    note = sign_checkpoint(Checkpoint(KEY.name, 0, bytes(32)), [KEY])
    (tmp_path / "checkpoint").write_text(note)
    assert verify(tmp_path).found == [("root_differs", 0, -1)]
    assert bytes(32) != EMPTY_ROOT


@settings(max_examples=40, deadline=None)
@given(index=st.integers(0, 1299), at=st.integers(0, ENTRY_BYTES - 1))
def test_a_flipped_byte_of_any_entry_is_named(index: int, at: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    log = _small(tmp_path_factory.mktemp("flip"), 1300)
    flip(bundle_of(log, index, 1300), index % 256 * ENTRY_BYTES + at)
    said = verify(log)
    assert (said.code, said.found) == (1, [("entry_malformed" if at < 2 else "entry_changed", index, None)])


@pytest.mark.parametrize("index", [0, 1, 255, 256, 40_000, 65_535, 65_536, 69_887, SIZE - 1])
def test_a_flipped_byte_is_named_in_a_large_log(log: Path, index: int) -> None:
    flip(bundle_of(log, index, SIZE), index % 256 * ENTRY_BYTES + 100)
    said = verify(log)
    assert (said.code, said.found) == (1, [("entry_changed", index, None)])


@pytest.mark.parametrize("index", [0, 255, 256, 65_535, 65_536, SIZE - 2, SIZE - 1])
def test_a_deleted_row_is_named_whether_or_not_the_others_move_up(log: Path, index: int) -> None:
    bundle = bundle_of(log, index, SIZE)
    start = index % 256 * ENTRY_BYTES
    before = bundle.read_bytes()
    bundle.write_bytes(before[:start] + before[start + ENTRY_BYTES :])
    assert (verify(log).code, verify(log).found) == (1, [("entry_missing", index, None)])
    shutil.rmtree(log / "tile" / "entries")
    write_bundles(log, many_leaves()[:index] + many_leaves()[index + 1 :])
    moved = verify(log)
    # Nothing tells an entry that is gone from the end from a copy that is not quite up to date.
    assert moved.code == (2 if index == SIZE - 1 else 1)
    lag = ("file_missing", SIZE - 1, SIZE - 1)
    assert sorted(moved.found) == [("entry_missing", index, None), lag][index == SIZE - 1 :]


@pytest.mark.parametrize("index", [0, 255, 256, 65_536, SIZE - 1, SIZE])
def test_an_inserted_row_is_named_whether_or_not_the_others_move_down(log: Path, index: int) -> None:
    bundle = bundle_of(log, min(index, SIZE - 1), SIZE)
    start = (index - min(index, SIZE - 1) // 256 * 256) * ENTRY_BYTES
    before = bundle.read_bytes()
    bundle.write_bytes(before[:start] + b"\x00\xa8" + leaf(99_999) + before[start:])
    assert (verify(log).code, verify(log).found) == (1, [("entry_inserted", index, None)])


def test_rows_deleted_inserted_and_changed_are_told_apart(log: Path) -> None:
    forged = [*many_leaves()]
    forged[60_000] = leaf(60_000, salt=b"forged")
    del forged[30_000:30_003]
    forged.insert(500, leaf(80_000))
    forged.insert(500, leaf(80_001))
    shutil.rmtree(log / "tile" / "entries")
    write_bundles(log, forged[:69_888])
    assert verify(log).found == [
        ("entry_inserted", 500, 501),
        ("entry_missing", 30_000, 30_002),
        ("entry_changed", 60_000, None),
        ("file_missing", 69_888, SIZE - 1),
    ]


@pytest.mark.parametrize(
    ("level", "index", "at", "first", "last"),
    [
        (0, 3, 7, 775, 775),
        (0, 273, 0, 69_888, 69_888),
        (1, 0, 9, 2304, 2559),
        (1, 1, 0, 65_536, 65_791),
        (2, 0, 0, 0, 65_535),
    ],
)
def test_a_flipped_byte_of_a_tile_is_told_from_one_of_an_entry(
    log: Path, level: int, index: int, at: int, first: int, last: int
) -> None:
    width = min(256, (SIZE >> 8 * level) - index * 256)
    flip(log / tile_path(TileRef(level, index, width)), at * 32)
    said = verify(log)
    assert (said.code, said.found) == (1, [("tile_changed", first, last)])
    assert verify(log, "--tiles-only").code == 1


def test_an_entry_and_a_hash_above_it_changed_at_once_are_both_named(log: Path) -> None:
    flip(bundle_of(log, 2304, SIZE), 2304 % 256 * ENTRY_BYTES + 9)
    flip(log / "tile/1/000", 9 * 32)
    assert sorted(verify(log).found) == [("entry_changed", 2304, None), ("tile_changed", 2304, 2559)]


def test_an_entry_changed_together_with_its_hash_is_placed_within_its_tile(log: Path) -> None:
    forged = [*many_leaves()]
    forged[1000] = leaf(1000, salt=b"forged")
    other = log.parent / "forged"
    write_log(other, forged)
    for path in (bundle_path(3, 256), "tile/0/003"):
        shutil.copy(other / path, log / path)
    assert verify(log).found == [("subtree_changed", 768, 1023)]
    shutil.copy(other / "tile/1/000", log / "tile/1/000")
    assert verify(log).found == [("subtree_changed", 0, 65_535)]


def test_a_tree_that_was_made_anew_does_not_lead_to_the_signed_root(log: Path) -> None:
    forged = log.parent / "forged"
    write_log(forged, [*many_leaves()[:1000], leaf(1000, salt=b"forged"), *many_leaves()[1001:]])
    shutil.copy(log / "checkpoint", forged / "checkpoint")
    assert verify(forged).found == [("root_differs", 0, SIZE - 1)]


def test_a_ruin_is_reported_within_bounds(log: Path) -> None:
    write_bundles(log, [leaf(number, salt=b"forged") for number in range(SIZE)])
    said = verify(log)
    assert said.code == 1
    assert len(said.faults) == MOST_LISTED + 1
    assert said.faults[-1] == {
        "finding": "more_mismatches",
        "index": MOST_LISTED,
        "detail": str(SIZE - MOST_LISTED),
    }


def test_the_right_edge_is_judged_by_the_root_itself(tmp_path: Path) -> None:
    """A directory of one partial tile: nothing but the checkpoint is above it."""
    log = _small(tmp_path, 9)
    assert sorted(str(one.relative_to(log)) for one in log.rglob("*") if one.is_file()) == [
        "checkpoint",
        "tile/0/000.p/9",
        "tile/entries/000.p/9",
    ]
    assert verify(log).code == 0
    flip(log / "tile/0/000.p/9", 4 * 32)
    assert verify(log).found == [("tile_changed", 4, 4)]
    flip(log / "tile/entries/000.p/9", 2 * ENTRY_BYTES + 50)
    assert verify(log).found == [("root_differs", 0, 8), ("entry_changed", 2, None), ("entry_changed", 4, None)]
