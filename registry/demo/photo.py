"""Photos that nobody took: a vase before a wall, whole or cracked, as PNG (ISO/IEC 15948)."""

import math
import struct
import zlib
from typing import NamedTuple

MEDIA_TYPE = "image/png"
_WIDTH, _HEIGHT = 240, 320
_TOP, _FOOT = 70, 280  # of the vase
_TRUE_COLOUR = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)


class _Colour(NamedTuple):
    """Red, green and blue, 0 to 255."""

    red: int
    green: int
    blue: int


_CRACK = _Colour(40, 30, 28)


def vase(*, cracked: bool) -> bytes:
    """Draw a vase."""
    lines = [b"\0" + b"".join(bytes(_colour(x, y, cracked=cracked)) for x in range(_WIDTH)) for y in range(_HEIGHT)]
    parts = ((b"IHDR", _TRUE_COLOUR), (b"IDAT", zlib.compress(b"".join(lines), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _colour(x: int, y: int, *, cracked: bool) -> _Colour:
    across = x - _WIDTH / 2
    if not _TOP <= y <= _FOOT or abs(across) > (half := _half(y)):
        return _Colour(226, 221 - y // 8, 210 - y // 8)
    if cracked and abs(across - _crack(y)) < 1.6:  # noqa: PLR2004 - half of its breadth
        return _CRACK
    # Light falls from the left.
    shade = round(70 * (across / half + 1) / 2)
    return _Colour(92 - shade // 2, 142 - shade, 176 - shade)


def _half(y: int) -> float:
    """Return half of the vase's breadth at this height: a neck, a belly, a foot."""
    along = (y - _TOP) / (_FOOT - _TOP)
    return 26 + 46 * math.sin(math.pi * along) ** 2 + 10 * abs(along - 0.5)


def _crack(y: int) -> float:
    """Return where the crack is at this height: it zigzags."""
    return 18 - abs(y % 46 - 23) + 10 * math.sin(y / 11)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
