"""Open entries for an export: the bytes that the leaf commits to, as they were written, without reading them."""

from uuid import UUID

from registry.crypto.sealed import Unsealer, detail_context, key_context
from registry.masters import WriterKeys
from registry.store.exports import SealedRow
from registry_formats.errors import FormatError
from registry_formats.export_rows import Cell, Row, canonical_detail, parse_json
from registry_formats.leaf import COMMITMENTS, ENTRY_ID, SALT_BYTES, WRITER_ID, Group, commit_canonical
from registry_formats.openings import GroupState

# What an auditor is shown. Subjects are blind tags; who acted at a member or here is a tag too, and stands sealed.
OPENED = (Group.ORG, Group.SUBJECT, Group.CONTENT)
_KEPT = 10_000
_GONE = Cell(GroupState.MISSING)


class Opener:
    """Opens the rows of one export.

    Args:
        keys: of the log's writers.
    """

    def __init__(self, keys: WriterKeys) -> None:
        self._keys = keys
        self._writers: dict[int, Unsealer | None] = {}
        self._months: dict[UUID, Unsealer | None] = {}

    def open(self, sealed: SealedRow, origin: str) -> Row:
        """Open one row. Its leaf is taken as it is: what is no leaf is for the verifier to name."""
        leaf = sealed.leaf
        entry_id = leaf[ENTRY_ID]
        writer = self._writer(int.from_bytes(leaf[WRITER_ID], "big"))
        month = self._month(writer, sealed.month_key_id, sealed.month_wrapped)
        own = _unwrap(writer, sealed.wrapped, entry_id)
        gone = Cell(GroupState.SHREDDED, erasure=sealed.tombstone_id) if sealed.tombstone_id else _GONE
        groups = {
            Group.ORG: _cell(leaf, Group.ORG, month, sealed.sealed_org, entry_id) or _GONE,
            Group.SUBJECT: _cell(leaf, Group.SUBJECT, own, sealed.sealed_subject, entry_id) or gone,
            Group.CONTENT: _cell(leaf, Group.CONTENT, own, sealed.sealed_content, entry_id) or gone,
        }
        return Row(origin, sealed.idx, leaf, sealed.staff_tag, groups)

    def _writer(self, writer_id: int) -> Unsealer | None:
        if writer_id not in self._writers:
            try:
                self._writers[writer_id] = Unsealer(self._keys.of(writer_id))
            except FormatError:
                self._writers[writer_id] = None
        return self._writers[writer_id]

    def _month(self, writer: Unsealer | None, key_id: UUID, wrapped: bytes | None) -> Unsealer | None:
        if key_id not in self._months:
            # A bound, so that no log makes an export grow.
            if len(self._months) >= _KEPT:
                self._months.clear()
            self._months[key_id] = _unwrap(writer, wrapped, key_id.bytes)
        return self._months[key_id]


def _unwrap(writer: Unsealer | None, wrapped: bytes | None, key_id: bytes) -> Unsealer | None:
    """Unwrap a data key; None where it is gone, or is not what was kept."""
    if writer is None or wrapped is None:
        return None
    try:
        return Unsealer(writer.unwrap(wrapped, key_context(key_id)))
    except FormatError:
        return None


def _cell(leaf: bytes, group: Group, key: Unsealer | None, sealed: bytes, entry_id: bytes) -> Cell | None:
    """Open one group; None where nothing opens. What the leaf does not commit to is shown, and called so."""
    if key is None:
        return None
    try:
        opening = key.unseal(sealed, detail_context(entry_id, group))
        salt, detail = opening[:SALT_BYTES], opening[SALT_BYTES:]
        if commit_canonical(group, salt, detail) == leaf[COMMITMENTS[group]]:
            return Cell(GroupState.OK, salt, detail)
        return Cell(GroupState.MISMATCH, salt, canonical_detail(parse_json(detail)))
    except FormatError:
        return None
