"""Which tiles prove entries of a tree, as the entries go by in their order; each tile is named once.

Nothing is kept of what has gone by: a tile that an entry needs is on the way from it to the root, and then the last one
named of its level is that very tile or an earlier one; or it is on the tree's right edge, which is named first.
"""

from registry_formats.tile_proofs import tiles_for_frontier, tiles_for_inclusion
from registry_formats.tiles import TILE_WIDTH, TileRef


class NeededTiles:
    """Names the tiles for entries of one tree of `size` leaves."""

    def __init__(self, size: int) -> None:
        self.edge = tiles_for_frontier(size)
        self._size = size
        self._edge = frozenset(self.edge)
        self._last: dict[int, int] = {}
        self._tile = -1

    def add(self, index: int) -> list[TileRef]:
        """Return the tiles that the entry needs and no earlier one needed; `edge` is needed by all."""
        # What the entries of one tile need is the same.
        if index // TILE_WIDTH == self._tile:
            return []
        self._tile = index // TILE_WIDTH
        needed = [ref for ref in tiles_for_inclusion(index, self._size) if ref not in self._edge]
        new = [ref for ref in needed if self._last.get(ref.level) != ref.index]
        self._last.update({ref.level: ref.index for ref in new})
        return new
