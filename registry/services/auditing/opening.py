"""Open what lies sealed beside a leaf, hold it against the leaf, and say of each group what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from registry.crypto.openings import open_sealed
from registry.errors import Conflict
from registry.masters import WriterKeys
from registry.services.auditing.desk import Desk
from registry.store import audit_openings as store
from registry.store import writer_keys
from registry.store.audit_openings import SealedEntry, SealedItem
from registry.store.database import ReadSession
from registry_formats.details import check_batch_item, prove_batch_item
from registry_formats.errors import FormatError
from registry_formats.leaf import Group, Leaf, Opening, commit, decode_leaf
from registry_formats.openings import ERASED_GROUPS, GroupState, judge


@dataclass(frozen=True, slots=True)
class OpenedItem:
    """One claim of a batch.

    Args:
        state: of its content.
        opening: its salt and content; None where it is not OK.
        path: leads from the item to the root in the batch's own content; None where the batch does not open.
    """

    id: UUID
    position: int
    purpose: str
    state: GroupState
    opening: Opening | None
    path: Sequence[bytes] | None


@dataclass(frozen=True, slots=True)
class OpenedEntry:
    """An entry as its leaf and its details tell it.

    Args:
        states: of all four groups.
        openings: of the groups that may be shown and are OK: `org` and `content`.
    """

    sealed: SealedEntry
    leaf: Leaf
    states: Mapping[Group, GroupState]
    openings: Mapping[Group, Opening]
    item: OpenedItem | None = None


_SHOWN = (Group.ORG, Group.CONTENT)


async def open_all(session: ReadSession, entries: Sequence[SealedEntry], desk: Desk) -> list[OpenedEntry]:
    """Open entries, each with the claim of a batch that is meant. Conflict `log_inconsistent` for what is no leaf."""
    keys = WriterKeys(desk.master, {one.writer_id: one.wrapped for one in await writer_keys.read(session)})
    batches = {one.id for one in entries if one.item}
    commitments = await store.commitments(session, batches) if batches else {}
    return [_open_entry(one, keys, commitments.get(one.id, ())) for one in entries]


def _open_entry(entry: SealedEntry, keys: WriterKeys, commitments: Sequence[bytes | None]) -> OpenedEntry:
    leaf = _leaf(entry)
    kek = _key_of(leaf, keys)
    states, openings = dict[Group, GroupState](), dict[Group, Opening]()
    for group, opening, is_forged in _open(entry, kek):
        erased = entry.is_erased and group in ERASED_GROUPS
        states[group] = GroupState.MISMATCH if is_forged else judge(leaf, group, opening, erased)
        if opening is not None and group in _SHOWN and states[group] is GroupState.OK:
            openings[group] = opening
    item = _open_item(entry.item, kek, openings.get(Group.CONTENT), commitments) if entry.item else None
    return OpenedEntry(entry, leaf, states, openings, item)


def _leaf(entry: SealedEntry) -> Leaf:
    try:
        return decode_leaf(entry.leaf)
    except FormatError as error:
        raise Conflict("log_inconsistent") from error


def _key_of(leaf: Leaf, keys: WriterKeys) -> bytes | None:
    """Return the key of the entry's writer; where it is gone or forged, nothing of the entry opens."""
    try:
        return keys.of(leaf.writer_id)
    except FormatError:
        return None


def _open(entry: SealedEntry, kek: bytes | None) -> Iterator[tuple[Group, Opening | None, bool]]:
    """Yield each group, what opens it, and whether something is there that was never sealed so."""
    month, own = (entry.month_key_id, entry.month_wrapped), (entry.id, entry.wrapped)
    for group, (key_id, wrapped), sealed in (
        (Group.ORG, month, entry.sealed_org),
        (Group.STAFF, month, entry.sealed_staff),
        (Group.SUBJECT, own, entry.sealed_subject),
        (Group.CONTENT, own, entry.sealed_content),
    ):
        try:
            yield group, _unseal(kek, key_id, wrapped, entry.id, group, sealed), False
        except FormatError:
            yield group, None, True


def _unseal(
    kek: bytes | None, key_id: UUID, wrapped: bytes | None, sealed_id: UUID, group: Group, sealed: bytes
) -> Opening | None:
    """Open one value; None where its key is gone, FormatError where key or value is not what was written."""
    if kek is None or wrapped is None:
        return None
    return open_sealed(kek, key_id=key_id.bytes, wrapped=wrapped, sealed_id=sealed_id.bytes, group=group, sealed=sealed)


def _open_item(
    item: SealedItem, kek: bytes | None, batch: Opening | None, commitments: Sequence[bytes | None]
) -> OpenedItem:
    known = [one for one in commitments if one is not None]
    path = prove_batch_item(known, item.position) if batch and len(known) == len(commitments) else None
    try:
        opening = _unseal(kek, item.id, item.wrapped, item.id, Group.CONTENT, item.sealed_content)
        state = _judge_item(item, opening, batch, path, known)
    except FormatError:
        opening, state = None, GroupState.MISMATCH
    return OpenedItem(item.id, item.position, item.purpose, state, opening, path)


def _judge_item(
    item: SealedItem, opening: Opening | None, batch: Opening | None, path: Sequence[bytes] | None, known: list[bytes]
) -> GroupState:
    """Judge an item by the root that its batch commits to; by its own commitment where the batch itself is erased."""
    if opening is None:
        return GroupState.SHREDDED if item.is_erased else GroupState.MISSING
    if batch is not None and path is not None:
        check_batch_item(batch.detail, item.position, opening, path)
    elif item.position < len(known) and commit(Group.CONTENT, opening.salt, opening.detail) != known[item.position]:
        raise FormatError("commitment_mismatch")
    return GroupState.OK
