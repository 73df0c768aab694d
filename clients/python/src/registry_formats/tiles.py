"""Name, locate and address the tiles of the log (C2SP tlog-tiles): 256 hashes side by side, at every eighth height."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from registry_formats.errors import FormatError
from registry_formats.merkle import HASH_BYTES, MAX_SIZE

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
_PATH = re.compile(r"tile/(0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)
_MAX_LEVEL = 63


@dataclass(frozen=True, slots=True)
class TileRef:
    """Name the first `width` hashes (1 to 256) of tile `index` of `level`; hash i covers 256**level leaves."""

    level: int
    index: int
    width: int


ReadTile: TypeAlias = Callable[[TileRef], bytes]


def tile_path(ref: TileRef) -> str:
    """Write the path of a tile below the log's prefix, such as `tile/1/x001/234.p/112`."""
    digits = f"{ref.index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    suffix = f".p/{ref.width}" if ref.width < TILE_WIDTH else ""
    return f"tile/{ref.level}/{''.join(f'x{group}/' for group in groups[:-1])}{groups[-1]}{suffix}"


def parse_tile_path(path: str) -> TileRef:
    """Read the path of a tile; `tile_path_malformed` for all but its one spelling."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise FormatError("tile_path_malformed")
    level, index, width = match.groups()
    ref = TileRef(int(level), int(re.sub("[x/]", "", index)), int(width or TILE_WIDTH))
    if ref.level > _MAX_LEVEL or ref.index > MAX_SIZE or tile_path(ref) != path:
        raise FormatError("tile_path_malformed")
    return ref


def locate(height: int, index: int, size: int) -> tuple[TileRef, int, int]:
    """Find a perfect subtree's hashes: its tile, and the first and last + 1 of its hashes there."""
    level, inner = divmod(height, TILE_HEIGHT)
    tile, offset = divmod(index << inner, TILE_WIDTH)
    width = min(TILE_WIDTH, (size >> TILE_HEIGHT * level) - tile * TILE_WIDTH)
    return TileRef(level, tile, width), offset, offset + (1 << inner)


def perfect_root(hashes: bytes) -> bytes:
    """Hash 2**n hashes, laid side by side, up to their root."""
    while len(hashes) > HASH_BYTES:
        pairs = range(0, len(hashes), 2 * HASH_BYTES)
        hashes = b"".join([sha256(b"\x01" + hashes[i : i + 2 * HASH_BYTES]).digest() for i in pairs])
    return hashes


def read(read_tile: ReadTile, ref: TileRef) -> bytes:
    """Ask for a tile and refuse, with `tile_length`, what is not exactly its hashes."""
    data = read_tile(ref)
    if len(data) != ref.width * HASH_BYTES:
        raise FormatError("tile_length")
    return data
