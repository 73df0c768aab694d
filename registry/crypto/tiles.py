"""What an append completes: full tiles with their roots. How tiles are named and read is `registry_formats.tiles`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tile:
    """Hold a full tile: 8192 bytes of hashes, and their root, which is one hash of the level above."""

    level: int
    index: int
    hashes: bytes
    root: bytes
