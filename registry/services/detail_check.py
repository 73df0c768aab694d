"""Open what is sealed beside each leaf and hold it against the leaf's commitments, and the columns against both.

Who checks this needs the registry's own keys, which an auditor from outside does not have (audit-log.md section 5).
What may be gone, the erasure entries of the log itself say, each checked like any other; no table is believed.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from registry.crypto.openings import open_sealed
from registry.masters import Master, WriterKeys
from registry.services.trail import REGISTRY
from registry.store import log_details as store
from registry.store import writer_keys
from registry.store.database import ReadSession
from registry.store.log_details import Detailed
from registry_formats.errors import FormatError
from registry_formats.leaf import Group, Leaf, LeafType, Opening, decode_leaf
from registry_formats.merkle import hash_leaf, root_from_leaves
from registry_formats.openings import GroupState, judge, judge_item, read_tombstone

_NOTHING = frozenset[Group]()


@dataclass(slots=True)
class Details:
    """What became of the details.

    Args:
        faults: entries, or claims of a batch, that are forged (MISMATCH) or gone without an erasure (MISSING).
        kept: those that open although an erasure entry says that they are gone: keys came back, with a backup perhaps.
        states: how many groups and claims are in each state; columns or tags that lie count as one more.
        shredded: the entries and claims that erasures destroyed.
    """

    faults: list[tuple[UUID, GroupState]] = field(default_factory=list)
    kept: list[UUID] = field(default_factory=list)
    states: Counter[GroupState] = field(default_factory=Counter)
    shredded: list[UUID] = field(default_factory=list)


async def check(session: ReadSession, *, master: Master, among: Sequence[UUID] | None = None) -> Details:
    """Judge every group of every entry, and every claim of every batch, also while entries are written and erased.

    Args:
        session: reads entries and keys, as the auditor or the owner does.
        master: opens the keys of the writers.
        among: these entries alone; None for all.
    """
    keys = WriterKeys(master, {one.writer_id: one.wrapped for one in await writer_keys.read(session)})
    found, lacking = Details(), list[_Seen]()
    erased = await _erased(session, keys)
    async for one in _all(session, keys, among):
        if erased.get(one.id, _NOTHING).intersection(one.whole):
            found.kept.append(one.id)
        if one.gone:
            lacking.append(one)
        else:
            _note(found, one, _NOTHING)
    # What was destroyed meanwhile has its entry by now.
    erased = await _erased(session, keys) if lacking else {}
    for one in lacking:
        _note(found, one, erased.get(one.id, _NOTHING))
    return found


class _Seen(NamedTuple):
    """An entry, or a claim of a batch: what is whole, what is gone, and whether anything is forged."""

    id: UUID
    whole: tuple[Group, ...]
    gone: tuple[Group, ...]
    is_forged: bool


def _note(found: Details, one: _Seen, erased: frozenset[Group]) -> None:
    missing = [group for group in one.gone if group not in erased]
    found.states.update([GroupState.OK] * len(one.whole))
    found.states.update([GroupState.MISSING] * len(missing))
    found.states.update([GroupState.SHREDDED] * (len(one.gone) - len(missing)))
    found.states.update([GroupState.MISMATCH] * one.is_forged)
    if missing:
        found.faults.append((one.id, GroupState.MISSING))
    elif one.gone:
        found.shredded.append(one.id)
    if one.is_forged:
        found.faults.append((one.id, GroupState.MISMATCH))


async def _erased(session: ReadSession, keys: WriterKeys) -> dict[UUID, frozenset[Group]]:
    """Read what erasure entries say was destroyed; nothing from one that is not what its leaf commits to."""
    erased: dict[UUID, frozenset[Group]] = {}
    async for entry in store.read_details(session, only=LeafType.ERASURE):
        one, opened = _judge(entry, keys)
        if not one.is_forged and Group.CONTENT in opened:
            erased |= _tombstone(opened[Group.CONTENT])
    return erased


def _tombstone(content: Opening) -> dict[UUID, frozenset[Group]]:
    try:
        return read_tombstone(content.detail)
    except FormatError:
        return {}


async def _all(session: ReadSession, keys: WriterKeys, among: Sequence[UUID] | None) -> AsyncIterator[_Seen]:
    async for entry in store.read_details(session, among=among):
        one, opened = _judge(entry, keys)
        yield one
        if entry.type == LeafType.BATCH:
            async for item in _items(session, entry, opened.get(Group.CONTENT), keys):
                yield item


def _judge(entry: Detailed, keys: WriterKeys) -> tuple[_Seen, dict[Group, Opening]]:
    """Judge the four groups, and the columns and tags that repeat them."""
    try:
        leaf = decode_leaf(entry.leaf)
    except FormatError:
        return _Seen(entry.id, (), (), is_forged=True), {}
    opened, gone, is_forged = dict[Group, Opening](), list[Group](), False
    for group, opening, is_broken in _open(entry, leaf, keys):
        state = GroupState.MISMATCH if is_broken else judge(leaf, group, opening, erased=False)
        if opening is not None and state is GroupState.OK:
            opened[group] = opening
        elif state is GroupState.MISSING:
            gone.append(group)
        else:
            is_forged = True
    is_forged = is_forged or not _repeats(entry, opened)
    return _Seen(entry.id, tuple(opened), tuple(gone), is_forged), opened


def _open(entry: Detailed, leaf: Leaf, keys: WriterKeys) -> Iterator[tuple[Group, Opening | None, bool]]:
    """Yield each group with what opens it, and whether something is there that was never sealed so."""
    month, own = (entry.month_key_id.bytes, entry.month_wrapped), (entry.id.bytes, entry.wrapped)
    for group, (key_id, wrapped), sealed in (
        (Group.ORG, month, entry.sealed_org),
        (Group.STAFF, month, entry.sealed_staff),
        (Group.SUBJECT, own, entry.sealed_subject),
        (Group.CONTENT, own, entry.sealed_content),
    ):
        yield group, *_unseal(keys, leaf.writer_id, key_id, wrapped, entry.id, group, sealed)


def _unseal(
    keys: WriterKeys, writer_id: int, key_id: bytes, wrapped: bytes | None, id_: UUID, group: Group, sealed: bytes
) -> tuple[Opening | None, bool]:
    if wrapped is None or not keys.has(writer_id):
        return None, False
    try:
        kek = keys.of(writer_id)
        opening = open_sealed(kek, key_id=key_id, wrapped=wrapped, sealed_id=id_.bytes, group=group, sealed=sealed)
    except FormatError:
        return None, True
    return opening, False


def _repeats(entry: Detailed, opened: Mapping[Group, Opening]) -> bool:
    """Tell whether columns and tags say what the entry says; tags go with the subject."""
    columns = {
        "action": entry.action,
        "member": str(entry.member_id or REGISTRY),
        "outcome": entry.outcome,
        "purpose": entry.purpose or "",
    }
    org, subject = opened.get(Group.ORG), opened.get(Group.SUBJECT)
    tags = subject.detail.get("tags") if subject else []
    is_tagged = isinstance(tags, list) and set(tags) == {tag.hex() for tag in entry.tags}
    return is_tagged and (org is None or columns.items() <= org.detail.items())


async def _items(
    session: ReadSession, batch: Detailed, content: Opening | None, keys: WriterKeys
) -> AsyncIterator[_Seen]:
    """Judge the claims of a batch; a root that they do not make is the batch's own."""
    items = await store.read_items(session, batch.id)
    if content is not None and not _is_root(content, [one.commitment or b"" for one in items]):
        yield _Seen(batch.id, (), (), is_forged=True)
    group = (Group.CONTENT,)
    for item in items:
        opening, is_broken = _unseal(
            keys, batch.writer_id, item.id.bytes, item.wrapped, item.id, Group.CONTENT, item.sealed_content
        )
        state = GroupState.MISMATCH if is_broken else judge_item(item.commitment or b"", opening, erased=False)
        whole, gone = group if state is GroupState.OK else (), group if state is GroupState.MISSING else ()
        yield _Seen(item.id, whole, gone, is_forged=state is GroupState.MISMATCH)


def _is_root(batch: Opening, commitments: list[bytes]) -> bool:
    root = root_from_leaves([hash_leaf(one) for one in commitments]).hex() if commitments else ""
    return (batch.detail.get("n"), batch.detail.get("root")) == (len(commitments), root)
