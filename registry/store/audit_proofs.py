"""What proofs of many entries are made from, in as many statements as for one."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import ARRAY, BigInteger, SmallInteger, bindparam, text

from registry.store.database import ReadSession
from registry_formats.tiles import TILE_WIDTH, TileRef

Place: TypeAlias = tuple[int, TileRef]

_ARRAYS = (
    bindparam("shard_id", type_=ARRAY(SmallInteger)),
    bindparam("level", type_=ARRAY(SmallInteger)),
    bindparam("idx", type_=ARRAY(BigInteger)),
)
_FULL = text("""
    SELECT shard_id, level, idx, hashes FROM audit.tile
    JOIN unnest(:shard_id, :level, :idx) AS wanted (shard_id, level, idx) USING (shard_id, level, idx)
""").bindparams(*_ARRAYS)
# A partial tile is read from the leaves, or from the roots of the full tiles below it.
_PARTIAL = text("""
    SELECT wanted.shard_id, wanted.level, wanted.idx, wanted.width,
        string_agg(below.hash, ''::bytea ORDER BY below.idx) AS hashes
    FROM unnest(:shard_id, :level, :idx, :width) AS wanted (shard_id, level, idx, width)
    CROSS JOIN LATERAL (
        SELECT leaf.idx, leaf.hash FROM audit.leaf WHERE wanted.level = 0 AND leaf.shard_id = wanted.shard_id
            AND leaf.idx >= wanted.idx * 256 AND leaf.idx < wanted.idx * 256 + wanted.width
        UNION ALL
        SELECT tile.idx, tile.root FROM audit.tile WHERE wanted.level > 0 AND tile.shard_id = wanted.shard_id
            AND tile.level = wanted.level - 1
            AND tile.idx >= wanted.idx * 256 AND tile.idx < wanted.idx * 256 + wanted.width
    ) AS below
    GROUP BY wanted.shard_id, wanted.level, wanted.idx, wanted.width
""").bindparams(*_ARRAYS, bindparam("width", type_=ARRAY(BigInteger)))


async def read_tiles(session: ReadSession, wanted: Iterable[Place]) -> dict[Place, bytes]:
    """Read tiles of several trees, each named by its shard and its place there."""
    partial, full = list[Place](), list[Place]()
    for place in wanted:
        (full if place[1].width == TILE_WIDTH else partial).append(place)
    found: dict[Place, bytes] = {}
    for row in await session.execute(_FULL, _places(full)):
        found[row.shard_id, TileRef(row.level, row.idx, TILE_WIDTH)] = row.hashes
    widths = {"width": [ref.width for _, ref in partial]}
    for row in await session.execute(_PARTIAL, _places(partial) | widths):
        found[row.shard_id, TileRef(row.level, row.idx, row.width)] = row.hashes
    return found


def _places(wanted: Sequence[Place]) -> dict[str, Any]:
    return {
        "shard_id": [shard_id for shard_id, _ in wanted],
        "level": [ref.level for _, ref in wanted],
        "idx": [ref.index for _, ref in wanted],
    }
