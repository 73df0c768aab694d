"""What is not in a log: numbers of writers that no entry has, repeated ones, writers that fell silent."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_client.verifier import gaps
from registry_client.verifier.copies import open_log
from registry_client.verifier.findings import Faults
from registry_client.verifier.keys import Keys
from registry_client.verifier.sources import Directory
from registry_formats.leaf import LAST_OF_WRITER, LAYOUT, LeafType
from tests.clients.verifying import Said, run
from tests.log_files import KEY, leaf, write_log

SECOND = 10  # leaves are 100 ms apart
LATER = [leaf(number, writer=9, seq=number - 9_999) for number in range(10_000, 10_002)]


def _gaps(directory: Path, entries: Sequence[bytes]) -> Said:
    write_log(directory, entries)
    return run("log", "gaps", directory)


def _of(writer: int, numbers: Sequence[int], *, start: int = 0) -> list[bytes]:
    return [leaf(start + at, writer=writer, seq=number) for at, number in enumerate(numbers)]


def _with_flags(entry: bytes, flags: int) -> bytes:
    parts = list(LAYOUT.unpack(entry))
    parts[2] = flags
    return LAYOUT.pack(*parts)


def _named(said: Said) -> list[tuple[str, int | None, str, str]]:
    return [(one["finding"], one.get("index"), one["place"], one.get("detail", "")) for one in said.faults]


def test_writers_that_number_without_gaps_are_good_whatever_the_order(tmp_path: Path) -> None:
    said = _gaps(tmp_path, [*_of(1, [1, 2, 4, 3, 5]), *_of(2, [3, 2, 1])])
    assert (said.code, said.faults) == (0, [])
    assert said.checks[-1]["writers"] == 2
    assert said.checks[-1]["leaves"] == 8


@given(order=st.permutations(range(1, 30)))
@settings(max_examples=30, deadline=None)
def test_no_order_of_whole_numbers_is_a_gap_and_what_is_left_out_is_named(
    order: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.mktemp("order")
    assert _gaps(directory, _of(1, order)).code == 0
    without = [number for number in order if number not in {7, 8, 20}]
    found = _named(_gaps(directory, [*_of(1, without), *LATER]))
    missing = [detail for finding, _, _, detail in found if finding == "numbers_missing"]
    assert missing == ["numbers 7 to 8", "numbers 20 to 20"]


@pytest.mark.parametrize("late", [[2], [2, 3, 4], [4, 2], [3]])
def test_numbers_that_come_very_late_are_no_gap(tmp_path: Path, late: list[int]) -> None:
    said = _gaps(tmp_path, [*_of(1, [1, *range(5, 5002), *late]), *LATER])
    left = sorted({2, 3, 4} - set(late))
    ranges = {
        (): [],
        (3,): ["numbers 3 to 3"],
        (2, 4): ["numbers 2 to 2", "numbers 4 to 4"],
        (3, 4): ["numbers 3 to 4"],
    }
    assert [one["detail"] for one in said.faults] == ranges[tuple(left)]
    assert _named(_gaps(tmp_path, _of(1, [1, *range(5, 5002), 2, 2])))[0][0] == "number_repeated"


def test_a_missing_number_is_named_with_the_entry_that_follows_it(tmp_path: Path) -> None:
    said = _gaps(tmp_path, [*_of(1, [1, 2, 3, 6, 7]), *LATER])
    assert said.code == 1
    assert _named(said) == [("numbers_missing", 3, "writer 1", "numbers 4 to 5")]


def test_a_number_that_may_still_be_on_its_way_is_counted_and_not_held_against_anybody(tmp_path: Path) -> None:
    said = _gaps(tmp_path, _of(1, [1, 2, 5]))
    assert (said.code, said.faults, said.checks[-1]["pending"]) == (0, [], 2)


def test_a_number_given_twice_is_named(tmp_path: Path) -> None:
    said = _gaps(tmp_path, _of(1, [1, 2, 2, 3]))
    assert (said.code, _named(said)) == (1, [("number_repeated", 2, "writer 1", "number 2")])
    assert _named(_gaps(tmp_path, _of(1, [1, 3, 3, 2]))) == [("number_repeated", 2, "writer 1", "number 3")]


def test_a_writer_that_began_before_this_copy_is_not_accused(tmp_path: Path) -> None:
    said = _gaps(tmp_path, [*_of(1, [40, 41, 42]), *LATER])
    assert (said.code, _named(said)[0]) == (2, ("numbers_earlier", 0, "writer 1", "numbers 1 to 39"))


def test_a_writer_goes_on_from_one_shard_to_the_next(tmp_path: Path) -> None:
    write_log(tmp_path / "2026h2.1", _of(1, [1, 2, 3]))
    write_log(tmp_path / "2027h1.1", _of(1, [4, 5], start=3))
    assert run("log", "gaps", tmp_path).code == 0


def test_a_silence_is_named_with_the_entry_that_ends_it(tmp_path: Path) -> None:
    said = _gaps(tmp_path, [leaf(0, seq=1), leaf(60 * SECOND, seq=2), leaf(121 * SECOND, seq=3)])
    assert (said.code, _named(said)) == (2, [("writer_silent", 2, "writer 1", "61 s")])


def test_a_writer_must_end_or_be_declared_dead(tmp_path: Path) -> None:
    later = [leaf(21 * 60 * SECOND, writer=2, seq=1)]
    said = _gaps(tmp_path, [*_of(1, [1, 2]), *later])
    assert (said.code, _named(said)) == (2, [("writer_unended", None, "writer 1", "after number 2")])
    ended = [leaf(0, seq=1), _with_flags(leaf(1, seq=2), LAST_OF_WRITER)]
    assert _gaps(tmp_path, [*ended, *later]).code == 0
    said = _gaps(tmp_path, [*ended, leaf(2, seq=3)])
    assert (said.code, _named(said)) == (1, [("writer_after_end", None, "writer 1", "numbers 3 to 3")])


def test_what_was_said_of_a_crash_explains_the_numbers_it_lost_and_no_others(tmp_path: Path) -> None:
    write_log(tmp_path, [*_of(1, [1, 4, 7]), leaf(21 * 60 * SECOND, writer=2, seq=1)])
    faults = Faults()
    check = gaps.GapCheck(faults, {1: gaps.Crash(7, ((2, 3),))})
    check.read(open_log(Directory(tmp_path), Keys.read([KEY.vkey.encode()])), lambda _, __: None)
    check.finish()
    assert [(one.finding.value, one.index, one.detail) for one in faults.all()] == [
        ("numbers_missing", 2, "numbers 5 to 6")
    ]


def test_heartbeats_and_voids_are_counted(tmp_path: Path) -> None:
    kinds = [LeafType.HEARTBEAT, LeafType.QUERY, LeafType.VOID, LeafType.HEARTBEAT]
    said = _gaps(tmp_path, [leaf(at, kind=kind, seq=at + 1) for at, kind in enumerate(kinds)])
    assert (said.checks[-1]["heartbeats"], said.checks[-1]["voids"]) == (2, 1)


def test_an_entry_of_the_tree_that_is_no_leaf_is_named(tmp_path: Path) -> None:
    said = _gaps(tmp_path, [leaf(0, seq=1), b"\x02" + leaf(1, seq=2)[1:], leaf(2, seq=2)])
    assert said.found == [("leaf_malformed", 1, None)]


def test_gaps_are_looked_for_only_together_with_the_proof_of_the_tree(tmp_path: Path) -> None:
    write_log(tmp_path, _of(1, [1, 2, 3]))
    bundle = tmp_path / "tile/entries/000.p/3"
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"x")
    assert run("log", "gaps", tmp_path).found == [("entry_changed", 2, None)]
