"""A copy of a log, read file by file as its checkpoint says it must be (C2SP tlog-tiles)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from registry_client.verifier.findings import Fault, Finding
from registry_client.verifier.keys import Keys
from registry_client.verifier.sources import Source, SourceUnreadable
from registry_formats.bundles import ENTRY_BYTES, bundle_path
from registry_formats.errors import FormatError
from registry_formats.merkle import HASH_BYTES
from registry_formats.notes import MAX_NOTE_CHARACTERS, Checkpoint, parse_note, verify_checkpoint
from registry_formats.tiles import TILE_HEIGHT, TILE_WIDTH, TileRef, tile_path

CHECKPOINT = "checkpoint"
_WIDTH = re.compile("[1-9][0-9]{0,2}", re.ASCII)


class Unusable(Exception):
    """Say that a file is not there, not whole, or not what was signed."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.finding)
        self.fault = fault


@dataclass(slots=True)
class LogCopy:
    """Files of a log, its checkpoint, and the last tile of each level."""

    source: Source
    note: str
    checkpoint: Checkpoint
    _last: dict[int, tuple[TileRef, bytes]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The number of entries that were signed."""
        return self.checkpoint.size

    def width(self, level: int, index: int) -> int:
        """Tell how many hashes the tile of this level and index has in the signed tree; 0: there is none."""
        return max(0, min(TILE_WIDTH, (self.size >> TILE_HEIGHT * level) - index * TILE_WIDTH))

    def tile(self, level: int, index: int) -> bytes:
        """Return a tile's hashes, as many as the signed tree has there; `Unusable`."""
        return self.read_tile(TileRef(level, index, self.width(level, index)))

    def read_tile(self, ref: TileRef) -> bytes:
        """Return the first `ref.width` hashes of a tile; what proofs from tiles ask for. `Unusable`."""
        last = self._last.get(ref.level)
        if last is not None and last[0] == ref:
            return last[1]
        data, _ = self._find(lambda width: tile_path(TileRef(ref.level, ref.index, width)), ref.width, HASH_BYTES)
        if len(data) != ref.width * HASH_BYTES:
            finding = Finding.FILE_CUT if len(data) < ref.width * HASH_BYTES else Finding.FILE_LENGTH
            first = (ref.index * TILE_WIDTH + min(ref.width, len(data) // HASH_BYTES)) << TILE_HEIGHT * ref.level
            raise Unusable(Fault(finding, first, place=tile_path(ref)))
        self._last[ref.level] = ref, data
        return data

    def bundle(self, index: int) -> tuple[bytes, int]:
        """Return the bytes of a bundle, long or short as they may be, and how many entries its name promises.

        Raises:
            Unusable: there is no such bundle.
        """
        return self._find(lambda width: bundle_path(index, width), self.width(0, index), ENTRY_BYTES)

    def _find(self, path: Callable[[int], str], width: int, unit: int) -> tuple[bytes, int]:
        # Room for as many again: an entry put in is to be found, and not to be taken for the end of the file.
        most = 2 * TILE_WIDTH * unit
        if (data := self._fetch(path(width), most)) is not None:
            return data, width
        # When a partial file is gone, the full one has taken its place.
        if width < TILE_WIDTH and (data := self._fetch(path(TILE_WIDTH), most)) is not None:
            return data[: width * unit], width
        # A copy may lag behind its checkpoint: take what there is.
        partial = (int(name) for name in self.source.listed(path(TILE_WIDTH) + ".p") if _WIDTH.fullmatch(name))
        narrower = max((one for one in partial if one < width), default=0)
        if narrower and (data := self._fetch(path(narrower), most)) is not None:
            return data, narrower
        raise Unusable(Fault(Finding.FILE_MISSING, place=path(width)))

    def _fetch(self, place: str, most: int) -> bytes | None:
        try:
            return self.source.read(place, most)
        except SourceUnreadable as error:
            raise Unusable(Fault(Finding.UNREACHABLE, place=place, detail=error.code)) from error


def open_log(source: Source, keys: Keys) -> LogCopy:
    """Read and verify the checkpoint of a copy.

    Raises:
        Unusable: it is missing, cut, or not what the log's key signed.
    """
    try:
        data = source.read(CHECKPOINT, MAX_NOTE_CHARACTERS)
    except SourceUnreadable as error:
        raise Unusable(Fault(Finding.UNREACHABLE, place=source.name, detail=error.code)) from error
    if data is None:
        raise Unusable(Fault(Finding.FILE_MISSING, place=f"{source.name}/{CHECKPOINT}"))
    note = read_note(data, place=f"{source.name}/{CHECKPOINT}")
    return LogCopy(source, note, signed(note, keys, place=f"{source.name}/{CHECKPOINT}"))


def read_note(data: bytes, *, place: str) -> str:
    """Decode a note; `Unusable` when it ends before its signatures do."""
    if not data.endswith(b"\n") or b"\n\n" not in data:
        raise Unusable(Fault(Finding.FILE_CUT, place=place))
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Unusable(Fault(Finding.CHECKPOINT_REFUSED, place=place, detail="note_malformed")) from None


def signed(note: str, keys: Keys, *, place: str) -> Checkpoint:
    """Verify a checkpoint with the keys of the log it names; `Unusable`."""
    try:
        origin = parse_note(note).text.partition("\n")[0]
        return verify_checkpoint(note, origin, keys.of_log(origin))
    except FormatError as error:
        raise Unusable(Fault(Finding.CHECKPOINT_REFUSED, place=place, detail=error.code)) from error
