"""A manifest says which rows there are, and the seal binds it to an entry of the log."""

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from registry.crypto.checkpoint import SigningKey, sign_checkpoint
from registry_formats import canonical
from registry_formats.errors import FormatError
from registry_formats.export_filter import ExportFilter
from registry_formats.export_manifest import (
    Manifest,
    Tally,
    decode_manifest,
    encode_manifest,
)
from registry_formats.export_rows import Cell, Row
from registry_formats.export_seal import CLOSED_ACTION, Seal, decode_seal, encode_seal, verify_seal
from registry_formats.exports import ExportFormat, describe, rows_path
from registry_formats.leaf import Detail, Group, Leaf, LeafType, Opening, commit, encode_leaf
from registry_formats.merkle import hash_leaf
from registry_formats.notes import Checkpoint
from registry_formats.openings import GroupState
from registry_formats.proofs import TlogProof, encode_proof

ORIGIN = "registry.example/audit/2026h2.1"
ENTRY = UUID("0193502e-4a00-7c10-8000-0000000000aa")
ERASURE = UUID("0193502e-4a00-7c10-8000-0000000000ee")
MEMBER = UUID("0193502e-4a00-7c10-8000-0000000000bb")
KEY = SigningKey(ORIGIN, b"\x05" * 32)


def tally(*indexes: int, size: int = 10) -> Tally:
    counted = Tally(ORIGIN, size)
    for index in indexes:
        counted.add(index)
    return counted


def manifest(**changes: Any) -> Manifest:  # noqa: ANN401 - the fields of Manifest
    made = Manifest(
        export_id=ENTRY,
        realm="registry.example",
        file_format=ExportFormat.JSONL,
        created_ms=1_795_262_400_000,
        requester="auditor-1",
        purpose="Q5",
        reason="yearly audit",
        filter=ExportFilter(since_ms=1, member=MEMBER, type="query", subjects=("aa",)),
        groups=(Group.ORG, Group.CONTENT),
        shards=(tally(1, 3, 9).total(),),
        files=(describe(rows_path(0, ExportFormat.JSONL), b"rows\n", 3),),
        states={Group.ORG: {GroupState.OK: 3}, Group.CONTENT: {GroupState.OK: 2, GroupState.SHREDDED: 1}},
        erasures={ERASURE: 1},
    )
    return replace(made, **changes)


def seal(manifest_bytes: bytes, *, kind: LeafType = LeafType.EXPORT, action: str = CLOSED_ACTION) -> Seal:
    org = Opening(b"\x01" * 32, {"action": action})
    content = Opening(b"\x02" * 32, {"manifest_sha256": sha256(manifest_bytes).hexdigest()})
    commitments = (committed(Group.ORG, org), bytes(32), bytes(32), committed(Group.CONTENT, content))
    leaf = encode_leaf(Leaf(kind, ENTRY, 1_795_262_400_000, 1, 2, *commitments))
    # The only leaf of its log.
    note = sign_checkpoint(Checkpoint(ORIGIN, 1, hash_leaf(leaf)), [KEY])
    return Seal(leaf, org, content, ORIGIN, encode_proof(TlogProof(0, (), note)))


def committed(group: Group, opening: Opening) -> bytes:
    return commit(group, opening.salt, opening.detail)


def row(details: dict[Group, Detail], *, t_ms: int = 5, kind: LeafType = LeafType.QUERY) -> Row:
    leaf = encode_leaf(Leaf(kind, ENTRY, t_ms, 1, 1, bytes(32), bytes(32), bytes(32), bytes(32)))
    opened = {group: Cell(GroupState.OK, bytes(32), canonical.dumps(detail)) for group, detail in details.items()}
    return Row(ORIGIN, 0, leaf, b"\x01" * 32, opened)


def test_a_manifest_reads_as_it_was_written() -> None:
    encoded = encode_manifest(manifest())

    assert decode_manifest(encoded) == manifest()
    assert json.loads(encoded)["rows"] == 3


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("rows",), 4),
        (("schema",), "registry/audit-export/v2"),
        (("created_ms",), -1),
        (("format",), "xlsx"),
        (("shards", 0, "size"), "10"),
        (("shards", 0, "indexes"), "00"),
        (("files", 0, "path"), "../../etc/passwd"),
        (("files", 0, "bytes"), True),
        (("filter", "subjects"), [1]),
        (("filter", "since_ms"), "1"),
        (("filter", "colour"), "red"),
        (("groups",), ["colour"]),
        (("states", "org"), {"fine": 1}),
        (("erasures",), {"x": 1}),
        (("more",), 1),
    ],
)
def test_any_other_manifest_is_refused(path: tuple[str | int, ...], value: object) -> None:
    whole: Any = json.loads(encode_manifest(manifest()))
    place = whole
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    with pytest.raises(FormatError, match="export_manifest_malformed"):
        decode_manifest(canonical.dumps(whole))


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"1", b'{"filter": {}}', b"\xff"])
def test_what_is_no_manifest_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match="export_manifest_malformed"):
        decode_manifest(data)


def test_a_row_taken_out_put_in_or_exchanged_changes_the_count_or_the_digest() -> None:
    told = tally(1, 3, 9).total()

    assert tally(1, 9).total() != told
    assert tally(1, 3, 4, 9).total() != told
    assert tally(1, 4, 9).total() != told
    assert (told.rows, told.first, told.last) == (3, 1, 9)
    assert (tally().total().first, tally().total().last) == (None, None)


@pytest.mark.parametrize("indexes", [(3, 3), (3, 1), (10,), (-1,)])
def test_rows_that_repeat_go_back_or_leave_the_tree_are_refused(indexes: tuple[int, ...]) -> None:
    with pytest.raises(FormatError, match="export_order"):
        tally(*indexes)


@pytest.mark.parametrize(
    ("asked", "admitted"),
    [
        ({}, True),
        ({"since_ms": 5, "until_ms": 6, "member": MEMBER, "type": "query", "purpose": "Q1"}, True),
        ({"outcome": "answered", "action": "score.query", "staff": "01" * 32, "subjects": ("aa", "cc")}, True),
        ({"since_ms": 6}, False),
        ({"until_ms": 5}, False),
        ({"member": ENTRY}, False),
        ({"staff": "02" * 32}, False),
        ({"subjects": ("cc",)}, False),
        ({"type": "admin"}, False),
        ({"action": "score.batch"}, False),
        ({"purpose": "Q2"}, False),
        ({"outcome": "refused"}, False),
    ],
)
def test_a_filter_admits_what_was_asked_for(asked: dict[str, Any], admitted: bool) -> None:
    org = {"member": str(MEMBER), "purpose": "Q1", "outcome": "answered", "action": "score.query"}
    given = row({Group.ORG: org, Group.SUBJECT: {"tags": ["aa", "bb"]}})

    assert ExportFilter(**asked).admits(given) is admitted
    assert ExportFilter(**asked).is_empty is (not asked)


def test_what_does_not_open_is_admitted_and_so_is_a_batch_whose_claims_have_the_subjects() -> None:
    asked = ExportFilter(purpose="Q1", subjects=("cc",))

    assert asked.admits(row({}))
    assert asked.admits(row({Group.SUBJECT: {"tags": []}}, kind=LeafType.BATCH))


def test_a_seal_vouches_for_its_manifest() -> None:
    encoded = encode_manifest(manifest())

    leaf = verify_seal(decode_seal(encode_seal(seal(encoded))), encoded, [KEY.vkey])

    assert leaf.entry_id == ENTRY


def test_a_seal_vouches_for_no_other_manifest_entry_or_key() -> None:
    encoded = encode_manifest(manifest())
    stranger = SigningKey(KEY.name, b"\x06" * 32)

    for other, key in (
        (seal(b"another"), KEY),
        (seal(encoded, kind=LeafType.ADMIN), KEY),
        (seal(encoded, action="audit.export"), KEY),
        (replace(seal(encoded), content=Opening(b"\x02" * 32, {"manifest_sha256": ""})), KEY),
        (replace(seal(encoded), proof=seal(b"another").proof), KEY),
        (replace(seal(encoded), shard="registry.example/audit/2027h1.1"), KEY),
        (seal(encoded), stranger),
    ):
        with pytest.raises(FormatError):
            verify_seal(other, encoded, [key.vkey])


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", encode_seal(seal(b"")).replace(b'"leaf":"', b'"leaf":"A')])
def test_what_is_no_seal_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match="export_seal_malformed"):
        decode_seal(data)
