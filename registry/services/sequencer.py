"""Put entries in order and sign how far the tree has grown (RFC 6962, C2SP tlog-checkpoint).

One sequencer leads; others watch, and take over when work lies still. What one remembers of its own last round, shard,
size and epoch, must be what it finds in the next: if it is not, somebody else leads, or the database is another one.

Before each signature, and before the first entry of each new leader, the tree is held against the last checkpoint that
was signed, which is kept apart from the database, and at first against what witnesses have seen. A tree that does not
continue it is a restored backup: it is never signed again, and a new shard says why it follows.
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from registry.crypto import merkle
from registry.crypto.checkpoint import SigningKey, sign_checkpoint
from registry.domain import shards
from registry.domain.events import Act, AuditEvent
from registry.errors import Conflict
from registry.services import audit
from registry.services.trail import Trail
from registry.store import log as store
from registry.store import log_health, writer_numbers
from registry.store.database import WriteSession, on_commit
from registry.store.log import Signed, State
from registry.store.writer_numbers import Progress
from registry_formats import tile_proofs
from registry_formats.errors import FormatError
from registry_formats.leaf import LAST_OF_WRITER, LeafType, decode_leaf
from registry_formats.merkle import hash_leaf, verify_consistency
from registry_formats.notes import Checkpoint, parse_checkpoint_text, parse_note

MOST_AT_ONCE = 10_000
# A leader does something every second; who lets work lie for longer is gone, hung or cut off.
PATIENCE = timedelta(seconds=2)

KeyFor = Callable[[str], SigningKey]
Witnessed = Callable[[str], Awaitable[Checkpoint | None]]


class Guard(Protocol):
    """Keeps the last checkpoint that was signed, where a restored database cannot take it back."""

    async def last(self) -> str | None:
        """Return the last signed note."""

    async def swap(self, before: str | None, after: str) -> None:
        """Replace it, durably; Conflict `guard_changed` when it is not `before` any more."""


class Reason(StrEnum):
    """Why a shard follows another one."""

    HALF_YEAR = "half_year"  # the old one's time is over; its last checkpoint covers all of it
    RESTORED = "restored"  # the tree does not continue what was signed last
    GUARD_MISSING = "guard_missing"  # nobody remembers what was signed last
    WITNESS_AHEAD = "witness_ahead"  # nor what a witness has seen


@dataclass(frozen=True, slots=True)
class Signing:
    """What a sequencer signs with.

    Args:
        key_for: the log's key under the name of a shard.
        guard: remembers what was signed.
        witnessed: the largest checkpoint of this shard, signed by us, that any witness has seen; None if none answers.
            Asked once by each leader, and bounded in time by itself; None where there are no witnesses.
    """

    key_for: KeyFor
    guard: Guard
    witnessed: Witnessed | None = None


class Sequencer:
    """One worker's part in ordering the log.

    Args:
        realm: of the registry.
        signing: keys and memory of what was signed.
        trail: writes the first entry of a shard that follows another one.
        patience: how long work may lie still before this one takes over.
        opened: hears of each shard that follows another one, and why.
        elapsed: seconds on a clock that nobody sets.
    """

    def __init__(
        self,
        realm: str,
        signing: Signing,
        *,
        trail: Trail,
        patience: timedelta = PATIENCE,
        opened: Callable[[str, Reason], None] = lambda _origin, _reason: None,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._realm = realm
        self._signing = signing
        self._trail = trail
        self._patience = patience.total_seconds()
        self._elapsed = elapsed
        self._opened = opened
        # The state after our own last round, while we lead.
        self._held: State | None = None
        self._undone: tuple[object, float] = (None, 0.0)

    @property
    def leads(self) -> bool:
        """Whether this one was the leader when its last round ended."""
        return self._held is not None

    async def seal(self, session: WriteSession, *, now: datetime) -> int:
        """Move what waits in the outbox into the tree; return how many entries that were, 0 too if another one leads.

        Raises:
            Conflict: `sequencer_deposed` or `log_inconsistent`; nothing is kept.
        """
        state = await self._lead(session, now) if await store.try_lead(session) else None
        if state is None:
            return 0
        if shards.is_over(state.origin, now):
            state = await self._turn(session, state, now)
        rows = await store.take(session, most=MOST_AT_ONCE)
        self._hold(session, await _grow(session, state, rows))
        return len(rows)

    async def sign(self, session: WriteSession, *, now: datetime) -> Checkpoint | None:
        """Sign how far the tree has grown since the last checkpoint; None when it has not, or another one leads.

        It waits for its turn: sealing takes the lock five times a second, and what only tried might not get it for
        long.

        Raises:
            Conflict: `log_inconsistent`, when the tree does not extend what this database itself says was signed, and
                `guard_changed`, when somebody else signs; nothing is signed.
        """
        await store.lead(session)
        state = await self._lead(session, now)
        if state is None:
            return None
        self._hold(session, state)
        # An empty tree is not signed: nothing is provably its continuation.
        if state.size == 0 or await _is_signed(session, state):
            return None
        last = await self._signing.guard.last()
        why = await _why_not(session, state, last)
        if why is not None:
            state = await self._follow(session, state, why, last, now)
            self._hold(session, state)
        return await self._sign(session, state, last, now)

    async def _lead(self, session: WriteSession, now: datetime) -> State | None:
        """Return the state if we lead, or from now on do.

        Raises:
            Conflict: `sequencer_deposed`, once, when what we find is not what we left; `log_inconsistent`.
        """
        state = await store.find_state(session)
        if state is not None and state == self._held:
            return state
        if self._held is not None:
            self._held = None
            raise Conflict("sequencer_deposed")
        if state is None:
            state = await store.open_shard(session, origin=shards.first_of(self._realm, now), now=now)
        elif await self._lies_still(session):
            state = await store.raise_epoch(session, state)
        else:
            return None
        last, ask = await self._signing.guard.last(), self._signing.witnessed
        seen = await ask(state.origin) if ask else None
        why = await _why_not(session, state, last)
        if why is None and seen is not None and not await _extends(session, state, seen):
            why = Reason.WITNESS_AHEAD
        return state if why is None else await self._follow(session, state, why, last, now)

    async def _lies_still(self, session: WriteSession) -> bool:
        """Say whether there is work that nobody has touched for as long as we have patience."""
        undone, seen = await log_health.find_undone(session), self._undone
        if undone != seen[0]:
            self._undone = seen = (undone, self._elapsed())
        return undone != (None, None) and self._elapsed() - seen[1] >= self._patience

    def _hold(self, session: WriteSession, state: State) -> None:
        def hold() -> None:
            self._held = state

        on_commit(session, hold)

    async def _turn(self, session: WriteSession, state: State, now: datetime) -> State:
        """Sign the last checkpoint of a half-year, and open the next one's shard."""
        last = await self._signing.guard.last()
        why = await _why_not(session, state, last)
        if why is None and state.size and not await _is_signed(session, state):
            await self._sign(session, state, last, now)
        return await self._follow(session, state, why or Reason.HALF_YEAR, last, now)

    async def _follow(
        self, session: WriteSession, state: State, reason: Reason, last: str | None, now: datetime
    ) -> State:
        """Open a new shard, whose first entry says why and names the last checkpoint that was signed before."""
        signed = await store.find_checkpoint(session, shard_id=state.shard_id)
        own = signed.note if signed else None
        previous = own or last if reason is Reason.HALF_YEAR else last or own
        known = [*await store.list_origins(session), *([_read(previous).origin] if previous else [])]
        origin = shards.next_after(self._realm, now, known)
        opened = await store.open_shard(
            session, origin=origin, now=now, epoch=state.epoch, reason=reason, previous=previous
        )
        content = {"log": origin, "previous": previous, "reason": reason.value}
        event = AuditEvent(LeafType.ADMIN, "log.open_shard", "opened", content=content)
        entry = await audit.record(session, event, act=Act(now, "worker", operator="worker"), trail=self._trail)
        on_commit(session, lambda: self._opened(origin, reason))
        return await _grow(session, opened, await store.take_one(session, entry_id=entry.id))

    async def _sign(self, session: WriteSession, state: State, last: str | None, now: datetime) -> Checkpoint:
        checkpoint = Checkpoint(state.origin, state.size, _root(state))
        note = sign_checkpoint(checkpoint, [self._signing.key_for(state.origin)])
        # From here on the signature exists, whatever becomes of this transaction.
        await self._signing.guard.swap(last, note)
        signed = Signed(checkpoint.size, checkpoint.root, int(now.timestamp() * 1000), note)
        await store.keep_checkpoint(session, shard_id=state.shard_id, signed=signed)
        return checkpoint


async def _is_signed(session: WriteSession, state: State) -> bool:
    signed = await store.find_checkpoint(session, shard_id=state.shard_id)
    return signed is not None and (signed.size, signed.root) == (state.size, _root(state))


async def _why_not(session: WriteSession, state: State, last: str | None) -> Reason | None:
    """Say why a shard must not be signed any more, given the last signed note; None when it may be.

    Raises:
        Conflict: `log_inconsistent`, when it does not even extend what this database itself says was signed: no backup
            is like that, so nothing is done until somebody has looked.
    """
    signed = await store.find_checkpoint(session, shard_id=state.shard_id)
    if not await _extends(session, state, Checkpoint(state.origin, signed.size, signed.root) if signed else None):
        raise Conflict("log_inconsistent")
    if last is None:
        # A shard that was never signed cannot be forked.
        return Reason.GUARD_MISSING if signed else None
    # The usual case; or the shard was opened because of this very note.
    if last in {signed.note if signed else None, state.previous}:
        return None
    guarded = await store.find_state(session, origin=_read(last).origin)
    return None if guarded and await _extends(session, guarded, _read(last)) else Reason.RESTORED


async def _grow(session: WriteSession, state: State, rows: Sequence[Any]) -> State:
    """Append entries (id, leaf) to a tree, and count what that is of each writer."""
    if not rows:
        return state
    hashes = [hash_leaf(row.leaf) for row in rows]
    refs = merkle.tiles_for_append(state.size, len(hashes))
    tiles = await store.read_tiles(session, shard_id=state.shard_id, refs=refs)
    grown = merkle.append(merkle.decode_frontier(state.size, state.frontier), hashes, tiles.__getitem__)
    frontier = grown.frontier.encode()
    ids = [row.id for row in rows]
    await store.advance(session, state, entry_ids=ids, hashes=hashes, frontier=frontier, tiles=grown.tiles)
    await writer_numbers.add_progress(session, _progress(row.leaf for row in rows))
    return State(state.shard_id, state.origin, state.size + len(rows), frontier, state.epoch, state.previous)


def _progress(leaves: Iterable[bytes]) -> dict[int, Progress]:
    found: dict[int, Progress] = {}
    for leaf in map(decode_leaf, leaves):
        so_far = found.get(leaf.writer_id, Progress(0, 0, ended=False))
        ended = so_far.ended or bool(leaf.flags & LAST_OF_WRITER)
        found[leaf.writer_id] = Progress(so_far.sealed + 1, max(so_far.top, leaf.writer_seq), ended)
    return found


async def _extends(session: WriteSession, state: State, last: Checkpoint | None) -> bool:
    """Prove to ourselves what a witness would ask: stored hashes, frontier and a root signed earlier must agree."""
    size = state.size
    try:
        # Refuses also a tree smaller than what was signed.
        refs = tile_proofs.tiles_for_consistency(last.size, size) if last else tile_proofs.tiles_for_frontier(size)
        tiles = await store.read_tiles(session, shard_id=state.shard_id, refs=refs)
        if last is None:
            return tile_proofs.frontier_at(state.size, tiles.__getitem__).root == _root(state)
        proof = tile_proofs.consistency_proof(last.size, state.size, tiles.__getitem__)
        verify_consistency(last.size, state.size, proof, last.root, _root(state))
    except FormatError:
        return False
    return True


def _root(state: State) -> bytes:
    return merkle.decode_frontier(state.size, state.frontier).root


def _read(note: str) -> Checkpoint:
    return parse_checkpoint_text(parse_note(note).text)
