"""Put entries in order, and sign how far the tree has grown (RFC 6962, C2SP tlog-checkpoint)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from registry.crypto import merkle
from registry.crypto.checkpoint import SigningKey, sign_checkpoint
from registry.crypto.tiles import TileRef
from registry.errors import Conflict
from registry.store import log as store
from registry.store.database import ReadSession, WriteSession
from registry_formats.errors import FormatError
from registry_formats.merkle import hash_leaf, verify_consistency
from registry_formats.notes import Checkpoint

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


async def _tiles(session: ReadSession, shard_id: int, refs: tuple[TileRef, ...]) -> dict[TileRef, bytes]:
    return await store.read_tiles(session, shard_id=shard_id, refs=refs)
