"""Two copies of one log: one continues the other, or they part at an index that both prove under their signatures."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.crypto.checkpoint import SigningKey
from registry_formats.merkle import hash_leaf
from registry_formats.proofs import parse_proof, verify_proof
from tests.clients.verifying import Said, run
from tests.log_files import KEY, leaf, many_leaves, write_log


def _forked(at: int, size: int) -> list[bytes]:
    return [leaf(number, salt=b"" if number < at else b"fork") for number in range(size)]


def _compare(one: Path, other: Path, *options: str | Path) -> Said:
    return run("log", "compare", one, other, *options)


@pytest.mark.parametrize(
    ("old", "new"), [(0, 0), (0, 5), (5, 5), (1, 700), (256, 700), (300, 70_000), (65_536, 70_000)]
)
def test_a_copy_that_continues_another_is_good_in_either_order(tmp_path: Path, old: int, new: int) -> None:
    write_log(tmp_path / "old", many_leaves()[:old])
    write_log(tmp_path / "new", many_leaves()[:new])
    said = _compare(tmp_path / "old", tmp_path / "new")
    assert (said.code, said.checks[0]["common"], said.checks[0]["size"]) == (0, old, new)
    assert _compare(tmp_path / "new", tmp_path / "old").code == 0


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_the_first_entry_at_which_two_logs_part_is_named(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    common = data.draw(st.integers(1, 1200))
    at = data.draw(st.integers(0, common - 1))
    place = tmp_path_factory.mktemp("fork")
    write_log(place / "a", many_leaves()[:common])
    write_log(place / "b", _forked(at, data.draw(st.integers(common, 1300))))
    said = _compare(place / "b", place / "a")
    assert (said.code, said.found) == (1, [("log_forked", at, None)])


@pytest.mark.parametrize("at", [0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999])
def test_a_fork_is_found_on_every_level_and_proved_by_files_that_convince_a_stranger(tmp_path: Path, at: int) -> None:
    forked = _forked(at, 70_001)
    write_log(tmp_path / "a", many_leaves())
    write_log(tmp_path / "b", forked)
    said = _compare(tmp_path / "a", tmp_path / "b", "--evidence", tmp_path / "evidence")
    assert (said.code, said.found) == (1, [("log_forked", at, None)])
    for name, entries in (("older", many_leaves()), ("newer", forked)):
        proof = (tmp_path / "evidence" / f"{name}.proof").read_text()
        assert parse_proof(proof).index == at
        assert verify_proof(proof, hash_leaf(entries[at]), KEY.name, [KEY.vkey]).size == len(entries)


def test_a_single_changed_entry_is_found_though_all_that_follows_is_equal(tmp_path: Path) -> None:
    write_log(tmp_path / "a", many_leaves())
    write_log(tmp_path / "b", [*many_leaves()[:40_000], leaf(1, salt=b"x"), *many_leaves()[40_001:]])
    assert _compare(tmp_path / "a", tmp_path / "b").found == [("log_forked", 40_000, None)]


def test_tiles_that_are_not_those_that_were_signed_are_not_taken_for_a_fork(tmp_path: Path) -> None:
    write_log(tmp_path / "a", many_leaves()[:600])
    write_log(tmp_path / "b", many_leaves()[:700])
    tile = tmp_path / "b" / "tile/0/001"
    tile.write_bytes(bytes([tile.read_bytes()[0] ^ 1]) + tile.read_bytes()[1:])
    said = _compare(tmp_path / "a", tmp_path / "b")
    assert said.code == 0  # the proof needs none of the hashes that were touched
    tile = tmp_path / "b" / "tile/1/000.p/2"
    tile.write_bytes(bytes([tile.read_bytes()[0] ^ 1]) + tile.read_bytes()[1:])
    said = _compare(tmp_path / "a", tmp_path / "b")
    assert (said.code, said.faults[0]["finding"]) == (1, "tile_changed")


def test_copies_of_different_logs_are_not_compared(tmp_path: Path) -> None:
    write_log(tmp_path / "a", many_leaves()[:5])
    write_log(tmp_path / "b", many_leaves()[:5], SigningKey("registry.example/audit/2027h1.1", b"\x17" * 32))
    assert _compare(tmp_path / "a", tmp_path / "b").found == [("other_log", None, None)]


def test_a_copy_that_lacks_a_tile_on_the_way_is_incomplete(tmp_path: Path) -> None:
    write_log(tmp_path / "a", many_leaves()[:600])
    write_log(tmp_path / "b", many_leaves()[:700])
    (tmp_path / "b" / "tile/0/002.p/188").unlink()
    assert _compare(tmp_path / "a", tmp_path / "b").code == 2
    assert _compare(tmp_path / "a", tmp_path / "nowhere").code == 2
