"""Rebuild a log's tree from its entries, and find the place of whatever does not fit (RFC 6962, C2SP tlog-tiles).

Every hash is there twice: computed from what is below it, and stored in a tile. Where the two differ, the hash above
decides which is the true one, up to the root that was signed. So a fault is named by its own index, and a single pass
over the files is enough.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import product

from registry_client.verifier.alignment import Alignment
from registry_client.verifier.copies import CHECKPOINT, LogCopy, Unusable
from registry_client.verifier.entries import read_bundle
from registry_client.verifier.findings import Fault, Faults, Finding
from registry_client.verifier.rows import Blank, Row, join, root, split
from registry_formats.merkle import HASH_BYTES
from registry_formats.notes import Checkpoint
from registry_formats.tiles import TILE_HEIGHT, TILE_WIDTH, TileRef, perfect_root, tile_path

Tell = Callable[[int, int], None]  # so many entries are done, of so many
ReadHashes = Callable[[int], Row]


class TreeCheck:
    """Checks one log.

    Args:
        log: the copy, with its verified checkpoint.
        faults: to add to.
        read: gives the hashes of the entries in the tile of this index; None: only the stored hashes are checked.
        kept: earlier checkpoints of the same log, verified, each with a name for people.
        place: what to name with a fault of an entry.
    """

    def __init__(
        self,
        log: LogCopy,
        faults: Faults,
        read: ReadHashes | None,
        kept: Sequence[tuple[str, Checkpoint]] = (),
        place: str = "",
    ) -> None:
        self._log = log
        self._faults = faults
        self._read = read
        self._kept = sorted(kept, key=lambda one: one[1].size)
        self._agreed = 0  # the largest of the sizes signed earlier that still follow
        self._rows: list[Row] = [[]]  # by level, what does not fill a tile yet; nothing waits at level 0
        self._alignment = Alignment(faults, place)

    def run(self, tell: Tell) -> None:
        """Read every file once; `tell` hears how far it is."""
        size = self._log.size
        for index in range(size // TILE_WIDTH):
            computed = self._hashes(index)
            true = self._choose(0, index, computed)
            self._settle(index, computed, true)
            self._push(1, index, true)
            tell((index + 1) * TILE_WIDTH, size)
        self._close()
        self._alignment.finish()
        for name, checkpoint in self._kept:
            self._faults.add(Fault(Finding.ROLLED_BACK, size, checkpoint.size - 1, place=name))
        tell(size, size)

    def _hashes(self, index: int) -> Row:
        return self._read(index) if self._read else []

    def _stored(self, level: int, index: int) -> bytes | None:
        try:
            return self._log.tile(level, index)
        except Unusable as error:
            self._faults.add(error.fault.within(*self._covered(level, index, 0, self._log.width(level, index))))
            return None

    def _choose(self, level: int, index: int, computed: Row) -> bytes | None:
        """Return the true hashes of a full tile as far as they can be known, and name those that are not."""
        stored, whole = self._stored(level, index), join(computed, TILE_WIDTH)
        true = stored
        if stored is None or (whole and whole != stored and perfect_root(whole) == self._above(level, index)):
            true = whole
        self._name(level, index, computed, stored, true)
        return true

    def _above(self, level: int, index: int) -> bytes | None:
        """Return the stored hash over a full tile."""
        tile, place = divmod(index, TILE_WIDTH)
        try:
            return self._log.tile(level + 1, tile)[place * HASH_BYTES : (place + 1) * HASH_BYTES]
        except Unusable:
            return None  # it is named when its own turn comes

    def _push(self, level: int, below: int, hashes: bytes | None) -> None:
        """Put the root of a full tile into the row above it, and close that row when it is full."""
        if level == len(self._rows):
            self._rows.append([])
        above = self._above(level - 1, below) if hashes is None else perfect_root(hashes)
        self._rows[level].append(Blank.UNREAD if above is None else above)
        if len(self._rows[level]) == TILE_WIDTH:
            row, self._rows[level] = self._rows[level], []
            index = below // TILE_WIDTH
            self._push(level + 1, index, self._choose(level, index, row))

    def _close(self) -> None:
        """Choose the true hashes of the tiles on the right edge, which only the signed root is above."""
        edge = [self._log.size >> TILE_HEIGHT * (level + 1) for level in range(len(self._rows))]
        widths = [self._log.width(level, index) for level, index in enumerate(edge)]
        computed = [self._hashes(edge[0]) if widths[0] else [], *self._rows[1:]]
        stored = [self._stored(level, edge[level]) if width else b"" for level, width in enumerate(widths)]
        options = [
            [one for one in dict.fromkeys((join(row, width), tile)) if one is not None]
            for row, tile, width in zip(computed, stored, widths, strict=True)
        ]
        true = next((rows for rows in product(*options) if self._follows(rows)), None)
        if true is None and all(options):
            self._faults.add(Fault(Finding.ROOT_DIFFERS, self._agreed, self._log.size - 1, place=CHECKPOINT))
        chosen = stored if true is None else true
        for level, row in enumerate(computed):
            self._name(level, edge[level], row, stored[level], chosen[level])
        self._rows[1:] = [split(one, width) for one, width in zip(chosen[1:], widths[1:], strict=True)]
        self._settle(edge[0], computed[0], chosen[0])

    def _follows(self, rows: Sequence[bytes]) -> bool:
        return root([split(row, 0) for row in rows]) == self._log.checkpoint.root

    def _settle(self, index: int, computed: Row, true: bytes | None) -> None:
        """Compare entries with the true hashes of a tile of level 0, and those with what was signed earlier."""
        hashes = split(true, self._log.width(0, index))
        if self._read:
            self._alignment.feed(computed, hashes)
        first = index * TILE_WIDTH
        while self._kept and self._kept[0][1].size <= first + len(hashes):
            name, checkpoint = self._kept.pop(0)
            then = root([hashes[: checkpoint.size - first], *self._rows[1:]])
            if then == checkpoint.root:
                self._agreed = checkpoint.size
            elif then is not None:
                self._faults.add(Fault(Finding.KEPT_DIFFERS, self._agreed, checkpoint.size - 1, place=name))

    def _name(self, level: int, index: int, computed: Row, stored: bytes | None, true: bytes | None) -> None:
        """Name stored hashes that are not true, and what was computed that is not; of entries, alignment does that."""
        place = tile_path(TileRef(level, index, max(1, self._log.width(level, index))))
        if stored is not None and true is not None and stored != true:
            for at in _differing(split(stored, 0), split(true, 0)):
                self._faults.add(Fault(Finding.TILE_CHANGED, *self._covered(level, index, at, 1), place=place))
        if level and true is not None:
            for at in _differing(computed, split(true, 0)):
                self._faults.add(Fault(Finding.SUBTREE_CHANGED, *self._covered(level, index, at, 1), place=place))

    def _covered(self, level: int, index: int, at: int, count: int) -> tuple[int, int]:
        """Return the first and last entry below some hashes of a tile."""
        start = index * TILE_WIDTH + at
        return start << TILE_HEIGHT * level, (start + count << TILE_HEIGHT * level) - 1


def read_hashes(log: LogCopy, index: int, faults: Faults) -> Row:
    """Hash the entries of a bundle."""
    bundle = read_bundle(log, index, faults)
    hashes: Row = [sha256(b"\x00" + leaf).digest() for leaf in bundle.leaves()]
    return hashes + [Blank.UNREAD] * bundle.unread


def _differing(row: Row, true: Row) -> Iterator[int]:
    for at, (one, other) in enumerate(zip(row, true, strict=False)):
        if one != other and one is not Blank.UNREAD:
            yield at
