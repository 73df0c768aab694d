"""Hashes of one level side by side, some of them unread; and the root over what does not fill a tile yet."""

from collections.abc import Sequence
from enum import IntEnum
from typing import TypeAlias

from registry_formats.merkle import EMPTY_ROOT, HASH_BYTES, root_from_leaves


class Blank(IntEnum):
    """Stand for a hash that could not be read."""

    UNREAD = 0


Hash: TypeAlias = bytes | Blank
Row: TypeAlias = list[Hash]


def split(hashes: bytes | None, width: int) -> Row:
    """Cut hashes apart; `width` blanks for hashes that are not known."""
    if hashes is None:
        return [Blank.UNREAD] * width
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def join(row: Sequence[Hash], width: int) -> bytes | None:
    """Lay hashes side by side; None if one is unread, or they are not `width`."""
    known = [one for one in row if one is not Blank.UNREAD]
    return b"".join(known) if len(known) == len(row) == width else None


def root(rows: Sequence[Sequence[Hash]]) -> bytes | None:
    """Compute the root of the tree whose levels end in these rows, lowest first; None if a hash is unread."""
    tail: list[bytes] = []
    for row in rows:
        known = [one for one in row if one is not Blank.UNREAD]
        if len(known) != len(row):
            return None
        # A node without a sibling rises unchanged, from level to level too.
        tail = [root_from_leaves(known + tail)] if known or tail else []
    return tail[0] if tail else EMPTY_ROOT
