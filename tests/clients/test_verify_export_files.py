"""An export of the audit log as files: what was erased and what is missing, numbers, cuts, manifest and seal."""

import json
import tarfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from registry.crypto.checkpoint import SigningKey
from registry_client.verifier.row_checks import CRASHED_ACTION
from registry_formats.cosignatures import CosignatureType, CosigningKey
from registry_formats.export_filter import ExportFilter
from registry_formats.export_manifest import decode_manifest
from registry_formats.export_rows import Cell, Row
from registry_formats.exports import ERASURES, MANIFEST, SEAL
from registry_formats.leaf import Detail, Group, LeafType
from registry_formats.openings import GroupState
from tests.clients.verifying import FIRST_ROWS, run, verify_export
from tests.export_files import MEMBER, Plan, pack, row, rows, write_export, write_sealed
from tests.log_files import KEY, write_log

SIZE = 700
LOG = rows(SIZE)
ORIGIN = KEY.name


@pytest.fixture
def export(tmp_path: Path) -> Path:
    write_export(tmp_path / "export", LOG)
    return tmp_path / "export"


def test_an_erasure_that_the_log_proves_excuses_what_is_gone(tmp_path: Path) -> None:
    export = tmp_path / "export"
    write_export(export, rows(300, [5, 260]), Plan(erased=frozenset({5, 260})))
    said = verify_export(export)
    assert (said.code, said.faults) == (0, [])


def test_what_is_gone_without_an_erasure_in_the_log_is_missing(tmp_path: Path) -> None:
    export, log = tmp_path / "export", rows(300, [5, 260])
    write_export(export, log, Plan(erased=frozenset({5, 260})))
    (export / ERASURES).unlink()
    said = verify_export(export)
    missing = [(one["index"], one["detail"]) for one in said.faults if one["finding"] == "group_missing"]
    assert (said.code, missing) == (1, [(5, "subject"), (5, "content"), (260, "subject"), (260, "content")])


def test_an_erasure_excuses_only_the_entries_it_names(tmp_path: Path) -> None:
    export, log = tmp_path / "export", rows(300, [5])
    gone = {group: Cell(GroupState.SHREDDED, erasure=log[-1].entry_id) for group in (Group.SUBJECT, Group.CONTENT)}
    log[77] = replace(log[77], groups={**log[77].groups, **gone})
    write_export(export, log, Plan(erased=frozenset({5})))
    assert verify_export(export).found == [("group_missing", 77, None)] * 2


def test_an_erasure_that_is_not_in_the_log_is_refused(tmp_path: Path) -> None:
    export, log = tmp_path / "export", rows(300, [5])
    write_export(export, log, Plan(erased=frozenset({5})))
    path = export / ERASURES
    path.write_bytes(path.read_bytes().replace(b"index 299", b"index 298"))
    found = {one[0] for one in verify_export(export).found}
    assert {"erasure_refused", "group_missing"} <= found


def test_a_detail_that_is_gone_altogether_is_an_alarm(tmp_path: Path) -> None:
    export, log = tmp_path / "export", rows(50)
    log[7] = replace(log[7], groups={**log[7].groups, Group.CONTENT: Cell(GroupState.MISSING)})
    write_export(export, log)
    assert verify_export(export).found == [("group_missing", 7, None)]


def test_a_number_that_a_member_has_no_entry_for_is_named(tmp_path: Path) -> None:
    log = [row(number, counter=number + 1 if number < 20 else number + 3) for number in range(3100)]
    write_export(tmp_path / "export", log)
    said = verify_export(tmp_path / "export")
    assert (said.code, said.found) == (1, [("numbers_missing", 20, None)])
    assert (said.faults[0]["place"], said.faults[0]["detail"]) == (f"member {MEMBER}, writer 1", "numbers 21 to 22")


def test_gaps_of_an_export_are_looked_for_on_their_own(tmp_path: Path) -> None:
    log = [*rows(20), *(row(number) for number in range(20 + 700, 20 + 720))]
    log[20:] = [replace(one, index=at) for at, one in enumerate(log[20:], 20)]
    write_export(tmp_path / "export", log)
    assert verify_export(tmp_path / "export").found == []
    silent = run("log", "gaps", tmp_path / "export")
    assert (silent.code, silent.found) == (2, [("writer_silent", 20, None)])


@pytest.mark.parametrize("left", [0.1, 0.5, 0.9, 0.99])
def test_a_tar_cut_short_is_incomplete(export: Path, left: float) -> None:
    tar = pack(export, export.with_suffix(".tar"))
    data = tar.read_bytes()
    tar.write_bytes(data[: int(len(data) * left) + 100])
    said = verify_export(tar)
    assert said.code == 2
    assert "file_missing" in {one[0] for one in said.found}


def test_a_file_of_rows_cut_short_is_incomplete_and_the_rest_is_checked(export: Path) -> None:
    path = export / FIRST_ROWS
    path.write_bytes(path.read_bytes()[:-10])
    said = verify_export(export)
    assert said.code == 1  # the manifest counts more
    assert ("file_cut", 0, 99) in said.found
    assert "entry_missing" not in {one[0] for one in said.found}


def test_a_missing_file_of_rows_is_named_by_the_entries_it_held(export: Path) -> None:
    (export / "rows/000002.jsonl").unlink()
    found = verify_export(export).found
    assert ("file_missing", 200, 299) in found
    assert "entry_missing" not in {one[0] for one in found}


@pytest.mark.parametrize("name", [MANIFEST, SEAL])
def test_an_export_without_manifest_or_seal_broke_off(export: Path, name: str) -> None:
    (export / name).unlink()
    said = verify_export(export)
    assert (said.code, said.faults[0]["place"]) == (2, name)


def test_a_manifest_that_was_edited_is_refused(export: Path) -> None:
    data = json.loads((export / MANIFEST).read_bytes())
    (export / MANIFEST).write_text(json.dumps(data))
    assert verify_export(export).found == [("manifest_refused", None, None)]
    (export / MANIFEST).write_bytes(
        json.dumps(data | {"requester": "x"}, sort_keys=True, separators=(",", ":")).encode()
    )
    assert ("seal_refused", None, None) in verify_export(export).found


def test_an_export_is_checked_with_the_logs_own_key(export: Path) -> None:
    said = verify_export(export, SigningKey(KEY.name, b"\x18" * 32).vkey.encode())
    assert said.code == 1
    assert {one["detail"] for one in said.faults if "detail" in one} >= {"note_unsigned"}


def test_a_manifest_about_another_tree_than_the_one_beside_it_is_refused(export: Path) -> None:
    manifest = decode_manifest((export / MANIFEST).read_bytes())
    shard = replace(manifest.shards[0], size=SIZE + 1)
    write_sealed(export, replace(manifest, shards=(shard,)), [one.leaf for one in LOG])
    assert "manifest_differs" in {one[0] for one in verify_export(export).found}


def test_a_path_that_stands_in_a_tar_twice_is_refused(export: Path, tmp_path: Path) -> None:
    tar = pack(export, tmp_path / "twice.tar")
    with tarfile.open(tar, "a") as made:
        made.add(export / FIRST_ROWS, FIRST_ROWS)
    assert verify_export(tar).found[0][0] == "file_repeated"


def _kept(tmp_path: Path, log: Sequence[Row], size: int) -> tuple[str, Path]:
    write_log(tmp_path / f"then-{size}", [one.leaf for one in log[:size]])
    return "--kept", tmp_path / f"then-{size}" / "checkpoint"


@pytest.mark.parametrize("until", [None, LOG[600].t_ms])
def test_an_export_must_follow_from_what_was_signed_before(tmp_path: Path, until: int | None) -> None:
    export, plan = tmp_path / "export", Plan(filter=ExportFilter(until_ms=until))
    write_export(export, LOG, plan)
    fork = [*LOG[:50], row(50, content={"n": "fork"}), *LOG[51:]]
    good, bad, newer = (_kept(tmp_path / name, log, size) for name, log, size in _earlier(fork))
    assert run("export", "verify", export, *good).code == 0
    assert run("export", "verify", export, *bad).found == [("kept_differs", 0, 511)]
    assert run("export", "verify", export, *newer).found == [("rolled_back", SIZE, SIZE + 9)]


def _earlier(fork: Sequence[Row]) -> list[tuple[str, Sequence[Row], int]]:
    return [("good", LOG, 512), ("bad", fork, 512), ("newer", rows(SIZE + 10), SIZE + 10)]


def test_a_quorum_is_demanded_of_an_exports_checkpoint_too(export: Path, tmp_path: Path) -> None:
    witness = CosigningKey("witness.example/w1", CosignatureType.ED25519, b"\x21" * 32).vkey.encode()
    (tmp_path / "policy").write_text(f"log {KEY.vkey.encode()}\nwitness w1 {witness}\nquorum w1\n")
    said = run("export", "verify", export, "--policy", tmp_path / "policy")
    assert (said.code, said.found) == (2, [("quorum_missing", None, None)])
    compared = run("log", "compare", *[export / "log/2026h2.1"] * 2, "--policy", tmp_path / "policy")
    assert (compared.code, {one[0] for one in compared.found}) == (2, {"quorum_missing"})


def _crashed() -> list[Row]:
    """A writer gives the numbers 1, 2 and 5 and dies; twenty minutes later another one says so."""
    said: Detail = {"last": 5, "missing": [[3, 4]], "writer": 1}
    later = [
        row(13_000, writer=2, seq=1, counter=1),
        row(13_001, LeafType.ADMIN, said, action=CRASHED_ACTION, writer=2, seq=2, counter=2),
    ]
    first = [row(0), row(1), row(2, seq=5, counter=5)]
    return [replace(one, index=at) for at, one in enumerate([*first, *later])]


def test_what_was_said_of_a_crash_explains_the_numbers_it_cost(tmp_path: Path) -> None:
    export, filtered, log = tmp_path / "export", tmp_path / "filtered", _crashed()
    write_export(export, log)
    assert run("log", "gaps", export).found == []
    write_export(filtered, log, Plan(filter=ExportFilter(action=CRASHED_ACTION)))
    write_log(tmp_path / "log", [one.leaf for one in log])
    assert {one[0] for one in run("log", "gaps", tmp_path / "log").found} == {"numbers_missing", "writer_unended"}
    assert run("log", "gaps", tmp_path / "log", "--export", filtered).found == []


def test_a_crash_explains_no_other_numbers(tmp_path: Path) -> None:
    log = _crashed()
    log[1] = replace(row(1, seq=6, counter=6), index=1)
    write_export(tmp_path / "export", log)
    assert {one[0] for one in verify_export(tmp_path / "export").found} == {"numbers_missing", "writer_after_end"}
