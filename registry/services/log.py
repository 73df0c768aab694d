"""Put entries in order, sign how far the tree has grown, and prove that an entry is in it (RFC 6962, C2SP tlog)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from registry.crypto import merkle
from registry.crypto.checkpoint import SigningKey, sign_checkpoint
from registry.crypto.tiles import TileRef
from registry.errors import Conflict, Malformed, NotFound
from registry.store import log as store
from registry.store.database import ReadSession, WriteSession
from registry_formats.errors import FormatError
from registry_formats.merkle import hash_leaf, verify_consistency
from registry_formats.notes import Checkpoint
from registry_formats.proofs import TlogProof, encode_proof

MOST_AT_ONCE = 10_000
_MONTHS_AHEAD = 3
_JULY = 7

KeyFor = Callable[[str], SigningKey]


def origin(realm: str, now: datetime, number: int = 1) -> str:
    """Name a half-year's shard: `<registry>/audit/<half-year>.<n>`."""
    return f"{realm}/audit/{now.year}h{1 if now.month < _JULY else 2}.{number}"


async def seal(session: WriteSession, *, realm: str, now: datetime) -> int:
    """Move what waits in the outbox into the tree; return how many entries that were, 0 too if another one leads."""
    if not await store.try_lead(session):
        return 0
    state = await store.find_state(session) or await store.open_shard(session, origin=origin(realm, now), now=now)
    rows = await store.take(session, most=MOST_AT_ONCE)
    if not rows:
        return 0
    hashes = [hash_leaf(row.leaf) for row in rows]
    tiles = await store.read_tiles(
        session, shard_id=state.shard_id, refs=merkle.tiles_for_append(state.size, len(hashes))
    )
    grown = merkle.append(merkle.decode_frontier(state.size, state.frontier), hashes, tiles.__getitem__)
    await store.advance(
        session,
        state,
        entry_ids=[row.id for row in rows],
        hashes=hashes,
        frontier=grown.frontier.encode(),
        tiles=grown.tiles,
    )
    return len(rows)


async def sign(session: WriteSession, *, key_for: KeyFor, now: datetime) -> Checkpoint | None:
    """Sign how far the tree has grown since the last checkpoint; None when it has not.

    It waits for its turn: sealing takes the lead five times a second, and what only tried might not get it for long.

    Raises:
        Conflict: `log_inconsistent`, when the tree does not extend what was signed last; nothing is signed.
    """
    await store.lead(session)
    state = await store.find_state(session)
    # An empty tree is not signed: nothing is provably its continuation.
    if state is None or state.size == 0:
        return None
    last = await store.find_checkpoint(session, shard_id=state.shard_id)
    root = merkle.decode_frontier(state.size, state.frontier).root
    if last is not None and (last.size, last.root) == (state.size, root):
        return None
    await _check_tree(session, state, root, last)
    checkpoint = Checkpoint(state.origin, state.size, root)
    note = sign_checkpoint(checkpoint, [key_for(state.origin)])
    signed = store.Signed(state.size, root, int(now.timestamp() * 1000), note)
    await store.keep_checkpoint(session, shard_id=state.shard_id, signed=signed)
    return checkpoint


async def _check_tree(session: WriteSession, state: store.State, root: bytes, last: store.Signed | None) -> None:
    """Prove to ourselves what a witness would ask: stored hashes, frontier and last signed root must agree."""
    try:
        if last is None:
            tiles = await _tiles(session, state.shard_id, merkle.tiles_for_frontier(state.size))
            rebuilt = merkle.frontier_at(state.size, tiles.__getitem__)
            verify_consistency(state.size, state.size, (), rebuilt.root, root)
            return
        # Refuses also a tree smaller than what was signed: a restored backup, or a deletion.
        tiles = await _tiles(session, state.shard_id, merkle.tiles_for_consistency(last.size, state.size))
        proof = merkle.consistency_proof(last.size, state.size, tiles.__getitem__)
        verify_consistency(last.size, state.size, proof, last.root, root)
    except FormatError as error:
        raise Conflict("log_inconsistent") from error


async def checkpoint(session: ReadSession) -> str:
    """Return the newest signed checkpoint.

    Raises:
        NotFound: `checkpoint_missing`, before the first one.
    """
    _, signed = await _newest(session)
    return signed.note


async def prove_inclusion(session: ReadSession, *, entry_id: UUID) -> str:
    """Return a `tlog-proof@v1` file that this entry is in the log.

    Raises:
        NotFound: `entry_not_sealed`, until a checkpoint covers it.
    """
    place = await store.get_place(session, entry_id=entry_id)
    signed = await store.find_checkpoint(session, shard_id=place.shard_id)
    if signed is None or signed.size <= place.idx:
        raise NotFound("entry_not_sealed")
    tiles = await _tiles(session, place.shard_id, merkle.tiles_for_inclusion(place.idx, signed.size))
    hashes = merkle.inclusion_proof(place.idx, signed.size, tiles.__getitem__)
    return encode_proof(TlogProof(place.idx, hashes, signed.note))


async def prove_consistency(session: ReadSession, *, old: int, new: int | None = None) -> tuple[list[bytes], str]:
    """Return the proof that the tree of size `old` is the beginning of a signed one, and that one's checkpoint.

    Raises:
        Malformed: `size_invalid`, when `old` is 0 or beyond the checkpoint.
        NotFound: `checkpoint_missing`, when no checkpoint of size `new` was signed.
    """
    shard_id, newest = await _newest(session)
    signed = newest if new is None else await store.find_checkpoint(session, shard_id=shard_id, size=new)
    if signed is None:
        raise NotFound("checkpoint_missing")
    if not 0 < old <= signed.size:
        raise Malformed("size_invalid")
    tiles = await _tiles(session, shard_id, merkle.tiles_for_consistency(old, signed.size))
    return list(merkle.consistency_proof(old, signed.size, tiles.__getitem__)), signed.note


async def lag(session: ReadSession, *, now: datetime) -> timedelta:
    """Return how long the oldest entry has waited for its place in the tree."""
    oldest = await store.oldest_waiting(session)
    if oldest is None:
        return timedelta(0)
    return timedelta(milliseconds=max(0, int(now.timestamp() * 1000) - (oldest.int >> 80)))


async def make_room(session: WriteSession, *, now: datetime) -> None:
    """Make the partitions of this month and the next ones, before any entry needs them."""
    for ahead in range(_MONTHS_AHEAD):
        years, month = divmod(now.month - 1 + ahead, 12)
        await store.make_partition(session, month=now.replace(year=now.year + years, month=month + 1, day=1))


async def _newest(session: ReadSession) -> tuple[int, store.Signed]:
    state = await store.find_state(session)
    signed = await store.find_checkpoint(session, shard_id=state.shard_id) if state else None
    if state is None or signed is None:
        raise NotFound("checkpoint_missing")
    return state.shard_id, signed


async def _tiles(session: ReadSession, shard_id: int, refs: tuple[TileRef, ...]) -> dict[TileRef, bytes]:
    return await store.read_tiles(session, shard_id=shard_id, refs=refs)
