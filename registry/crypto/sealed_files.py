"""Seal a file as it arrives: even chunks under a key of its own, each bound to its place, the last one marked.

So chunks cannot be left out, put elsewhere or taken from another file (STREAM: Hoang, Reyhanitabar, Rogaway, Vizár,
"Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015). The key seals one file once, so the
place is the nonce.
"""

import hashlib
from collections.abc import Iterable, Iterator

from registry.crypto.sealed import NONCE_BYTES, Sealer, Unsealer
from registry_formats.errors import FormatError

CHUNK_BYTES = 1 << 18


class FileSealer:
    """Seals one file.

    Args:
        key: 32 bytes, used for nothing else.
        file_id: 16 bytes that name the file.
    """

    def __init__(self, key: bytes, file_id: bytes) -> None:
        self._sealer = Sealer(key)
        self._file_id = file_id
        self._rest = bytearray()
        self._sha256 = hashlib.sha256()
        self._position = 0
        self.size = 0

    @property
    def sha256(self) -> bytes:
        """Name the bytes that have arrived so far."""
        return self._sha256.digest()

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes; return the chunks they complete, sealed."""
        self._sha256.update(data)
        self.size += len(data)
        self._rest += data
        full = []
        # What might be the last chunk waits for more, because the last one is sealed as such.
        while len(self._rest) > CHUNK_BYTES:
            full.append(self._seal(bytes(self._rest[:CHUNK_BYTES]), last=False))
            del self._rest[:CHUNK_BYTES]
        return full

    def finish(self) -> bytes:
        """Return the last chunk, sealed."""
        return self._seal(bytes(self._rest), last=True)

    def _seal(self, chunk: bytes, *, last: bool) -> bytes:
        place = _place(self._position, last=last)
        self._position += 1
        return self._sealer.seal(place, chunk, _chunk_context(self._file_id, place))


class FileOpener:
    """Opens the chunks of one file, each at its position.

    Args:
        key: 32 bytes.
        file_id: 16 bytes that name the file.
        count: how many chunks it has.
    """

    def __init__(self, key: bytes, file_id: bytes, *, count: int) -> None:
        self._unsealer = Unsealer(key)
        self._file_id = file_id
        self._count = count

    def open(self, position: int, sealed: bytes) -> bytes:
        """Open the chunk at a position; `sealed_mismatch` for one that was changed or moved."""
        place = _place(position, last=position == self._count - 1)
        # The nonce stands in front of what it sealed; a chunk that was moved brings another one along.
        if sealed[:NONCE_BYTES] != place:
            raise FormatError("sealed_mismatch")
        return self._unsealer.unseal(sealed, _chunk_context(self._file_id, place))


def open_file(key: bytes, file_id: bytes, chunks: Iterable[bytes], *, count: int) -> Iterator[bytes]:
    """Open the chunks of a file in their order; `sealed_mismatch` for one changed, missing, moved or too many."""
    opener, opened = FileOpener(key, file_id, count=count), 0
    for sealed in chunks:
        yield opener.open(opened, sealed)
        opened += 1
    if opened != count:
        raise FormatError("sealed_mismatch")


def file_key_context(file_id: bytes, case_id: bytes) -> bytes:
    """Bind a wrapped file key to its file and to the case it is part of (16 bytes each)."""
    return b"registry/file-key/v1\x00" + file_id + case_id


def _place(position: int, *, last: bool) -> bytes:
    return position.to_bytes(NONCE_BYTES - 1) + bytes([last])


def _chunk_context(file_id: bytes, place: bytes) -> bytes:
    return b"registry/file-seal/v1\x00" + file_id + place
