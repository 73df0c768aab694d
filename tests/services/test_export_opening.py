"""What lies sealed is opened as it was written; what is gone or forged is called so, and never stops an export."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from registry.crypto.sealed import detail_context, key_context, seal, wrap_key, writer_key_context
from registry.masters import WriterKeys
from registry.services.auditing.export_opening import OPENED, Opener
from registry.store.exports import SealedRow
from registry_formats import canonical
from registry_formats.leaf import Group, Leaf, LeafType, commit, encode_leaf
from registry_formats.openings import GroupState
from tests.logbook import MASTER

ENTRY = UUID("0193502e-4a00-7c10-8000-0000000000aa")
MONTH = UUID("0193502e-4a00-7c10-8000-0000000000bb")
TOMBSTONE = UUID("0193502e-4a00-7c10-8000-0000000000ee")
KEK, OWN, MONTHS, SALT, NONCE = (bytes([number]) * 32 for number in (1, 2, 3, 4, 5))
DETAILS = {group: {"group": group.value} for group in Group}
WRITER = 7


@dataclass(frozen=True, slots=True)
class Written:
    """An entry of one writer, with whatever a test changes."""

    row: SealedRow
    keys: WriterKeys

    def states(self) -> dict[Group, GroupState]:
        groups = Opener(self.keys).open(self.row, "registry.test/audit/2026h2.1").groups
        return {group: cell.state for group, cell in groups.items()}


def sealed(group: Group, key: bytes, plaintext: bytes) -> bytes:
    return seal(key, NONCE[:12], plaintext, detail_context(ENTRY.bytes, group))


@pytest.fixture
def written() -> Written:
    org, staff, subject, content = (commit(group, SALT, DETAILS[group]) for group in Group)
    leaf = encode_leaf(Leaf(LeafType.QUERY, ENTRY, 1_795_262_400_000, WRITER, 1, org, staff, subject, content))
    openings = {group: SALT + canonical.dumps(DETAILS[group]) for group in Group}
    row = SealedRow(
        idx=3,
        leaf=leaf,
        staff_tag=None,
        sealed_org=sealed(Group.ORG, MONTHS, openings[Group.ORG]),
        sealed_subject=sealed(Group.SUBJECT, OWN, openings[Group.SUBJECT]),
        sealed_content=sealed(Group.CONTENT, OWN, openings[Group.CONTENT]),
        month_key_id=MONTH,
        wrapped=wrap_key(KEK, NONCE[:12], OWN, key_context(ENTRY.bytes)),
        month_wrapped=wrap_key(KEK, NONCE[:12], MONTHS, key_context(MONTH.bytes)),
        tombstone_id=None,
    )
    return Written(row, WriterKeys(MASTER, {WRITER: MASTER.wrap(NONCE[:12], KEK, writer_key_context(WRITER))}))


def test_what_was_written_opens_byte_for_byte(written: Written) -> None:
    groups = Opener(written.keys).open(written.row, "registry.test/audit/2026h2.1").groups

    assert {group: (cell.state, cell.salt, cell.detail) for group, cell in groups.items()} == {
        group: (GroupState.OK, SALT, canonical.dumps(DETAILS[group])) for group in OPENED
    }


def test_another_detail_under_the_right_key_is_shown_and_called_a_mismatch(written: Written) -> None:
    forged = written.row._replace(sealed_content=sealed(Group.CONTENT, OWN, SALT + b'{"band":"none"}'))

    cell = Opener(written.keys).open(forged, "registry.test/audit/2026h2.1").groups[Group.CONTENT]

    assert (cell.state, cell.detail) == (GroupState.MISMATCH, b'{"band":"none"}')


@pytest.mark.parametrize("plaintext", [b"", SALT, SALT + b"[]", SALT + b"{", SALT + b'{"a":1.5}'])
def test_what_is_no_detail_at_all_is_missing(written: Written, plaintext: bytes) -> None:
    forged = written.row._replace(sealed_content=sealed(Group.CONTENT, OWN, plaintext))

    assert Written(forged, written.keys).states()[Group.CONTENT] is GroupState.MISSING


def test_what_an_erasure_destroyed_is_shredded_and_the_rest_stays(written: Written) -> None:
    erased = written.row._replace(wrapped=None, tombstone_id=TOMBSTONE)

    assert Written(erased, written.keys).states() == {
        Group.ORG: GroupState.OK,
        Group.SUBJECT: GroupState.SHREDDED,
        Group.CONTENT: GroupState.SHREDDED,
    }


@pytest.mark.parametrize(
    "change",
    [
        {"wrapped": None, "month_wrapped": None},
        {"wrapped": b"x" * 60, "month_wrapped": b"x" * 60},
        {"wrapped": b"", "month_wrapped": b""},
        {"sealed_org": b"", "sealed_subject": b"x" * 40, "sealed_content": b"x" * 40},
    ],
)
def test_what_is_gone_or_changed_without_an_erasure_is_missing(written: Written, change: dict[str, Any]) -> None:
    assert set(Written(written.row._replace(**change), written.keys).states().values()) == {GroupState.MISSING}


def test_without_the_writers_key_nothing_opens(written: Written) -> None:
    assert set(Written(written.row, WriterKeys(MASTER, {})).states().values()) == {GroupState.MISSING}
