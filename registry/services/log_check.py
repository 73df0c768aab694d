"""Rebuild the log's trees from the entries themselves, and compare them with all that was ever signed (RFC 6962).

What is found is named by its index: a leaf that was changed, an entry that was deleted or put in, a checkpoint that
does not follow from the entries. What no log can show is an event that was never submitted (docs/operations.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from itertools import pairwise
from uuid import UUID

from registry.store import log
from registry.store import log_check as store
from registry.store.database import ReadSession
from registry.store.log_check import Note, Placed, Shard
from registry_formats.errors import FormatError
from registry_formats.leaf import decode_leaf
from registry_formats.merkle import hash_leaf, hash_node
from registry_formats.notes import VerifierKey, parse_checkpoint_text, parse_note, verify_checkpoint
from registry_formats.openings import GroupState
from registry_formats.tile_proofs import Frontier, frontier_at, tiles_for_frontier
from registry_formats.tiles import TILE_WIDTH

HALF_YEAR = "half_year"


class Finding(StrEnum):
    """What is wrong with one place of the log."""

    LEAF_CHANGED = "leaf_changed"  # the entry's leaf and the hash in the tree are not of one another
    COLUMN_CHANGED = "column_changed"  # what an entry is found by is not what its leaf says
    DETAIL_CHANGED = "detail_changed"  # what lies sealed beside a leaf, or repeats it, is not what the leaf commits to
    DETAIL_MISSING = "detail_missing"  # what lay sealed beside a leaf is gone, and no erasure entry says why
    DETAIL_KEPT = "detail_kept"  # an erasure entry says that it is gone, and it opens
    ENTRY_STRAY = "entry_stray"  # an entry that is in no tree and will never be
    ENTRY_MISSING = "entry_missing"  # the tree holds a leaf whose entry is gone
    INDEX_GAP = "index_gap"  # leaves are not numbered one after another: some are gone, or were put in
    SIZE_DIFFERS = "size_differs"  # the tree has not as many leaves as its state says
    ROOT_DIFFERS = "root_differs"  # a signed checkpoint does not follow from the entries
    SHARD_UNLINKED = "shard_unlinked"  # a tree does not name the last checkpoint of the one before it
    SIGNATURE_INVALID = "signature_invalid"  # a checkpoint is not what the log's key signed
    NUMBER_MISSING = "number_missing"  # no entry has this number of a writer, and nothing in the log says why
    NUMBER_TWICE = "number_twice"  # two entries have the same number of a writer
    END_CHANGED = "end_changed"  # what is said of a writer that crashed is not what the log commits to
    HOUR_UNEVEN = "hour_uneven"  # an hour's entries are not its leaves and outbox together


OF_DETAILS = {GroupState.MISMATCH: Finding.DETAIL_CHANGED, GroupState.MISSING: Finding.DETAIL_MISSING}


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding, where: the leaf's index, or the size of the checkpoint; -1 outside the tree, where the id tells.

    Of what is not in the log, `origin` is the writer and `place` its number.
    """

    finding: Finding
    origin: str
    place: int
    entry_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Recent:
    """What was checked of the newest tree: the leaves from `first` on below the newest checkpoint's `size`.

    Args:
        entries: of these leaves; none where there is no checkpoint, and so nothing to check.
    """

    origin: str = ""
    first: int = 0
    size: int = 0
    entries: tuple[UUID, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was checked, and what is wrong with it."""

    leaves: int
    checkpoints: int
    faults: tuple[Fault, ...]


async def check(session: ReadSession, *, log_public_key: bytes) -> Verdict:
    """Check every tree of the log; the session must be the auditor's, or the owner's.

    Args:
        session: reads entries and leaves.
        log_public_key: Ed25519, 32 bytes; got apart from the database, or a forger's would do.
    """
    leaves, checkpoints, faults = 0, 0, list[Fault]()
    shards = await store.list_shards(session)
    faults.extend(
        Fault(Finding.SHARD_UNLINKED, after.origin, 0)
        for before, after in pairwise(shards)
        if not _follows(after, before, log_public_key)
    )
    for shard in shards:
        notes = await store.list_notes(session, shard_id=shard.id)
        roots = {note.size: _signed_root(note, shard, log_public_key) for note in notes}
        faults.extend(Fault(Finding.SIGNATURE_INVALID, shard.origin, size) for size, root in roots.items() if not root)
        leaves += await _rebuild(session, shard, roots, faults)
        checkpoints += len(notes)
    faults.extend(Fault(Finding.ENTRY_STRAY, "", -1, stray) for stray in await store.list_strays(session))
    return Verdict(leaves, checkpoints, tuple(faults))


async def check_recent(session: ReadSession, *, log_public_key: bytes, most: int) -> Recent:
    """Check the newest leaves of the newest signed tree, at least `most` if it has so many, against its checkpoint.

    What lies before them is taken from the tree's stored hashes: a change there breaks the root too, but is not named.
    """
    found = await store.newest_note(session)
    if found is None:
        return Recent()
    shard, note = found
    first = max(0, note.size - most) // TILE_WIDTH * TILE_WIDTH
    faults, entries, tree = list[Fault](), list[UUID](), await _tree_at(session, shard, first)
    async for placed in store.read_leaves(session, shard_id=shard.id, first=first, end=note.size):
        wrong = _findings(placed, first + len(entries))
        faults.extend(Fault(finding, shard.origin, placed.idx, placed.entry_id) for finding in wrong)
        tree.push(hash_leaf(placed.leaf) if placed.leaf is not None else placed.hash)
        entries.append(placed.entry_id)
    if first + len(entries) != note.size:
        faults.append(Fault(Finding.SIZE_DIFFERS, shard.origin, first + len(entries)))
    root = _signed_root(note, shard, log_public_key)
    if root != tree.root:
        faults.append(Fault(Finding.ROOT_DIFFERS if root else Finding.SIGNATURE_INVALID, shard.origin, note.size))
    return Recent(shard.origin, first, note.size, tuple(entries), tuple(faults))


async def _tree_at(session: ReadSession, shard: Shard, size: int) -> "_Tree":
    """Take the tree of the first `size` leaves from its tiles; one that is gone or short makes another root."""
    refs = tiles_for_frontier(size)
    tiles = await log.read_tiles(session, shard_id=shard.id, refs=refs)
    try:
        return _Tree(frontier_at(size, tiles.__getitem__))
    except FormatError:
        return _Tree()


def _follows(after: Shard, before: Shard, public: bytes) -> bool:
    """Say whether a shard names the last checkpoint before it; at the end of a half-year, one of all its leaves."""
    if after.previous is None:
        return after.reason != HALF_YEAR or before.size == 0
    try:
        said = parse_checkpoint_text(parse_note(after.previous).text)
        verify_checkpoint(after.previous, said.origin, (VerifierKey(said.origin, public),))
    except FormatError:
        return False
    return after.reason != HALF_YEAR or (said.origin, said.size) == (before.origin, before.size)


def _signed_root(note: Note, shard: Shard, public: bytes) -> bytes | None:
    try:
        checkpoint = verify_checkpoint(note.text, shard.origin, (VerifierKey(shard.origin, public),))
    except FormatError:
        return None
    return checkpoint.root if (checkpoint.size, checkpoint.root) == (note.size, note.root) else None


async def _rebuild(session: ReadSession, shard: Shard, roots: dict[int, bytes | None], faults: list[Fault]) -> int:
    tree, read = _Tree(), 0
    async for placed in store.read_leaves(session, shard_id=shard.id):
        faults.extend(Fault(finding, shard.origin, placed.idx, placed.entry_id) for finding in _findings(placed, read))
        read += 1
        # The entry decides, not the hash beside it: what was signed must follow from what was written.
        tree.push(hash_leaf(placed.leaf) if placed.leaf is not None else placed.hash)
        if (root := roots.pop(read, None)) is not None and root != tree.root:
            faults.append(Fault(Finding.ROOT_DIFFERS, shard.origin, read))
    if read != shard.size:
        faults.append(Fault(Finding.SIZE_DIFFERS, shard.origin, read))
    faults.extend(Fault(Finding.ROOT_DIFFERS, shard.origin, size) for size in roots if size > read)
    return read


def _findings(placed: Placed, expected: int) -> Iterator[Finding]:
    if placed.idx != expected:
        yield Finding.INDEX_GAP
    if placed.leaf is None:
        yield Finding.ENTRY_MISSING
    elif hash_leaf(placed.leaf) != placed.hash:
        yield Finding.LEAF_CHANGED
    elif _columns(placed.leaf) != (placed.entry_id, placed.columns):
        yield Finding.COLUMN_CHANGED


def _columns(encoded: bytes) -> tuple[UUID, tuple[int, ...]]:
    leaf = decode_leaf(encoded)
    return leaf.entry_id, (leaf.kind, leaf.t_ms, leaf.writer_id, leaf.writer_seq)


class _Tree:
    """A growing tree: the roots of its perfect subtrees with their heights, left to right."""

    def __init__(self, begun: Frontier = Frontier(0, ())) -> None:  # noqa: B008 - frozen
        heights = [height for height in reversed(range(begun.size.bit_length())) if begun.size >> height & 1]
        self._subtrees = list(zip(heights, begun.hashes, strict=True))

    def push(self, leaf_hash: bytes) -> None:
        """Append a leaf."""
        height, node = 0, leaf_hash
        while self._subtrees and self._subtrees[-1][0] == height:
            node = hash_node(self._subtrees.pop()[1], node)
            height += 1
        self._subtrees.append((height, node))

    @property
    def root(self) -> bytes:
        """The root of the tree so far, 32 bytes."""
        return reduce(lambda right, left: hash_node(left, right), [node for _, node in reversed(self._subtrees)])
