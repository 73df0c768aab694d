"""What the log shows its witnesses, and what it keeps of their answers; `registry/witnesses.py` speaks to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from registry.store import cosignatures, log
from registry.store.cosignatures import Shard
from registry.store.database import ReadSession, WriteSession
from registry_formats import tile_proofs
from registry_formats.cosignatures import Cosigned
from registry_formats.notes import Checkpoint

_ENDED = "half_year"  # why a shard is followed by another one in the usual case


@dataclass(frozen=True, slots=True)
class Head:
    """The newest signed checkpoint of a shard: what it says, and its signed note."""

    shard_id: int
    checkpoint: Checkpoint
    note: str


async def heads(session: ReadSession) -> list[Head]:
    """List the checkpoints to be cosigned: the newest shard's always, an older one's until its last one is."""
    found = []
    shards = await _followed(session)
    for shard in shards:
        signed = await log.find_checkpoint(session, shard_id=shard.id)
        if signed and (shard == shards[-1] or signed.size > await _cosigned_size(session, shard)):
            found.append(Head(shard.id, Checkpoint(shard.origin, signed.size, signed.root), signed.note))
    return found


async def prove(session: ReadSession, head: Head, *, old: int) -> tuple[bytes, ...]:
    """Prove that the tree of size `old` is the beginning of a head's; nothing needs a proof from 0 or from itself."""
    if old in {0, head.checkpoint.size}:
        return ()
    refs = tile_proofs.tiles_for_consistency(old, head.checkpoint.size)
    tiles = await log.read_tiles(session, shard_id=head.shard_id, refs=refs)
    return tile_proofs.consistency_proof(old, head.checkpoint.size, tiles.__getitem__)


async def keep(session: WriteSession, head: Head, cosigned: Iterable[Cosigned]) -> None:
    """Keep the cosignatures of a head that meets the quorum; from then on everybody is shown it with them."""
    await cosignatures.keep(session, shard_id=head.shard_id, size=head.checkpoint.size, cosignatures=cosigned)


async def waiting(session: ReadSession, *, now: datetime) -> timedelta:
    """Return for how long the oldest checkpoint that is not covered by a cosigned one has waited."""
    longest = timedelta(0)
    for shard in await _followed(session):
        size = await _cosigned_size(session, shard)
        since = await cosignatures.oldest_uncosigned(session, shard_id=shard.id, size=size)
        if since is not None:
            longest = max(longest, timedelta(milliseconds=int(now.timestamp() * 1000) - since))
    return longest


async def _followed(session: ReadSession) -> list[Shard]:
    """List the shards that witnesses can follow to their ends: not one that was left because a backup was restored."""
    shards = await cosignatures.list_shards(session)
    reasons = [*(shard.reason for shard in shards[1:]), _ENDED]
    return [shard for shard, why_left in zip(shards, reasons, strict=True) if why_left == _ENDED] if shards else []


async def _cosigned_size(session: ReadSession, shard: Shard) -> int:
    cosigned = await cosignatures.find_cosigned(session, shard_id=shard.id)
    return cosigned.size if cosigned else 0
