"""What an append completes: full tiles with their roots. How tiles are named and read is `registry_formats.tiles`."""

from dataclasses import dataclass

from registry_formats.tiles import TILE_WIDTH, TileRef, parse_tile_path, perfect_root, tile_path

__all__ = ["TILE_WIDTH", "Tile", "TileRef", "parse_tile_path", "perfect_root", "tile_path"]


@dataclass(frozen=True, slots=True)
class Tile:
    """Hold a full tile: 8192 bytes of hashes, and their root, which is one hash of the level above."""

    level: int
    index: int
    hashes: bytes
    root: bytes
