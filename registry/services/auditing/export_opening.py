"""Open entries for an export: the bytes that the leaf commits to, as they were written, without reading them."""

from collections.abc import Iterator
from uuid import UUID

from registry.crypto.sealed import detail_context, key_context, unseal, unwrap_key
from registry.masters import WriterKeys
from registry.store.exports import SealedRow
from registry_formats.errors import FormatError
from registry_formats.export_rows import Cell, Row, canonical_detail, parse_json
from registry_formats.leaf import SALT_BYTES, Group, Leaf, commit_canonical, decode_leaf
from registry_formats.openings import GroupState

# What an auditor is shown. Subjects are blind tags; who acted at a member or here is a tag too, and stands sealed.
OPENED = (Group.ORG, Group.SUBJECT, Group.CONTENT)
_MONTHS_KEPT = 10_000
_GONE = Cell(GroupState.MISSING)


class Opener:
    """Opens the rows of one export.

    Args:
        keys: of the log's writers.
    """

    def __init__(self, keys: WriterKeys) -> None:
        self._keys = keys
        self._months: dict[UUID, bytes] = {}

    def open(self, sealed: SealedRow, origin: str) -> Row:
        """Open one row; FormatError `leaf_malformed`, `leaf_version` or `leaf_type` for what is no leaf."""
        leaf = decode_leaf(sealed.leaf)
        return Row(origin, sealed.idx, sealed.leaf, sealed.staff_tag, dict(self._cells(sealed, leaf)))

    def _cells(self, sealed: SealedRow, leaf: Leaf) -> Iterator[tuple[Group, Cell]]:
        entry_id = leaf.entry_id.bytes
        month, own = self._month(sealed, leaf), self._own(sealed, leaf)
        gone = Cell(GroupState.SHREDDED, erasure=sealed.tombstone_id) if sealed.tombstone_id else _GONE
        yield Group.ORG, _cell(leaf, Group.ORG, month, sealed.sealed_org, entry_id) or _GONE
        yield Group.SUBJECT, _cell(leaf, Group.SUBJECT, own, sealed.sealed_subject, entry_id) or gone
        yield Group.CONTENT, _cell(leaf, Group.CONTENT, own, sealed.sealed_content, entry_id) or gone

    def _own(self, sealed: SealedRow, leaf: Leaf) -> bytes | None:
        return self._unwrap(sealed.wrapped, leaf.entry_id.bytes, leaf)

    def _month(self, sealed: SealedRow, leaf: Leaf) -> bytes | None:
        known = self._months.get(sealed.month_key_id)
        if known is not None:
            return known
        key = self._unwrap(sealed.month_wrapped, sealed.month_key_id.bytes, leaf)
        if key is not None:
            # A bound, so that no log makes an export grow.
            if len(self._months) >= _MONTHS_KEPT:
                self._months.clear()
            self._months[sealed.month_key_id] = key
        return key

    def _unwrap(self, wrapped: bytes | None, key_id: bytes, leaf: Leaf) -> bytes | None:
        """Unwrap a data key; None where it is gone, or is not what was kept."""
        if wrapped is None:
            return None
        try:
            return unwrap_key(self._keys.of(leaf.writer_id), wrapped, key_context(key_id))
        except FormatError:
            return None


def _cell(leaf: Leaf, group: Group, key: bytes | None, sealed: bytes, entry_id: bytes) -> Cell | None:
    """Open one group; None where nothing opens. What the leaf does not commit to is shown, and called so."""
    if key is None:
        return None
    try:
        opening = unseal(key, sealed, detail_context(entry_id, group))
        salt, detail = opening[:SALT_BYTES], opening[SALT_BYTES:]
        if commit_canonical(group, salt, detail) == leaf.commitment(group):
            return Cell(GroupState.OK, salt, detail)
        return Cell(GroupState.MISMATCH, salt, canonical_detail(parse_json(detail)))
    except FormatError:
        return None
