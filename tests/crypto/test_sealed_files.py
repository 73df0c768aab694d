"""Files sealed while they arrive: whole again, and nothing but whole."""

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.crypto.sealed import KEY_BYTES
from registry.crypto.sealed_files import CHUNK_BYTES, FileSealer, open_file
from registry_formats.errors import FormatError

KEY, FILE, OTHER = bytes(KEY_BYTES), b"f" * 16, b"g" * 16
SIZES = (0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7)


def sealed(content: bytes, *, step: int = CHUNK_BYTES // 3 + 1, file_id: bytes = FILE) -> list[bytes]:
    sealer, chunks = FileSealer(KEY, file_id), list[bytes]()
    for start in range(0, len(content), step):
        chunks += sealer.feed(content[start : start + step])
    assert sealer.size == len(content)
    assert sealer.sha256 == hashlib.sha256(content).digest()
    return [*chunks, sealer.finish()]


def opened(chunks: list[bytes], count: int | None = None, file_id: bytes = FILE) -> bytes:
    return b"".join(open_file(KEY, file_id, chunks, count=len(chunks) if count is None else count))


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_comes_back(size: int) -> None:
    content = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    chunks = sealed(content)
    assert len(chunks) == max(1, -(-size // CHUNK_BYTES))
    assert opened(chunks) == content
    assert content == b"" or all(content[:64] not in chunk for chunk in chunks)


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_how_the_bytes_arrive_makes_no_difference(pieces: list[bytes]) -> None:
    sealer = FileSealer(KEY, FILE)
    assert [chunk for piece in pieces for chunk in sealer.feed(piece)] == []
    assert [sealer.finish()] == sealed(b"".join(pieces))


BROKEN: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "changed": lambda chunks: [chunks[0][:-1] + bytes([chunks[0][-1] ^ 1]), *chunks[1:]],
    "cut short": lambda chunks: [chunks[0][:4], *chunks[1:]],
    "another order": lambda chunks: [chunks[1], chunks[0], *chunks[2:]],
    "a chunk twice": lambda chunks: [*chunks, chunks[-1]],
    "the last one gone": lambda chunks: chunks[:-1],
    "one of the middle gone": lambda chunks: [chunks[0], *chunks[2:]],
    "all gone": lambda _: [],
}


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("counted", [True, False])
def test_what_is_not_whole_does_not_open(how: str, counted: bool) -> None:
    chunks = sealed(b"x" * (2 * CHUNK_BYTES + 5))
    broken = BROKEN[how](chunks)
    with pytest.raises(FormatError, match="sealed_mismatch"):
        opened(broken, len(broken) if counted and broken else 3)


def test_a_chunk_of_another_file_does_not_open() -> None:
    with pytest.raises(FormatError, match="sealed_mismatch"):
        opened(sealed(b"x" * 100), file_id=OTHER)
