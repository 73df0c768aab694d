"""Show the log to those who do not believe us: checkpoints, proofs, tiles, bundles (C2SP tlog-tiles, tlog-proof)."""

from dataclasses import dataclass
from uuid import UUID

from registry.domain.events import Act, AuditEvent
from registry.errors import Malformed, NotFound
from registry.services import audit
from registry.services.trail import Trail
from registry.store import cosignatures, go_live, log
from registry.store.cosignatures import Shard
from registry.store.database import ReadSession, WriteSession
from registry.store.log import Signed
from registry_formats import bundles, tile_proofs, tiles
from registry_formats.errors import FormatError
from registry_formats.leaf import LeafType
from registry_formats.proofs import TlogProof, encode_proof
from registry_formats.tiles import TILE_HEIGHT, TILE_WIDTH, TileRef


@dataclass(frozen=True, slots=True)
class Shown:
    """A shard, and how far it is shown."""

    shard: Shard
    size: int


async def checkpoint(session: ReadSession, *, shard: str | None = None, witnessed: bool = False) -> str:
    """Return the checkpoint that everybody is shown.

    Args:
        session: reads the log.
        shard: the newest one that has any for None.
        witnessed: the log has witnesses, so that only what their quorum cosigned is shown, or else the newest one. What
            is shown never gets smaller: whoever watches would take that for a rollback.

    Raises:
        NotFound: `checkpoint_missing`, before the first one.
    """
    return (await _published(session, shard, witnessed=witnessed))[1].note


async def shards(session: ReadSession, *, witnessed: bool = False) -> list[Shown]:
    """List all shards, oldest first, with the size they are shown at."""
    return [
        Shown(shard, published.size if published else 0)
        for shard in await cosignatures.list_shards(session)
        for published in [await _find(session, shard, witnessed=witnessed)]
    ]


async def prove_inclusion(session: ReadSession, *, entry_id: UUID) -> str:
    """Return a `tlog-proof@v1` file that this entry is in the log.

    Its checkpoint is cosigned once the witnesses have seen the entry; until then it is the newest one.

    Raises:
        NotFound: `entry_not_sealed`, until a checkpoint covers it.
    """
    place = await log.get_place(session, entry_id=entry_id)
    signed = await cosignatures.find_cosigned(session, shard_id=place.shard_id)
    if signed is None or signed.size <= place.idx:
        signed = await log.find_checkpoint(session, shard_id=place.shard_id)
    if signed is None or signed.size <= place.idx:
        raise NotFound("entry_not_sealed")
    refs = tile_proofs.tiles_for_inclusion(place.idx, signed.size)
    found = await log.read_tiles(session, shard_id=place.shard_id, refs=refs)
    hashes = tile_proofs.inclusion_proof(place.idx, signed.size, found.__getitem__)
    return encode_proof(TlogProof(place.idx, hashes, signed.note))


async def prove_to_member(session: WriteSession, *, entry_id: UUID, member_id: UUID, act: Act, trail: Trail) -> str:
    """Do the same for a member. Of all the proofs that it ever fetches, the first leaves a trace: it goes live."""
    proof = await prove_inclusion(session, entry_id=entry_id)
    if not await go_live.has_proof(session, member_id=member_id):
        event = AuditEvent(LeafType.ADMIN, go_live.PROOF, "answered", content={"entry": str(entry_id)})
        await audit.record(session, event, act=act, trail=trail)
    return proof


async def prove_consistency(
    session: ReadSession, *, old: int, new: int | None = None, shard: str | None = None, witnessed: bool = False
) -> tuple[list[bytes], str]:
    """Return the proof that the tree of size `old` is the beginning of a signed one, and that one's checkpoint.

    Raises:
        Malformed: `size_invalid`, when `old` is 0 or beyond the checkpoint.
        NotFound: `checkpoint_missing`, when no checkpoint of size `new` was signed.
    """
    found, newest = await _published(session, shard, witnessed=witnessed)
    signed = newest if new is None else await log.find_checkpoint(session, shard_id=found.id, size=new)
    if signed is None:
        raise NotFound("checkpoint_missing")
    if not 0 < old <= signed.size:
        raise Malformed("size_invalid")
    refs = tile_proofs.tiles_for_consistency(old, signed.size)
    read = await log.read_tiles(session, shard_id=found.id, refs=refs)
    return list(tile_proofs.consistency_proof(old, signed.size, read.__getitem__)), signed.note


async def tile(session: ReadSession, *, shard: str, path: str) -> bytes:
    """Return a tile, full or partial, by its path below the shard's prefix.

    Raises:
        NotFound: `tile_missing`, for one that the shown checkpoint does not cover, or a path that names none.
    """
    try:
        ref = tiles.parse_tile_path(path)
    except FormatError:
        raise NotFound("tile_missing") from None
    found = await _covered(session, shard, ref)
    return (await log.read_tiles(session, shard_id=found.id, refs=[ref]))[ref]


async def bundle(session: ReadSession, *, shard: str, path: str) -> bytes:
    """Return the leaves of a tile of level 0, by the bundle's path.

    Raises:
        NotFound: `tile_missing`, likewise, and where a leaf is gone.
    """
    try:
        index, width = bundles.parse_bundle_path(path)
    except FormatError:
        raise NotFound("tile_missing") from None
    found = await _covered(session, shard, TileRef(0, index, width))
    leaves = await cosignatures.read_leaves(session, shard_id=found.id, first=index * TILE_WIDTH, count=width)
    if len(leaves) != width:
        raise NotFound("tile_missing")
    return bundles.encode_bundle(leaves)


async def _published(session: ReadSession, name: str | None, *, witnessed: bool) -> tuple[Shard, Signed]:
    # A shard that was just opened has nothing to show yet; until then the last word of the one before it stands.
    for shard in reversed(await cosignatures.list_shards(session)):
        if name in (None, shard.name) and (signed := await _find(session, shard, witnessed=witnessed)) is not None:
            return shard, signed
    raise NotFound("checkpoint_missing")


async def _find(session: ReadSession, shard: Shard, *, witnessed: bool) -> Signed | None:
    find = cosignatures.find_cosigned if witnessed else log.find_checkpoint
    return await find(session, shard_id=shard.id)


async def _covered(session: ReadSession, name: str, ref: TileRef) -> Shard:
    """Get the shard if a signed checkpoint covers the tile: what is not signed yet may still be taken back."""
    shard = await cosignatures.get_shard(session, name)
    signed = await log.find_checkpoint(session, shard_id=shard.id)
    if signed is None or ref.index * TILE_WIDTH + ref.width > signed.size >> TILE_HEIGHT * ref.level:
        raise NotFound("tile_missing")
    return shard
