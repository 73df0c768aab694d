"""An export of the audit log, verified with nothing but the file and the log's key: what was touched is named."""

import json
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.crypto.checkpoint import SigningKey
from registry_formats.export_manifest import ExportFilter, decode_manifest
from registry_formats.export_rows import Cell, Row, encode_row
from registry_formats.exports import ERASURES, MANIFEST, SEAL, ExportFormat
from registry_formats.leaf import Group
from registry_formats.openings import GroupState
from tests.clients.verifying import Said, run
from tests.export_files import MEMBER, Plan, pack, row, rows, write_export, write_sealed
from tests.log_files import KEY

SIZE = 700
LOG = rows(SIZE)
ORIGIN = KEY.name
FIRST = "rows/000000.jsonl"


def _verify(path: Path, key: str = KEY.vkey.encode()) -> Said:
    return run("export", "verify", path, key=key)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    write_export(tmp_path / "export", LOG)
    return tmp_path / "export"


def _rewrite(export: Path, change: Callable[[list[bytes]], Sequence[bytes]], file: str = FIRST) -> None:
    path = export / file
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def _line(one: Row) -> bytes:
    return encode_row(one) + b"\n"


def _without(found: list[tuple[str, int | None, int | None]], *kinds: str) -> list[tuple[str, int | None, int | None]]:
    return [one for one in found if one[0] not in kinds]


CONSEQUENCES = ("file_changed", "manifest_differs")


@pytest.mark.parametrize("file_format", ExportFormat)
def test_an_untouched_export_is_good_in_every_format_as_a_tar_and_as_a_directory(
    tmp_path: Path, file_format: ExportFormat
) -> None:
    write_export(tmp_path / "export", LOG, Plan(file_format=file_format))
    for path in (tmp_path / "export", pack(tmp_path / "export", tmp_path / "export.tar")):
        said = _verify(path)
        assert (said.code, said.faults) == (0, [])
        assert (said.checks[0]["rows"], said.checks[0]["requester"]) == (SIZE, "auditor-1")


@pytest.mark.parametrize("size", [1, 100, 256, 257, 512])
def test_exports_of_any_size_are_good(tmp_path: Path, size: int) -> None:
    write_export(tmp_path / "export", rows(size))
    assert _verify(tmp_path / "export").code == 0


@pytest.mark.parametrize(
    "wanted",
    [
        ExportFilter(since_ms=LOG[300].t_ms, until_ms=LOG[420].t_ms),
        ExportFilter(
            subjects=(LOG[3].detail(Group.SUBJECT) or {})["tags"]
            and tuple((LOG[3].detail(Group.SUBJECT) or {})["tags"])
        ),
        ExportFilter(type="denied"),
    ],
)
def test_a_filtered_export_proves_each_row_and_that_none_was_taken_out(tmp_path: Path, wanted: ExportFilter) -> None:
    manifest = write_export(tmp_path / "export", LOG, Plan(filter=wanted))
    said = _verify(tmp_path / "export")
    assert (said.code, said.faults, said.checks[0]["rows"]) == (0, [], manifest.rows)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_flipped_byte_of_any_row_is_named_by_its_index(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.mktemp("flip") / "export"
    log = LOG[:150]
    write_export(directory, log)
    index = data.draw(st.integers(0, 149))
    path = directory / f"rows/{index // 100:06d}.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    start = lines[index % 100].index(b'"entry_id"') if data.draw(st.booleans()) else 0
    line = bytearray(lines[index % 100])
    at = data.draw(st.integers(start, len(line) - 2))
    line[at] ^= 1 << data.draw(st.integers(0, 6))
    lines[index % 100] = bytes(line)
    path.write_bytes(b"".join(lines))
    said = _verify(directory)
    assert said.code == 1
    ranges = [(one[1], one[2]) for one in said.found if one[0] == "file_changed"]
    assert ranges == [(0, 99) if index < 100 else (100, 149)]
    named = {one[1] for one in _without(said.found, *CONSEQUENCES)}
    is_tag = abs(bytes(line).index(b"staff_tag") - at) < 90  # nothing in the log commits to it
    assert named == {index} or is_tag or bytes(line).count(b"\n") > 1


@pytest.mark.parametrize("index", [0, 1, 99, 100, 255, 256, 698, 699])
@pytest.mark.parametrize("group", [Group.ORG, Group.SUBJECT, Group.CONTENT])
def test_a_forged_detail_is_named_with_its_group(export: Path, index: int, group: Group) -> None:
    cell = LOG[index].groups[group]
    forged = Cell(GroupState.OK, cell.salt, cell.detail[:-1] + b',"z":1}')
    changed = replace(LOG[index], groups={**LOG[index].groups, group: forged})
    at = index % 100
    _rewrite(export, lambda old: [*old[:at], _line(changed), *old[at + 1 :]], f"rows/{index // 100:06d}.jsonl")
    said = _verify(export)
    assert said.code == 1
    assert [one for one in said.faults if one["finding"] == "group_mismatch"] == [
        {"finding": "group_mismatch", "index": index, "place": ORIGIN, "detail": group.value}
    ]


@pytest.mark.parametrize("index", [0, 50, 99])
def test_a_deleted_row_is_named_by_its_index(export: Path, index: int) -> None:
    _rewrite(export, lambda old: [*old[:index], *old[index + 1 :]])
    said = _verify(export)
    assert said.code == 1
    assert _without(said.found, *CONSEQUENCES) == [("entry_missing", index, None)]


@pytest.mark.parametrize("index", [0, 50, 99, 100])
@pytest.mark.parametrize("renumber", [False, True])
def test_an_inserted_row_is_named_by_its_index(export: Path, index: int, renumber: bool) -> None:
    forged = replace(row(SIZE + 5, counter=1000), index=index)
    lines = (export / FIRST).read_bytes().splitlines(keepends=True)
    after = [_line(replace(LOG[at], index=at + 1)) for at in range(index, 100)] if renumber else lines[index:]
    _rewrite(export, lambda old: [*old[:index], _line(forged), *after])
    said = _verify(export)
    assert said.code == 1
    assert ("entry_inserted", index, None) in said.found
    others = _without(said.found, *CONSEQUENCES)
    assert others == [("entry_inserted", index, None)]


def test_a_row_under_another_index_is_named(export: Path) -> None:
    _rewrite(export, lambda old: [*old[:40], old[40].replace(b'"index":40', b'"index":640'), *old[41:]])
    found = _without(_verify(export).found, *CONSEQUENCES)
    assert found == [("row_misplaced", 40, None)]


@pytest.mark.parametrize("file_format", ExportFormat)
def test_a_manifest_made_anew_for_forged_rows_is_not_what_the_log_vouches_for(
    tmp_path: Path, file_format: ExportFormat
) -> None:
    honest, forged = tmp_path / "honest", tmp_path / "forged"
    write_export(honest, LOG, Plan(file_format=file_format))
    write_export(forged, [*LOG[:-1], row(SIZE - 1, content={"n": "forged"})], Plan(file_format=file_format))
    (forged / SEAL).write_bytes((honest / SEAL).read_bytes())
    said = _verify(forged)
    assert (said.code, said.found) == (1, [("seal_refused", None, None)])
    assert said.faults[0]["detail"] == "export_seal_mismatch"


def test_a_filtered_export_from_which_a_row_was_taken_is_not_what_its_manifest_says(tmp_path: Path) -> None:
    export = tmp_path / "export"
    write_export(export, LOG, Plan(filter=ExportFilter(until_ms=LOG[90].t_ms)))
    _rewrite(export, lambda old: [*old[:40], *old[41:]])
    said = _verify(export)
    assert said.code == 1
    assert [one["detail"] for one in said.faults if one["finding"] == "manifest_differs"] == [
        "rows: 89 of 90",
        "states",
    ]


def test_a_filtered_export_names_rows_that_are_not_in_the_log_or_were_not_asked_for(tmp_path: Path) -> None:
    export = tmp_path / "export"
    write_export(export, LOG, Plan(filter=ExportFilter(until_ms=LOG[90].t_ms)))
    forged = replace(row(SIZE + 5), index=41)
    _rewrite(export, lambda old: [*old[:40], _line(LOG[95]), *old[41:50], _line(forged), *old[51:]])
    found = _verify(export).found
    assert ("row_unasked", 95, None) in found
    assert ("row_unasked", 41, None) in found
    assert ("entry_changed", 41, None) in found


def test_tiles_that_do_not_lead_to_the_signed_root_prove_nothing(tmp_path: Path) -> None:
    export = tmp_path / "export"
    write_export(export, LOG, Plan(filter=ExportFilter(until_ms=LOG[90].t_ms)))
    tile = export / "log/2026h2.1/tile/0/000"
    data = bytearray(tile.read_bytes())
    data[5 * 32] ^= 1
    tile.write_bytes(data)
    assert _verify(export).found == [("tile_changed", 0, 255)]
    edge = export / "log/2026h2.1/tile/1/000.p/2"
    edge.write_bytes(bytes(64))
    assert ("root_differs", 0, SIZE - 1) in _verify(export).found


@pytest.mark.parametrize("missing", ["tile/0/000", "tile/1/000.p/2", "checkpoint"])
@pytest.mark.parametrize("until", [None, LOG[90].t_ms])
def test_an_export_that_lacks_what_proves_it_is_incomplete(tmp_path: Path, missing: str, until: int | None) -> None:
    export = tmp_path / "export"
    write_export(export, LOG, Plan(filter=ExportFilter(until_ms=until)))
    (export / "log/2026h2.1" / missing).unlink()
    assert "file_missing" in {one[0] for one in _verify(export).found}
    assert _verify(export).code in {1, 2}


def test_an_erasure_that_the_log_proves_excuses_what_is_gone(tmp_path: Path) -> None:
    export = tmp_path / "export"
    write_export(export, rows(300, [5, 260]), Plan(erased=frozenset({5, 260})))
    said = _verify(export)
    assert (said.code, said.faults) == (0, [])


def test_what_is_gone_without_an_erasure_in_the_log_is_missing(tmp_path: Path) -> None:
    export, log = tmp_path / "export", rows(300, [5, 260])
    write_export(export, log, Plan(erased=frozenset({5, 260})))
    (export / ERASURES).unlink()
    said = _verify(export)
    missing = [(one["index"], one["detail"]) for one in said.faults if one["finding"] == "group_missing"]
    assert (said.code, missing) == (1, [(5, "subject"), (5, "content"), (260, "subject"), (260, "content")])


def test_an_erasure_excuses_only_the_entries_it_names(tmp_path: Path) -> None:
    export, log = tmp_path / "export", rows(300, [5])
    gone = {group: Cell(GroupState.SHREDDED, erasure=log[-1].entry_id) for group in (Group.SUBJECT, Group.CONTENT)}
    log[77] = replace(log[77], groups={**log[77].groups, **gone})
    write_export(export, log, Plan(erased=frozenset({5})))
    assert _verify(export).found == [("group_missing", 77, None)] * 2


def test_an_erasure_that_is_not_in_the_log_is_refused(tmp_path: Path) -> None:
    export, log = tmp_path / "export", rows(300, [5])
    write_export(export, log, Plan(erased=frozenset({5})))
    path = export / ERASURES
    path.write_bytes(path.read_bytes().replace(b"index 299", b"index 298"))
    found = {one[0] for one in _verify(export).found}
    assert {"erasure_refused", "group_missing"} <= found


def test_a_detail_that_is_gone_altogether_is_an_alarm(tmp_path: Path) -> None:
    export, log = tmp_path / "export", rows(50)
    log[7] = replace(log[7], groups={**log[7].groups, Group.CONTENT: Cell(GroupState.MISSING)})
    write_export(export, log)
    assert _verify(export).found == [("group_missing", 7, None)]


def test_a_number_that_a_member_has_no_entry_for_is_named(tmp_path: Path) -> None:
    log = [row(number, counter=number + 1 if number < 20 else number + 3) for number in range(3100)]
    write_export(tmp_path / "export", log)
    said = _verify(tmp_path / "export")
    assert (said.code, said.found) == (1, [("numbers_missing", 20, None)])
    assert (said.faults[0]["place"], said.faults[0]["detail"]) == (f"member {MEMBER}, writer 1", "numbers 21 to 22")


def test_gaps_of_an_export_are_looked_for_on_their_own(tmp_path: Path) -> None:
    log = [*rows(20), *(row(number) for number in range(20 + 700, 20 + 720))]
    log[20:] = [replace(one, index=at) for at, one in enumerate(log[20:], 20)]
    write_export(tmp_path / "export", log)
    assert _verify(tmp_path / "export").found == []
    silent = run("log", "gaps", tmp_path / "export")
    assert (silent.code, silent.found) == (2, [("writer_silent", 20, None)])


@pytest.mark.parametrize("left", [0.1, 0.5, 0.9, 0.99])
def test_a_tar_cut_short_is_incomplete(export: Path, left: float) -> None:
    tar = pack(export, export.with_suffix(".tar"))
    data = tar.read_bytes()
    tar.write_bytes(data[: int(len(data) * left) + 100])
    said = _verify(tar)
    assert said.code == 2
    assert "file_missing" in {one[0] for one in said.found}


def test_a_file_of_rows_cut_short_is_incomplete_and_the_rest_is_checked(export: Path) -> None:
    path = export / FIRST
    path.write_bytes(path.read_bytes()[:-10])
    said = _verify(export)
    assert said.code == 1  # the manifest counts more
    assert ("file_cut", 0, 99) in said.found
    assert "entry_missing" not in {one[0] for one in said.found}


def test_a_missing_file_of_rows_is_named_by_the_entries_it_held(export: Path) -> None:
    (export / "rows/000002.jsonl").unlink()
    found = _verify(export).found
    assert ("file_missing", 200, 299) in found
    assert "entry_missing" not in {one[0] for one in found}


@pytest.mark.parametrize("name", [MANIFEST, SEAL])
def test_an_export_without_manifest_or_seal_broke_off(export: Path, name: str) -> None:
    (export / name).unlink()
    said = _verify(export)
    assert (said.code, said.faults[0]["place"]) == (2, name)


def test_a_manifest_that_was_edited_is_refused(export: Path) -> None:
    data = json.loads((export / MANIFEST).read_bytes())
    (export / MANIFEST).write_text(json.dumps(data))
    assert _verify(export).found == [("manifest_refused", None, None)]
    (export / MANIFEST).write_bytes(
        json.dumps(data | {"requester": "x"}, sort_keys=True, separators=(",", ":")).encode()
    )
    assert ("seal_refused", None, None) in _verify(export).found


def test_an_export_is_checked_with_the_logs_own_key(export: Path) -> None:
    said = _verify(export, SigningKey(KEY.name, b"\x18" * 32).vkey.encode())
    assert said.code == 1
    assert {one["detail"] for one in said.faults if "detail" in one} >= {"note_unsigned"}


def test_a_manifest_about_another_tree_than_the_one_beside_it_is_refused(export: Path) -> None:
    manifest = decode_manifest((export / MANIFEST).read_bytes())
    shard = replace(manifest.shards[0], size=SIZE + 1)
    write_sealed(export, replace(manifest, shards=(shard,)), [one.leaf for one in LOG])
    assert "manifest_differs" in {one[0] for one in _verify(export).found}


def test_a_path_that_stands_in_a_tar_twice_is_refused(export: Path, tmp_path: Path) -> None:
    tar = pack(export, tmp_path / "twice.tar")
    with tarfile.open(tar, "a") as made:
        made.add(export / FIRST, FIRST)
    assert _verify(tar).found[0][0] == "file_repeated"
