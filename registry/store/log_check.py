"""What an auditor reads to rebuild the log from outside: every leaf as written, as placed, and what was signed."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from registry.store.database import ReadSession
from registry.store.schema import audit_checkpoint, audit_entry, audit_leaf, audit_outbox, audit_shard, audit_state

_AT_ONCE = 5_000
_WHY = (audit_shard.c.reason, audit_shard.c.previous)


@dataclass(frozen=True, slots=True)
class Shard:
    """One tree of the log, and how many leaves it says it has.

    Args:
        reason: why it follows another one, None for the first.
        previous: the last checkpoint before it, as signed.
    """

    id: int
    origin: str
    size: int
    reason: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class Placed:
    """One leaf hash in the tree, and the leaf (168 bytes) of its entry; None where the entry is gone.

    Args:
        columns: type, t_ms, writer_id and writer_seq, by which entries are found; they repeat the leaf.
    """

    idx: int
    entry_id: UUID
    hash: bytes
    leaf: bytes | None
    columns: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint as signed, and the size and root it is kept under."""

    size: int
    root: bytes
    text: str


async def list_shards(session: ReadSession) -> list[Shard]:
    """List the trees, oldest first."""
    query = (
        select(audit_shard.c.id, audit_shard.c.origin, audit_state.c.size, *_WHY)
        .join(audit_state, audit_state.c.shard_id == audit_shard.c.id)
        .order_by(audit_shard.c.id)
    )
    return [Shard(*row) for row in await session.execute(query)]


async def list_notes(session: ReadSession, *, shard_id: int) -> list[Note]:
    """List the signed checkpoints of a tree, the smallest first."""
    query = select(audit_checkpoint.c.size, audit_checkpoint.c.root, audit_checkpoint.c.note)
    query = query.where(audit_checkpoint.c.shard_id == shard_id)
    return [
        Note(row.size, row.root, row.note) for row in await session.execute(query.order_by(audit_checkpoint.c.size))
    ]


async def newest_note(session: ReadSession) -> tuple[Shard, Note] | None:
    """Read the newest checkpoint, with its tree; None before the first one."""
    note = audit_checkpoint.c
    query = (
        select(audit_shard.c.id, audit_shard.c.origin, *_WHY, note.size, note.root, note.note)
        .join(audit_shard, audit_shard.c.id == note.shard_id)
        .order_by(note.shard_id.desc(), note.size.desc())
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    return Shard(row.id, row.origin, row.size, row.reason, row.previous), Note(row.size, row.root, row.note)


async def read_leaves(
    session: ReadSession, *, shard_id: int, first: int = 0, end: int | None = None
) -> AsyncIterator[Placed]:
    """Read every leaf of a tree in its order, or those from the place `first` to the one before `end`."""
    columns = (audit_entry.c.type, audit_entry.c.t_ms, audit_entry.c.writer_id, audit_entry.c.writer_seq)
    query = (
        select(audit_leaf.c.idx, audit_leaf.c.entry_id, audit_leaf.c.hash, audit_entry.c.leaf, *columns)
        .outerjoin(audit_entry, audit_entry.c.id == audit_leaf.c.entry_id)
        .where(audit_leaf.c.shard_id == shard_id)
        .order_by(audit_leaf.c.idx)
        .limit(_AT_ONCE)
    )
    if end is not None:
        query = query.where(audit_leaf.c.idx < end)
    after = first - 1
    while rows := (await session.execute(query.where(audit_leaf.c.idx > after))).all():
        for row in rows:
            yield Placed(row.idx, row.entry_id, row.hash, row.leaf, tuple(row[-len(columns) :]))
        after = rows[-1].idx


async def list_strays(session: ReadSession) -> list[UUID]:
    """List entries that are neither in a tree nor on their way: in one statement, which sees one moment."""
    query = select(audit_entry.c.id).where(
        ~select(audit_leaf.c.idx).where(audit_leaf.c.entry_id == audit_entry.c.id).exists(),
        ~select(audit_outbox.c.entry_id).where(audit_outbox.c.entry_id == audit_entry.c.id).exists(),
    )
    return list((await session.execute(query.order_by(audit_entry.c.id))).scalars())


async def find_leaves(session: ReadSession, entry_ids: Sequence[UUID]) -> dict[UUID, bytes]:
    """Find the leaves (168 bytes) of entries by their ids; those that are not there are left out."""
    query = select(audit_entry.c.id, audit_entry.c.leaf).where(audit_entry.c.id.in_(entry_ids))
    return {row.id: row.leaf for row in await session.execute(query)}
