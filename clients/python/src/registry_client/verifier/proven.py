"""Hashes of single entries, proved by the tiles on their way to the signed root, where a copy has not all of them."""

from registry_client.verifier.copies import CHECKPOINT, LogCopy, Unusable
from registry_client.verifier.findings import Fault, Faults, Finding
from registry_client.verifier.rows import root, split
from registry_formats.merkle import HASH_BYTES
from registry_formats.tiles import TILE_HEIGHT, TILE_WIDTH, TileRef, perfect_root, tile_path


class ProvenTiles:
    """Tiles that lead to the root of the checkpoint; each that does not is named once.

    Args:
        log: the copy, with its verified checkpoint.
        faults: to add to.
    """

    def __init__(self, log: LogCopy, faults: Faults) -> None:
        self._log = log
        self._faults = faults
        self._last: dict[int, tuple[int, bytes | None]] = {}
        self._edge = self._prove_edge()

    def hash_of(self, index: int) -> bytes | None:
        """Return the hash of the entry at an index; None where it cannot be proved."""
        tile, at = divmod(index, TILE_WIDTH)
        return _cut(self._tile(0, tile), at)

    def _prove_edge(self) -> dict[int, bytes]:
        """Read the tiles on the right edge, by level, which only the root is above."""
        size, edge = self._log.size, {}
        levels = range(-(-size.bit_length() // TILE_HEIGHT))
        for level in levels:
            index = size >> TILE_HEIGHT * (level + 1)
            if self._log.width(level, index):
                data = self._read(level, index)
                if data is None:
                    return {}
                edge[level] = data
        if root([split(edge.get(level, b""), 0) for level in levels]) != self._log.checkpoint.root:
            self._faults.add(Fault(Finding.ROOT_DIFFERS, 0, size - 1, place=f"{self._log.source.name}/{CHECKPOINT}"))
            return {}
        return edge

    def _tile(self, level: int, index: int) -> bytes | None:
        if self._log.width(level, index) < TILE_WIDTH:
            return self._edge.get(level)
        known = self._last.get(level)
        if known is None or known[0] != index:
            known = self._last[level] = index, self._prove(level, index)
        return known[1]

    def _prove(self, level: int, index: int) -> bytes | None:
        above, at = divmod(index, TILE_WIDTH)
        expected, data = _cut(self._tile(level + 1, above), at), self._read(level, index)
        if expected is None or data is None:
            return None
        if perfect_root(data) != expected:
            place = tile_path(TileRef(level, index, TILE_WIDTH))
            self._faults.add(Fault(Finding.TILE_CHANGED, *self._covered(level, index), place=place))
            return None
        return data

    def _read(self, level: int, index: int) -> bytes | None:
        try:
            return self._log.tile(level, index)
        except Unusable as error:
            self._faults.add(error.fault.within(*self._covered(level, index)))
            return None

    def _covered(self, level: int, index: int) -> tuple[int, int]:
        width, first = self._log.width(level, index), index * TILE_WIDTH
        return first << TILE_HEIGHT * level, (first + width << TILE_HEIGHT * level) - 1


def _cut(tile: bytes | None, at: int) -> bytes | None:
    return tile[at * HASH_BYTES : (at + 1) * HASH_BYTES] if tile is not None else None
