"""Pictures that a browser can draw, made of nothing (PNG, RFC 2083)."""

import struct
import zlib


def photo(shade: int, *, side: int = 64) -> bytes:
    """Return a grey square, `shade` from 0 to 255; another shade is another file."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = bytes([0, *([shade] * side)]) * side
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
