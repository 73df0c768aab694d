"""A copy of the log as a set of files: forked, rolled back, cut short, incomplete, or signed by somebody else."""

import shutil
from pathlib import Path

import pytest

from registry.crypto.checkpoint import SigningKey
from registry_formats.bundles import ENTRY_BYTES, bundle_path
from tests.clients.verifying import bundle_of, flip, verify
from tests.log_files import KEY, leaf, leaves, write_log

SIZE = 1300
ENTRIES = leaves(SIZE)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("whole") / "2026h2.1"
    write_log(directory, ENTRIES)
    return directory


@pytest.fixture
def log(whole: Path, tmp_path: Path) -> Path:
    """A copy that may be harmed."""
    return Path(shutil.copytree(whole, tmp_path / "log"))


def _small(directory: Path, size: int) -> Path:
    write_log(directory, ENTRIES[:size])
    return directory


def test_a_fork_signed_anew_is_found_by_whoever_kept_a_checkpoint(log: Path) -> None:
    kept = log.parent / "kept"
    kept.write_bytes((log / "checkpoint").read_bytes())
    fork = log.parent / "fork"
    write_log(fork, [*ENTRIES[:1000], leaf(1000, salt=b"forged"), *ENTRIES[1001:], *leaves(20)])
    assert verify(fork).code == 0  # sound in itself: nothing but memory can tell
    said = verify(fork, "--kept", kept)
    assert (said.code, said.found) == (1, [("kept_differs", 0, SIZE - 1)])
    assert verify(log, "--kept", kept).code == 0


def test_of_several_kept_checkpoints_those_that_still_follow_narrow_the_fork_down(tmp_path: Path) -> None:
    kept: list[str | Path] = []
    for size in (0, 300, 512, 700):
        write_log(tmp_path / f"then{size}", ENTRIES[:size])
        kept += ["--kept", tmp_path / f"then{size}" / "checkpoint"]
    write_log(tmp_path / "fork", [*ENTRIES[:600], *leaves(300)])
    assert verify(tmp_path / "fork", *kept).found == [("kept_differs", 512, 699)]
    write_log(tmp_path / "good", ENTRIES[:900])
    assert verify(tmp_path / "good", *kept).code == 0


def test_a_log_rolled_back_is_found_by_whoever_kept_a_checkpoint(log: Path, tmp_path: Path) -> None:
    old = _small(tmp_path / "old", 600)
    assert verify(old).code == 0
    said = verify(old, "--kept", log / "checkpoint")
    assert (said.code, said.found) == (1, [("rolled_back", 600, SIZE - 1)])


@pytest.mark.parametrize("cut", [1, 100, ENTRY_BYTES - 1])
def test_a_bundle_cut_short_is_incomplete(log: Path, cut: int) -> None:
    bundle = bundle_of(log, 1000, SIZE)
    bundle.write_bytes(bundle.read_bytes()[:-cut])
    said = verify(log)
    assert (said.code, said.found) == (2, [("file_cut", 1023, 1023)])
    bundle.write_bytes(b"")
    assert verify(log).code == 1  # whole entries are gone, and 256 of them


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (bundle_path(3, 256), ("file_missing", 768, 1023)),
        (bundle_path(5, 20), ("file_missing", 1280, SIZE - 1)),
        ("tile/0/003", ("file_missing", 768, 1023)),
        ("tile/1/000.p/5", ("file_missing", 0, 1279)),
    ],
)
def test_a_missing_file_is_incomplete(log: Path, path: str, found: tuple[str, int, int]) -> None:
    (log / path).unlink()
    said = verify(log)
    assert (said.code, said.found) == (2, [found])


def test_a_tile_cut_short_is_incomplete_and_one_too_long_is_not_good(log: Path) -> None:
    tile = log / "tile/0/003"
    whole = tile.read_bytes()
    tile.write_bytes(whole[:-1])
    assert (verify(log).code, verify(log).found) == (2, [("file_cut", 1023, 1023)])
    tile.write_bytes(whole + b"x")
    assert verify(log).code == 1


def test_what_neither_entries_nor_tiles_tell_is_incomplete_and_the_rest_is_still_checked(log: Path) -> None:
    (log / bundle_path(3, 256)).unlink()
    (log / "tile/0/003").unlink()
    flip(bundle_of(log, 1100, SIZE), 1100 % 256 * ENTRY_BYTES + 20)
    said = verify(log)
    assert said.code == 1
    assert said.found == [("file_missing", 768, 1023), ("file_missing", 768, 1023), ("entry_changed", 1100, None)]


def test_without_entries_the_hashes_alone_are_checked_when_asked_to(log: Path) -> None:
    shutil.rmtree(log / "tile" / "entries")
    assert verify(log).code == 2
    assert verify(log, "--tiles-only").code == 0


def test_a_full_tile_serves_where_the_partial_one_is_gone(whole: Path, tmp_path: Path) -> None:
    """A copy may be newer than the checkpoint that was kept with it."""
    log = _small(tmp_path / "old", 300)
    for path in (bundle_path(1, 44), "tile/0/001.p/44"):
        (log / path).unlink()
        full = path.partition(".p/")[0]
        shutil.copy(whole / full, log / full)
    assert verify(log).code == 0


def test_a_checkpoint_of_another_key_is_refused(log: Path) -> None:
    other = SigningKey(KEY.name, b"\x18" * 32)
    said = verify(log, key=other.vkey.encode())
    assert (said.code, said.faults[0]["detail"]) == (1, "note_unsigned")


def test_a_key_of_the_log_holds_for_all_its_shards_and_for_no_other_log(log: Path) -> None:
    seed = b"\x17" * 32
    for name in ("registry.example/audit", "registry.example/audit/2027h1.3"):
        assert verify(log, key=SigningKey(name, seed).vkey.encode()).code == 0
    for name in ("registry.example/receipts", "other.example/audit", "registry.example/audit/x"):
        assert verify(log, key=SigningKey(name, seed).vkey.encode()).code == 1


@pytest.mark.parametrize(("cut", "code"), [(1, 2), (60, 2), (150, 2)])
def test_a_checkpoint_cut_short_is_incomplete(log: Path, cut: int, code: int) -> None:
    checkpoint = log / "checkpoint"
    checkpoint.write_bytes(checkpoint.read_bytes()[:-cut])
    assert verify(log).code == code


def test_a_checkpoint_that_was_touched_is_refused(log: Path) -> None:
    checkpoint = log / "checkpoint"
    checkpoint.write_bytes(checkpoint.read_bytes().replace(b"1300", b"1299"))
    said = verify(log)
    assert (said.code, said.found) == (1, [("checkpoint_refused", None, None)])
    assert said.faults[0]["detail"] == "note_signature_invalid"


def test_a_directory_of_shards_is_verified_shard_by_shard(whole: Path, tmp_path: Path) -> None:
    second = SigningKey("registry.example/audit/2027h1.1", b"\x17" * 32)
    write_log(tmp_path / "2027h1.1", ENTRIES[:10], second)
    _small(tmp_path / "2026h2.1", 300)
    said = verify(tmp_path)
    assert (said.code, [check["size"] for check in said.checks]) == (0, [300, 10])
    flip(tmp_path / "2027h1.1" / bundle_path(0, 10), 2)
    assert verify(tmp_path).code == 1


@pytest.mark.parametrize("where", ["nowhere", "."])
def test_a_place_without_a_checkpoint_is_incomplete(tmp_path: Path, where: str) -> None:
    assert verify(tmp_path / where).code == 2


def test_a_shard_that_was_taken_away_is_missed_by_whoever_kept_its_checkpoint(log: Path, tmp_path: Path) -> None:
    gone = SigningKey("registry.example/audit/2026h1.1", b"\x17" * 32)
    write_log(tmp_path / "gone", ENTRIES[:10], gone)
    said = verify(log, "--kept", tmp_path / "gone" / "checkpoint")
    assert (said.code, said.found) == (2, [("file_missing", 0, 9)])
    assert said.faults[0]["detail"] == gone.name
