"""Whatever the format, the rows that come out are the rows that went in, and nothing else is read."""

import io
import json
import tarfile
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_formats import canonical, export_csv
from registry_formats.errors import FormatError
from registry_formats.export_columns import COLUMNS
from registry_formats.export_ocsf import to_event
from registry_formats.export_rows import Cell, Row, canonical_detail, judge_cell
from registry_formats.exports import (
    TAR_END,
    ExportFormat,
    decode_erasures,
    decode_rows,
    encode_erasure,
    encode_rows,
    is_rows_path,
    log_path,
    rows_path,
    tar_member,
)
from registry_formats.leaf import Group, Leaf, LeafType, commit_canonical, decode_leaf, encode_leaf
from registry_formats.openings import GroupState

SALT = b"\x07" * 32
ERASURE = UUID("0193502e-4a00-7c10-8000-0000000000ee")
# What OCSF 1.9 demands of every event, and of a class.
REQUIRED_OF_ALL = {"activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid"}
REQUIRED: dict[int, set[str]] = {0: set(), 3004: {"entity"}, 6003: {"actor", "api", "src_endpoint"}}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
DETAILS = st.dictionaries(TEXTS, VALUES, max_size=4)
ORGS = st.fixed_dictionaries(
    {"action": TEXTS, "claim": st.none() | TEXTS, "counter": st.integers(1, 2**53 - 1), "legal_basis": TEXTS}
    | dict.fromkeys(("member", "outcome", "purpose"), TEXTS)
)


def opened(detail: object) -> Cell:
    return Cell(GroupState.OK, SALT, canonical.dumps(detail))


def cells(details: st.SearchStrategy[Any]) -> st.SearchStrategy[Cell]:
    gone = st.sampled_from([Cell(GroupState.MISSING), Cell(GroupState.SHREDDED, erasure=ERASURE)])
    return details.map(opened) | gone


@st.composite
def rows(draw: st.DrawFn) -> Row:
    groups = {Group.ORG: draw(cells(ORGS)), Group.CONTENT: draw(cells(DETAILS))}
    if draw(st.booleans()):
        groups[Group.SUBJECT] = draw(cells(st.just({"tags": ["aa" * 32]})))
    tag = draw(st.none() | st.binary(min_size=32, max_size=32))
    return Row("registry.example/audit/2026h2.1", draw(st.integers(0, 2**62)), draw(leaves()), tag, groups)


@st.composite
def leaves(draw: st.DrawFn) -> bytes:
    entry_id = UUID(int=draw(st.integers(0, 2**122 - 1)) & ~(0xF << 76) & ~(3 << 62) | 7 << 76 | 2 << 62)
    t_ms = draw(st.integers(0, 4_000_000_000_000))
    org, staff, subject, content = (draw(st.binary(min_size=32, max_size=32)) for _ in Group)
    head = (draw(st.sampled_from(LeafType)), entry_id, t_ms, 1, draw(st.integers(0, 2**40)))
    return encode_leaf(Leaf(*head, org, staff, subject, content))


def row(**changes: object) -> Row:
    org = canonical.dumps(
        {"action": "score.query", "claim": None, "counter": 1, "legal_basis": "open_claim", "member": "m"}
        | {"outcome": "answered", "purpose": "Q1"}
    )
    commitment = commit_canonical(Group.ORG, SALT, org)
    leaf = Leaf(LeafType.QUERY, ERASURE, 1_795_262_400_000, 1, 1, commitment, bytes(32), bytes(32), bytes(32))
    groups = {Group.ORG: Cell(GroupState.OK, SALT, org)}
    made = Row("registry.example/audit/2026h2.1", 7, encode_leaf(leaf), b"\x01" * 32, groups)
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("file_format", ExportFormat)
@settings(deadline=None)  # the first Parquet file waits for its library
@given(st.lists(rows(), max_size=4))
def test_every_format_gives_back_the_rows_it_was_given(file_format: ExportFormat, given_rows: list[Row]) -> None:
    data = encode_rows(given_rows, file_format)

    assert decode_rows(data, file_format) == given_rows
    assert encode_rows(decode_rows(data, file_format), file_format) == data


@given(st.text())
def test_an_escaped_field_is_no_formula_and_can_be_taken_back(field: str) -> None:
    escaped = export_csv.escape(field)

    assert not escaped.startswith(export_csv.FORMULA)
    assert export_csv.unescape(escaped) == field


@pytest.mark.parametrize("field", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "'=1"])
def test_a_field_that_would_be_computed_has_an_apostrophe_in_front(field: str) -> None:
    assert export_csv.escape(field) == f"'{field}"


@pytest.mark.parametrize("field", ["=1", "'plain"])
def test_a_field_that_no_writer_escaped_so_is_refused(field: str) -> None:
    with pytest.raises(FormatError, match="export_row_malformed"):
        export_csv.unescape(field)


@given(DETAILS)
def test_a_detail_is_written_as_the_leaf_commits_to_it(detail: dict[str, object]) -> None:
    assert canonical_detail(json.loads(canonical.dumps(detail))) == canonical.dumps(detail)


@pytest.mark.parametrize(
    ("was", "is_"),
    [
        (b'"index":7', b'"index":-7'),
        (b'"index":7', b'"index":7.0'),
        (b'"index":7', b'"index":"7"'),
        (b'"index":7', b'"index": 7'),
        (b'"type":"query"', b'"type":"admin"'),
        (b'"t_ms":1795262400000', b'"t_ms":1795262400001'),
        (b"0000000000ee", b"0000000000ef"),
        (b'"state":"ok"', b'"state":"fine"'),
        (b'"state":"ok"', b'"state":"missing"'),
        (b'"staff_tag":"01', b'"staff_tag":"'),
        (b'"leaf":"', b'"leaf":"A'),
        (b'"counter":1', b'"counter":1.5'),
        (b'"shard"', b'"shart"'),
    ],
)
def test_a_row_that_says_something_else_than_its_leaf_or_is_spelt_otherwise_is_refused(was: bytes, is_: bytes) -> None:
    data = encode_rows([row()], ExportFormat.JSONL)
    assert was in data

    with pytest.raises(FormatError, match="malformed"):
        decode_rows(data.replace(was, is_, 1), ExportFormat.JSONL)


@pytest.mark.parametrize("file_format", [ExportFormat.CSV, ExportFormat.OCSF])
def test_columns_and_events_that_say_something_else_than_their_row_are_refused(file_format: ExportFormat) -> None:
    data = encode_rows([row()], file_format)
    assert data.count(b"Q1") + data.count(b"answered") > 2

    with pytest.raises(FormatError, match="export_row_malformed"):
        decode_rows(data.replace(b"answered", b"refused!", 1), file_format)


@pytest.mark.parametrize("file_format", ExportFormat)
def test_a_file_cut_short_is_refused(file_format: ExportFormat) -> None:
    data = encode_rows([row(), row(index=8)], file_format)

    with pytest.raises(FormatError, match="export_row_malformed"):
        decode_rows(data[:-3], file_format)


def test_the_head_line_of_a_csv_names_the_columns() -> None:
    head, _ = encode_rows([], ExportFormat.CSV).decode().split("\r\n")

    assert head == ",".join(f'"{name}"' for name in COLUMNS)


def test_a_group_is_judged_by_its_leaf_and_by_the_erasures_alone() -> None:
    one = row()
    leaf = decode_leaf(one.leaf)
    good = one.groups[Group.ORG]

    assert judge_cell(leaf, Group.ORG, good, erased=False) is GroupState.OK
    assert judge_cell(leaf, Group.ORG, replace(good, detail=b"{}"), erased=False) is GroupState.MISMATCH
    assert judge_cell(leaf, Group.ORG, Cell(GroupState.MISSING), erased=True) is GroupState.SHREDDED
    shredded = Cell(GroupState.SHREDDED, erasure=ERASURE)
    assert judge_cell(leaf, Group.ORG, shredded, erased=False) is GroupState.MISSING


@pytest.mark.parametrize(
    ("kind", "class_uid", "type_uid"),
    [(LeafType.QUERY, 6003, 600302), (LeafType.ERASURE, 3004, 300404), (LeafType.HEARTBEAT, 0, 99)],
)
def test_an_event_has_the_class_of_what_happened(kind: LeafType, class_uid: int, type_uid: int) -> None:
    leaf = bytearray(row().leaf)
    leaf[1] = kind

    event = to_event(row(leaf=bytes(leaf)))

    assert (event["class_uid"], event["type_uid"], event["category_uid"]) == (class_uid, type_uid, class_uid // 1000)
    assert event.keys() >= REQUIRED_OF_ALL | REQUIRED[class_uid]
    assert event["metadata"].keys() >= {"product", "version"}


def test_a_type_this_code_does_not_know_keeps_its_number_and_is_read_by_who_does() -> None:
    leaf = bytearray(row().leaf)
    leaf[1] = 200
    data = encode_rows([row(leaf=bytes(leaf))], ExportFormat.JSONL)

    assert b'"type":"200"' in data
    with pytest.raises(FormatError, match="leaf_type"):
        decode_rows(data, ExportFormat.JSONL)


def test_an_erasure_keeps_its_row_and_its_proof() -> None:
    line = encode_erasure(row(), "c2sp.org/tlog-proof@v1\n…\n")

    assert decode_erasures(line) == [(row(), "c2sp.org/tlog-proof@v1\n…\n")]


def test_any_tar_reads_what_was_written_piece_by_piece() -> None:
    long_path = f"{'r' * 62}.example/audit/2026h2.1/tile/0/x001/x234/067.p/255"
    tar = tar_member("rows/000000.jsonl", b"one\n", 1_795_262_400_000) + tar_member(long_path, b"", 0) + TAR_END

    with tarfile.open(fileobj=io.BytesIO(tar)) as read:
        members = read.getmembers()
        first = read.extractfile(members[0])
        assert first is not None
        assert first.read() == b"one\n"

    assert [(one.name, one.size, one.mtime) for one in members] == [
        ("rows/000000.jsonl", 4, 1_795_262_400),
        (long_path, 0, 0),
    ]


@pytest.mark.parametrize("path", ["rows/1.jsonl", "../rows/000000.jsonl", "rows/000000.exe", "rows/000000.jsonl/x"])
def test_no_other_path_is_one_of_rows(path: str) -> None:
    assert not is_rows_path(path)
    assert all(is_rows_path(rows_path(number, one)) for one in ExportFormat for number in (0, 7, 1_234_567))


def test_the_files_of_a_shard_stand_where_the_registry_serves_them() -> None:
    assert log_path("registry.example/audit/2026h2.1", "tile/0/000.p/7") == "log/2026h2.1/tile/0/000.p/7"
