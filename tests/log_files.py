"""Write a log of made-up entries as a directory, in the layout that the registry serves (docs/audit-log.md)."""

from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from itertools import islice
from pathlib import Path

from registry.crypto.checkpoint import SigningKey, sign_checkpoint
from registry_formats.bundles import bundle_path, encode_bundle
from registry_formats.leaf import LAYOUT, LEAF_VERSION, LeafType
from registry_formats.merkle import EMPTY_ROOT, HASH_BYTES, hash_leaf, root_from_leaves
from registry_formats.notes import Checkpoint
from registry_formats.tiles import TILE_WIDTH, TileRef, perfect_root, tile_path

BEGAN_MS = 1_795_000_000_000
STEP_MS = 100
_TILE_BYTES = TILE_WIDTH * HASH_BYTES
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


@cache
def many_leaves() -> list[bytes]:
    """Make 70,000, once: more than 256 times 256, so three levels of tiles, each with a partial one at its end."""
    return leaves(70_000)


def write_log(directory: Path, entries: Iterable[bytes], key: SigningKey = KEY) -> Checkpoint:
    """Write bundles, tiles and a signed checkpoint; a million entries as they come, without holding them."""
    row = bytearray()
    for index, chunk in enumerate(_chunks(entries)):
        write(directory / bundle_path(index, len(chunk)), encode_bundle(chunk))
        row += b"".join(map(hash_leaf, chunk))
    size, level, tail = len(row) // HASH_BYTES, 0, list[bytes]()
    while row:
        tiles = [bytes(row[at : at + _TILE_BYTES]) for at in range(0, len(row), _TILE_BYTES)]
        for index, tile in enumerate(tiles):
            write(directory / tile_path(TileRef(level, index, len(tile) // HASH_BYTES)), tile)
        rest = tiles.pop() if len(row) % _TILE_BYTES else b""
        edge = [rest[at : at + HASH_BYTES] for at in range(0, len(rest), HASH_BYTES)] + tail
        tail = [root_from_leaves(edge)] if edge else []
        row = bytearray(b"".join(map(perfect_root, tiles)))
        level += 1
    checkpoint = Checkpoint(key.name, size, tail[0] if tail else EMPTY_ROOT)
    write(directory / "checkpoint", sign_checkpoint(checkpoint, [key]).encode())
    return checkpoint


def write(path: Path, data: bytes) -> None:
    """Write a file and the directories above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def write_bundles(directory: Path, entries: Iterable[bytes]) -> None:
    """Write bundles alone, as somebody would who puts other entries into a log."""
    for index, chunk in enumerate(_chunks(entries)):
        write(directory / bundle_path(index, len(chunk)), encode_bundle(chunk))


def _chunks(entries: Iterable[bytes]) -> Iterator[list[bytes]]:
    remaining = iter(entries)
    while chunk := list(islice(remaining, TILE_WIDTH)):
        yield chunk
