"""The tree's side of the audit log: what the sequencer moves from the outbox into leaves, tiles and checkpoints."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    LargeBinary,
    Row,
    SmallInteger,
    Uuid,
    bindparam,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.crypto.tiles import Tile
from registry.errors import Conflict, NotFound
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import (
    audit_checkpoint,
    audit_entry,
    audit_leaf,
    audit_outbox,
    audit_shard,
    audit_state,
    audit_tile,
)
from registry_formats.tiles import TILE_WIDTH, TileRef

# Held by the one sequencer during its transaction. Locks get lost; the compare-and-swap in `advance` does not.
SEQUENCE = 0x5345_5143

_STATE = (audit_state.c.size, audit_state.c.frontier, audit_state.c.epoch)
_SEQUENCE = text("SELECT pg_advisory_xact_lock(:lock)").bindparams(lock=SEQUENCE)
_TRY_SEQUENCE = text("SELECT pg_try_advisory_xact_lock(:lock)").bindparams(lock=SEQUENCE)


@dataclass(frozen=True, slots=True)
class State:
    """How far a shard's tree has grown.

    Args:
        epoch: raised by each new leader.
        previous: the last checkpoint, as signed, of the shard that this one follows.
    """

    shard_id: int
    origin: str
    size: int
    frontier: bytes
    epoch: int
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as signed."""

    size: int
    root: bytes
    t_ms: int
    note: str


async def lead(session: WriteSession) -> None:
    """Become the only sequencer until this transaction ends, as soon as the one at work has ended its own."""
    await session.execute(_SEQUENCE)


async def try_lead(session: WriteSession) -> bool:
    """Become the only sequencer until this transaction ends; false when another one is at work."""
    return bool((await session.execute(_TRY_SEQUENCE)).scalar_one())


async def find_state(session: ReadSession, *, origin: str | None = None) -> State | None:
    """Read the state of a shard, the newest if none is named; None where there is no such shard."""
    query = (
        select(audit_shard.c.id, audit_shard.c.origin, audit_shard.c.previous, *_STATE)
        .join(audit_state, audit_state.c.shard_id == audit_shard.c.id)
        .order_by(audit_shard.c.id.desc())
        .limit(1)
    )
    if origin is not None:
        query = query.where(audit_shard.c.origin == origin)
    row = (await session.execute(query)).one_or_none()
    return State(row.id, row.origin, row.size, row.frontier, row.epoch, row.previous) if row else None


async def list_origins(session: ReadSession) -> list[str]:
    """List the names of all shards."""
    return list((await session.execute(select(audit_shard.c.origin))).scalars())


async def open_shard(
    session: WriteSession,
    *,
    origin: str,
    now: datetime,
    epoch: int = 1,
    reason: str | None = None,
    previous: str | None = None,
) -> State:
    """Open an empty tree under a new origin.

    Args:
        session: the worker's.
        origin: its name.
        now: when.
        epoch: of the leader that opens it.
        reason: why it follows another one.
        previous: that one's last checkpoint, as signed.
    """
    values = {"origin": origin, "opened_at": now, "reason": reason, "previous": previous}
    shard_id = (await session.execute(insert(audit_shard).values(values).returning(audit_shard.c.id))).scalar_one()
    await session.execute(insert(audit_state).values(shard_id=shard_id, size=0, frontier=b"", epoch=epoch))
    return State(shard_id, origin, 0, b"", epoch, previous)


async def raise_epoch(session: WriteSession, before: State) -> State:
    """Take the lead from whoever has it.

    Raises:
        Conflict: `sequencer_deposed`, when somebody else has done so or grown the tree meanwhile.
    """
    await _swap(session, before, epoch=before.epoch + 1)
    return replace(before, epoch=before.epoch + 1)


# An entry that was put into the outbox a second time, by a process that was broken into, must not stop the log.
_TAKE = text("""
    WITH taken AS (
        DELETE FROM audit.outbox WHERE entry_id IN
            (SELECT entry_id FROM audit.outbox ORDER BY entry_id LIMIT :most)
        RETURNING entry_id
    )
    SELECT entry.id, entry.leaf FROM audit.entry JOIN taken ON taken.entry_id = entry.id
    WHERE NOT EXISTS (SELECT FROM audit.leaf WHERE leaf.entry_id = entry.id) ORDER BY entry.id
""")


async def take(session: WriteSession, *, most: int) -> Sequence[Row[Any]]:
    """Remove up to `most` entries from the outbox and return (id, leaf), in the order they will have in the tree."""
    return (await session.execute(_TAKE, {"most": most})).all()


async def take_one(session: WriteSession, *, entry_id: UUID) -> Sequence[Any]:
    """Remove this entry from the outbox and return it likewise."""
    await session.execute(delete(audit_outbox).where(audit_outbox.c.entry_id == entry_id))
    query = select(audit_entry.c.id, audit_entry.c.leaf).where(audit_entry.c.id == entry_id)
    return (await session.execute(query)).all()


_INSERT_LEAVES = text("""
    INSERT INTO audit.leaf (shard_id, idx, entry_id, hash)
    SELECT :shard_id, idx, entry_id, hash FROM unnest(:idx, :entry_id, :hash) AS row (idx, entry_id, hash)
""").bindparams(
    bindparam("idx", type_=ARRAY(BigInteger)),
    bindparam("entry_id", type_=ARRAY(Uuid)),
    bindparam("hash", type_=ARRAY(LargeBinary)),
)


async def advance(
    session: WriteSession,
    before: State,
    *,
    entry_ids: Sequence[UUID],
    hashes: Sequence[bytes],
    frontier: bytes,
    tiles: Iterable[Tile],
) -> None:
    """Grow the tree by these leaves.

    Raises:
        Conflict: `sequencer_deposed`, when another sequencer has grown it or leads meanwhile; nothing is kept.
    """
    size = before.size + len(hashes)
    await _swap(session, before, size=size, frontier=frontier)
    indexes = list(range(before.size, size))
    await session.execute(
        _INSERT_LEAVES,
        {"shard_id": before.shard_id, "idx": indexes, "entry_id": list(entry_ids), "hash": list(hashes)},
    )
    rows = [
        {"shard_id": before.shard_id, "level": tile.level, "idx": tile.index, "hashes": tile.hashes, "root": tile.root}
        for tile in tiles
    ]
    if rows:
        await session.execute(insert(audit_tile), rows)


async def _swap(session: WriteSession, before: State, **after: object) -> None:
    swapped = await session.execute(
        update(audit_state)
        .where(
            audit_state.c.shard_id == before.shard_id,
            audit_state.c.size == before.size,
            audit_state.c.epoch == before.epoch,
        )
        .values(after)
        .returning(audit_state.c.size)
    )
    if swapped.one_or_none() is None:
        raise Conflict("sequencer_deposed")


_FULL_TILES = text("""
    SELECT level, idx, hashes FROM unnest(:level, :idx) AS wanted (level, idx) JOIN audit.tile USING (level, idx)
    WHERE shard_id = :shard_id
""").bindparams(bindparam("level", type_=ARRAY(SmallInteger)), bindparam("idx", type_=ARRAY(BigInteger)))


async def read_tiles(session: ReadSession, *, shard_id: int, refs: Iterable[TileRef]) -> dict[TileRef, bytes]:
    """Read tiles: full ones as stored, partial ones from the leaves or from the roots of the tiles below."""
    wanted = list(refs)
    full = [ref for ref in wanted if ref.width == TILE_WIDTH]
    found = {ref: await _partial(session, shard_id, ref) for ref in wanted if ref.width < TILE_WIDTH}
    if full:
        values = {"shard_id": shard_id, "level": [ref.level for ref in full], "idx": [ref.index for ref in full]}
        rows = {(row.level, row.idx): row.hashes for row in await session.execute(_FULL_TILES, values)}
        # One that is gone is empty, which no root agrees with.
        found |= {ref: rows.get((ref.level, ref.index), b"") for ref in full}
    return found


async def _partial(session: ReadSession, shard_id: int, ref: TileRef) -> bytes:
    first = ref.index * TILE_WIDTH
    places = (first, first + ref.width - 1)
    if ref.level == 0:
        leaf = audit_leaf.c
        query = select(leaf.hash).where(leaf.shard_id == shard_id, leaf.idx.between(*places)).order_by(leaf.idx)
    else:
        below = audit_tile.c
        query = (
            select(below.root)
            .where(below.shard_id == shard_id, below.level == ref.level - 1, below.idx.between(*places))
            .order_by(below.idx)
        )
    return b"".join((await session.execute(query)).scalars())


async def keep_checkpoint(session: WriteSession, *, shard_id: int, signed: Signed) -> None:
    """Keep a signed checkpoint; the first one of a size stays."""
    await session.execute(
        upsert(audit_checkpoint)
        .values(shard_id=shard_id, size=signed.size, root=signed.root, t_ms=signed.t_ms, note=signed.note)
        .on_conflict_do_nothing()
    )


async def find_checkpoint(session: ReadSession, *, shard_id: int, size: int | None = None) -> Signed | None:
    """Find the checkpoint of a size, or the newest one."""
    query = select(
        audit_checkpoint.c.size, audit_checkpoint.c.root, audit_checkpoint.c.t_ms, audit_checkpoint.c.note
    ).where(audit_checkpoint.c.shard_id == shard_id)
    if size is not None:
        query = query.where(audit_checkpoint.c.size == size)
    row = (await session.execute(query.order_by(audit_checkpoint.c.size.desc()).limit(1))).one_or_none()
    return Signed(row.size, row.root, row.t_ms, row.note) if row else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands in the tree."""

    shard_id: int
    idx: int


async def get_place(session: ReadSession, *, entry_id: UUID) -> Place:
    """Get where an entry stands.

    Raises:
        NotFound: `entry_not_sealed`, before the sequencer has placed it, or when there is no such entry.
    """
    query = select(audit_leaf.c.shard_id, audit_leaf.c.idx).where(audit_leaf.c.entry_id == entry_id)
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound("entry_not_sealed")
    return Place(row.shard_id, row.idx)
