"""Write a log of made-up entries as a directory, in the layout that the registry serves (docs/audit-log.md)."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from registry.crypto.checkpoint import SigningKey, sign_checkpoint
from registry_formats.bundles import bundle_path, encode_bundle
from registry_formats.leaf import LAYOUT, LEAF_VERSION, LeafType
from registry_formats.merkle import hash_leaf, root_from_leaves
from registry_formats.notes import Checkpoint
from registry_formats.tiles import TILE_WIDTH, TileRef, perfect_root, tile_path

BEGAN_MS = 1_795_000_000_000
STEP_MS = 100
KEY = SigningKey("registry.example/audit/2026h2.1", b"\x17" * 32)


def leaf(number: int, *, kind: LeafType = LeafType.QUERY, writer: int = 1, seq: int = 0, salt: bytes = b"") -> bytes:
    """Make one leaf; its commitments commit to nothing."""
    t_ms = BEGAN_MS + number * STEP_MS
    entry_id = (t_ms << 80 | 7 << 76 | 2 << 62 | number).to_bytes(16)
    commitments = [sha256(b"%d %d" % (number, group) + salt).digest() for group in range(4)]
    return LAYOUT.pack(LEAF_VERSION, kind, 0, entry_id, t_ms, writer, seq or number + 1, *commitments)


def leaves(count: int) -> list[bytes]:
    """Make the leaves of one writer."""
    return [leaf(number) for number in range(count)]


def write_log(directory: Path, entries: Sequence[bytes], key: SigningKey = KEY) -> Checkpoint:
    """Write bundles, tiles and a signed checkpoint."""
    for index, chunk in enumerate(_chunks(entries)):
        write(directory / bundle_path(index, len(chunk)), encode_bundle(chunk))
    row = hashes = [hash_leaf(entry) for entry in entries]
    level = 0
    while row:
        tiles = [b"".join(chunk) for chunk in _chunks(row)]
        for index, tile in enumerate(tiles):
            write(directory / tile_path(TileRef(level, index, len(tile) // 32)), tile)
        row = [perfect_root(tile) for tile in tiles if len(tile) == 32 * TILE_WIDTH]
        level += 1
    checkpoint = Checkpoint(key.name, len(entries), root_from_leaves(hashes))
    write(directory / "checkpoint", sign_checkpoint(checkpoint, [key]).encode())
    return checkpoint


def write(path: Path, data: bytes) -> None:
    """Write a file and the directories above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def write_bundles(directory: Path, entries: Iterable[bytes]) -> None:
    """Write bundles alone, as somebody would who puts other entries into a log."""
    for index, chunk in enumerate(_chunks(list(entries))):
        write(directory / bundle_path(index, len(chunk)), encode_bundle(chunk))


def _chunks(row: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(row), TILE_WIDTH):
        yield row[start : start + TILE_WIDTH]
