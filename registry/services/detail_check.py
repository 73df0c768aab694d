"""Open what is sealed beside each leaf and hold it against the leaf's commitments, and the columns against both.

Who checks this needs the registry's own keys, which an auditor from outside does not have (audit-log.md section 5).
What may be gone, the erasure entries of the log itself say, each checked like any other; no table is believed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
from registry_formats.openings import ALARMS, GroupState, judge, judge_item, read_tombstone

Erased = Mapping[UUID, frozenset[Group]]


@dataclass(slots=True)
class Details:
    """What became of the details.

    Args:
        faults: entries, or claims of a batch, that are forged (MISMATCH) or gone without an erasure (MISSING).
        kept: those that open although an erasure entry says that they are gone: keys came back, with a backup perhaps.
        states: how many groups and claims are in each state.
        shredded: the entries and claims that erasures destroyed.
    """

    faults: list[tuple[UUID, GroupState]] = field(default_factory=list)
    kept: list[UUID] = field(default_factory=list)
    states: Counter[GroupState] = field(default_factory=Counter)
    shredded: list[UUID] = field(default_factory=list)

    def note(self, id_: UUID, states: list[GroupState], *, is_erased: bool = False) -> None:
        """Count what was found of an entry, or of a claim, and whether an erasure entry names it."""
        self.states.update(states)
        if is_erased and GroupState.SHREDDED not in states:
            self.kept.append(id_)
        if GroupState.SHREDDED in states:
            self.shredded.append(id_)
        self.faults.extend((id_, state) for state in sorted(ALARMS.intersection(states)))


async def check(session: ReadSession, *, master: Master) -> Details:
    """Judge every group of every entry, and every claim of every batch.

    Args:
        session: reads entries and keys, as the auditor or the owner does.
        master: opens the keys of the writers.
    """
    keys = WriterKeys(master, {one.writer_id: one.wrapped for one in await writer_keys.read(session)})
    erased: dict[UUID, frozenset[Group]] = {}
    async for entry in store.read_details(session, only=LeafType.ERASURE):
        erased |= _tombstone(entry, keys)
    found = Details()
    async for entry in store.read_details(session):
        opened, states = _judge(entry, keys, erased)
        found.note(entry.id, states, is_erased=entry.id in erased)
        if entry.leaf[1] == LeafType.BATCH:
            await _check_items(session, entry, opened.get(Group.CONTENT), keys, erased, found)
    return found


def _tombstone(entry: Detailed, keys: WriterKeys) -> dict[UUID, frozenset[Group]]:
    """Read what an erasure entry says was destroyed; nothing where it is not what its leaf commits to."""
    opened, states = _judge(entry, keys, {})
    if Group.CONTENT not in opened or ALARMS.intersection(states):
        return {}
    try:
        return dict(read_tombstone(opened[Group.CONTENT].detail))
    except FormatError:
        return {}


def _judge(entry: Detailed, keys: WriterKeys, erased: Erased) -> tuple[dict[Group, Opening], list[GroupState]]:
    """Return the groups that open, and the state of all four; columns and tags that lie make one more MISMATCH."""
    try:
        leaf = decode_leaf(entry.leaf)
    except FormatError:
        return {}, [GroupState.MISMATCH]
    opened, states = dict[Group, Opening](), list[GroupState]()
    for group, opening, is_forged in _open(entry, leaf, keys):
        excused = group in erased.get(entry.id, ())
        states.append(GroupState.MISMATCH if is_forged else judge(leaf, group, opening, excused))
        if opening is not None and states[-1] is GroupState.OK:
            opened[group] = opening
    if not _repeats(entry, opened):
        states.append(GroupState.MISMATCH)
    return opened, states


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


async def _check_items(
    session: ReadSession, batch: Detailed, content: Opening | None, keys: WriterKeys, erased: Erased, found: Details
) -> None:
    items = await store.read_items(session, batch.id)
    writer_id = decode_leaf(batch.leaf).writer_id
    commitments = [one.commitment or b"" for one in items]
    if content is not None and not _is_root(content, commitments):
        found.note(batch.id, [GroupState.MISMATCH])
    for item in items:
        opening, is_forged = _unseal(
            keys, writer_id, item.id.bytes, item.wrapped, item.id, Group.CONTENT, item.sealed_content
        )
        state = judge_item(item.commitment or b"", opening, item.id in erased)
        found.note(item.id, [GroupState.MISMATCH if is_forged else state], is_erased=item.id in erased)


def _is_root(batch: Opening, commitments: list[bytes]) -> bool:
    root = root_from_leaves([hash_leaf(one) for one in commitments]).hex() if commitments else ""
    return (batch.detail.get("n"), batch.detail.get("root")) == (len(commitments), root)
