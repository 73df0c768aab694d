"""Prove many entries at the cost of one: each with a `tlog-proof@v1` file that convinces a stranger."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from registry.store import audit_proofs as store
from registry.store import cosignatures, log
from registry.store.audit_openings import SealedEntry
from registry.store.database import ReadSession
from registry.store.log import Signed
from registry_formats.errors import FormatError
from registry_formats.proofs import TlogProof, encode_proof
from registry_formats.tile_proofs import inclusion_proof, tiles_for_inclusion


async def prove(session: ReadSession, entries: Iterable[SealedEntry]) -> Mapping[UUID, str]:
    """Return the proof of each entry that a checkpoint covers, a cosigned one if possible; the others have none.

    An entry that is covered and has none is an alarm: hashes of the tree are gone.
    """
    covered = await _covered(session, entries)
    wanted = {
        (shard_id, ref) for shard_id, idx, signed in covered.values() for ref in tiles_for_inclusion(idx, signed.size)
    }
    tiles = await store.read_tiles(session, wanted) if wanted else {}
    proofs = ((id_, _proof(*place, tiles)) for id_, place in covered.items())
    return {id_: proof for id_, proof in proofs if proof is not None}


async def covering(session: ReadSession, entries: Iterable[SealedEntry]) -> Mapping[UUID, Signed]:
    """Return the checkpoint that covers each entry, a cosigned one if possible; the others are covered by none yet."""
    return {id_: signed for id_, (_, _, signed) in (await _covered(session, entries)).items()}


async def _covered(session: ReadSession, entries: Iterable[SealedEntry]) -> dict[UUID, tuple[int, int, Signed]]:
    """Return shard, index and checkpoint of each entry that one covers."""
    placed = {one.id: (one.shard_id, one.idx) for one in entries if one.shard_id is not None and one.idx is not None}
    shard_ids = {shard_id for shard_id, _ in placed.values()}
    trees = {shard_id: await _checkpoints(session, shard_id) for shard_id in shard_ids}
    return {
        id_: (shard_id, idx, signed)
        for id_, (shard_id, idx) in placed.items()
        for signed in [next((one for one in trees[shard_id] if idx < one.size), None)]
        if signed is not None
    }


def _proof(shard_id: int, idx: int, signed: Signed, tiles: Mapping[store.Place, bytes]) -> str | None:
    try:
        hashes = inclusion_proof(idx, signed.size, lambda ref: tiles.get((shard_id, ref), b""))
    except FormatError:
        return None
    return encode_proof(TlogProof(idx, hashes, signed.note))


async def _checkpoints(session: ReadSession, shard_id: int) -> list[Signed]:
    """Read the newest cosigned checkpoint of a tree, then the newest of all."""
    cosigned = await cosignatures.find_cosigned(session, shard_id=shard_id)
    newest = await log.find_checkpoint(session, shard_id=shard_id)
    return [one for one in (cosigned, newest) if one is not None]
