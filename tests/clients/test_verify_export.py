"""An export of the audit log, verified with nothing but the file and the log's key: what was touched is named."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_formats.export_filter import ExportFilter
from registry_formats.export_rows import Cell, Row, encode_row
from registry_formats.exports import SEAL, ExportFormat
from registry_formats.leaf import Group
from registry_formats.openings import GroupState
from tests.clients.verifying import FIRST_ROWS, rewrite, verify_export
from tests.export_files import Plan, pack, row, rows, write_export
from tests.log_files import KEY

SIZE = 700
LOG = rows(SIZE)
ORIGIN = KEY.name


@pytest.fixture
def export(tmp_path: Path) -> Path:
    write_export(tmp_path / "export", LOG)
    return tmp_path / "export"


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
        said = verify_export(path)
        assert (said.code, said.faults) == (0, [])
        assert (said.checks[0]["rows"], said.checks[0]["requester"]) == (SIZE, "auditor-1")


@pytest.mark.parametrize("size", [1, 100, 256, 257, 512])
def test_exports_of_any_size_are_good(tmp_path: Path, size: int) -> None:
    write_export(tmp_path / "export", rows(size))
    assert verify_export(tmp_path / "export").code == 0


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
    said = verify_export(tmp_path / "export")
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
    before = lines[index % 100]
    start = before.index(b'"entry_id"') if data.draw(st.booleans()) else 0
    line = bytearray(before)
    at = data.draw(st.integers(start, len(line) - 2))
    line[at] ^= 1 << data.draw(st.integers(0, 6))
    lines[index % 100] = bytes(line)
    path.write_bytes(b"".join(lines))
    said = verify_export(directory)
    assert said.code == 1
    ranges = [(one[1], one[2]) for one in said.found if one[0] == "file_changed"]
    assert ranges == [(0, 99) if index < 100 else (100, 149)]
    named = {one[1] for one in _without(said.found, *CONSEQUENCES)}
    is_tag = abs(before.index(b"staff_tag") - at) < 90  # nothing in the log commits to it
    assert named == {index} or is_tag or bytes(line).count(b"\n") > 1


@pytest.mark.parametrize("index", [0, 1, 99, 100, 255, 256, 698, 699])
@pytest.mark.parametrize("group", [Group.ORG, Group.SUBJECT, Group.CONTENT])
def test_a_forged_detail_is_named_with_its_group(export: Path, index: int, group: Group) -> None:
    cell = LOG[index].groups[group]
    forged = Cell(GroupState.OK, cell.salt, cell.detail[:-1] + b',"z":1}')
    changed = replace(LOG[index], groups={**LOG[index].groups, group: forged})
    at = index % 100
    rewrite(export, lambda old: [*old[:at], _line(changed), *old[at + 1 :]], f"rows/{index // 100:06d}.jsonl")
    said = verify_export(export)
    assert said.code == 1
    assert [one for one in said.faults if one["finding"] == "group_mismatch"] == [
        {"finding": "group_mismatch", "index": index, "place": ORIGIN, "detail": group.value}
    ]


@pytest.mark.parametrize("index", [0, 50, 99])
def test_a_deleted_row_is_named_by_its_index(export: Path, index: int) -> None:
    rewrite(export, lambda old: [*old[:index], *old[index + 1 :]])
    said = verify_export(export)
    assert said.code == 1
    assert _without(said.found, *CONSEQUENCES) == [("entry_missing", index, None)]


@pytest.mark.parametrize("index", [0, 50, 99, 100])
@pytest.mark.parametrize("renumber", [False, True])
def test_an_inserted_row_is_named_by_its_index(export: Path, index: int, renumber: bool) -> None:
    forged = replace(row(SIZE + 5, counter=1000), index=index)
    lines = (export / FIRST_ROWS).read_bytes().splitlines(keepends=True)
    after = [_line(replace(LOG[at], index=at + 1)) for at in range(index, 100)] if renumber else lines[index:]
    rewrite(export, lambda old: [*old[:index], _line(forged), *after])
    said = verify_export(export)
    assert said.code == 1
    assert ("entry_inserted", index, None) in said.found
    others = _without(said.found, *CONSEQUENCES)
    assert others == [("entry_inserted", index, None)]


def test_a_row_under_another_index_is_named(export: Path) -> None:
    rewrite(export, lambda old: [*old[:40], old[40].replace(b'"index":40', b'"index":640'), *old[41:]])
    found = _without(verify_export(export).found, *CONSEQUENCES)
    assert found == [("row_misplaced", 40, None)]


@pytest.mark.parametrize("file_format", ExportFormat)
def test_a_manifest_made_anew_for_forged_rows_is_not_what_the_log_vouches_for(
    tmp_path: Path, file_format: ExportFormat
) -> None:
    honest, forged = tmp_path / "honest", tmp_path / "forged"
    write_export(honest, LOG, Plan(file_format=file_format))
    write_export(forged, [*LOG[:-1], row(SIZE - 1, content={"n": "forged"})], Plan(file_format=file_format))
    (forged / SEAL).write_bytes((honest / SEAL).read_bytes())
    said = verify_export(forged)
    assert (said.code, said.found) == (1, [("seal_refused", None, None)])
    assert said.faults[0]["detail"] == "export_seal_mismatch"


def test_a_filtered_export_from_which_a_row_was_taken_is_not_what_its_manifest_says(tmp_path: Path) -> None:
    export = tmp_path / "export"
    write_export(export, LOG, Plan(filter=ExportFilter(until_ms=LOG[90].t_ms)))
    rewrite(export, lambda old: [*old[:40], *old[41:]])
    said = verify_export(export)
    assert said.code == 1
    assert [one["detail"] for one in said.faults if one["finding"] == "manifest_differs"] == [
        "rows: 89 of 90",
        "states",
    ]


def test_a_filtered_export_names_rows_that_are_not_in_the_log_or_were_not_asked_for(tmp_path: Path) -> None:
    export = tmp_path / "export"
    write_export(export, LOG, Plan(filter=ExportFilter(until_ms=LOG[90].t_ms)))
    forged = replace(row(SIZE + 5), index=41)
    rewrite(export, lambda old: [*old[:40], _line(LOG[95]), *old[41:50], _line(forged), *old[51:]])
    found = verify_export(export).found
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
    assert verify_export(export).found == [("tile_changed", 0, 255)]
    edge = export / "log/2026h2.1/tile/1/000.p/2"
    edge.write_bytes(bytes(64))
    assert ("root_differs", 0, SIZE - 1) in verify_export(export).found


@pytest.mark.parametrize("missing", ["tile/0/000", "tile/1/000.p/2", "checkpoint"])
@pytest.mark.parametrize("until", [None, LOG[90].t_ms])
def test_an_export_that_lacks_what_proves_it_is_incomplete(tmp_path: Path, missing: str, until: int | None) -> None:
    export = tmp_path / "export"
    write_export(export, LOG, Plan(filter=ExportFilter(until_ms=until)))
    (export / "log/2026h2.1" / missing).unlink()
    assert "file_missing" in {one[0] for one in verify_export(export).found}
    assert verify_export(export).code in {1, 2}
