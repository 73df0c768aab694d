"""Entry bundles of a log of leaves (C2SP tlog-tiles): 256 entries side by side, each after its length in two bytes.

A bundle has the index and width of the tile of level 0 that holds the hashes of the same leaves.
"""

from collections.abc import Iterable

from registry_formats.errors import FormatError
from registry_formats.leaf import LEAF_BYTES
from registry_formats.tiles import TileRef, parse_tile_path, tile_path

ENTRY_BYTES = 2 + LEAF_BYTES
_LENGTH = LEAF_BYTES.to_bytes(2)
_LEVEL = "tile/0/"
_BUNDLES = "tile/entries/"


def bundle_path(index: int, width: int) -> str:
    """Write the path of a bundle below the log's prefix, such as `tile/entries/x001/234.p/112`."""
    return _BUNDLES + tile_path(TileRef(0, index, width)).removeprefix(_LEVEL)


def parse_bundle_path(path: str) -> tuple[int, int]:
    """Read index and width out of a bundle's path; `tile_path_malformed` for all but its one spelling."""
    if not path.startswith(_BUNDLES):
        raise FormatError("tile_path_malformed")
    ref = parse_tile_path(_LEVEL + path.removeprefix(_BUNDLES))
    return ref.index, ref.width


def encode_bundle(leaves: Iterable[bytes]) -> bytes:
    """Write leaves of 168 bytes one after another; `leaf_malformed` for another length."""
    entries = []
    for leaf in leaves:
        if len(leaf) != LEAF_BYTES:
            raise FormatError("leaf_malformed")
        entries.append(_LENGTH + leaf)
    return b"".join(entries)


def decode_bundle(data: bytes) -> list[bytes]:
    """Read the leaves of a whole bundle.

    Raises:
        FormatError: `bundle_length`, not a whole number of entries; `bundle_malformed`, an entry that is no leaf.
    """
    if len(data) % ENTRY_BYTES:
        raise FormatError("bundle_length")
    # Two slices look at all lengths at once: the loop over a million entries must not.
    count = len(data) // ENTRY_BYTES
    if data[::ENTRY_BYTES] != _LENGTH[:1] * count or data[1::ENTRY_BYTES] != _LENGTH[1:] * count:
        raise FormatError("bundle_malformed")
    return [data[start + 2 : start + ENTRY_BYTES] for start in range(0, len(data), ENTRY_BYTES)]
