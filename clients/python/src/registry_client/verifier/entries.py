"""Read the entries of a copied log, bundle by bundle, as bytes that nothing vouches for yet."""

from collections.abc import Iterator
from dataclasses import dataclass

from registry_client.verifier.copies import LogCopy, Unusable
from registry_client.verifier.findings import Fault, Faults, Finding
from registry_formats.bundles import ENTRY_BYTES, bundle_path
from registry_formats.leaf import LEAF_BYTES
from registry_formats.tiles import TILE_WIDTH

_LENGTH = LEAF_BYTES.to_bytes(2)
_MOST = 2 * TILE_WIDTH * ENTRY_BYTES


@dataclass(frozen=True, slots=True)
class Bundle:
    """The entries of one bundle: each 168 bytes after two of length; `unread` more could not be read."""

    first: int
    data: bytes
    unread: int = 0

    @property
    def count(self) -> int:
        """How many entries there are."""
        return len(self.data) // ENTRY_BYTES

    def leaves(self) -> Iterator[bytes]:
        """Give the leaves, one after another."""
        for at in range(2, len(self.data), ENTRY_BYTES):
            yield self.data[at : at + LEAF_BYTES]


def read_bundle(log: LogCopy, index: int, faults: Faults) -> Bundle:
    """Read one bundle, and name what is wrong with its form."""
    first, width = index * TILE_WIDTH, log.width(0, index)
    place = bundle_path(index, width)
    try:
        data, promised = log.bundle(index)
    except Unusable as error:
        faults.add(error.fault.within(first, first + width - 1))
        return Bundle(first, b"", width)
    count, rest = divmod(len(data), ENTRY_BYTES)
    unread = width - promised
    if unread:
        faults.add(Fault(Finding.FILE_MISSING, first + promised, first + width - 1, place))
    elif len(data) > _MOST:
        faults.add(Fault(Finding.FILE_LENGTH, first + width, place=place))
    elif rest:
        unread = max(1, width - count)
        faults.add(Fault(Finding.FILE_CUT, first + count, first + count + unread - 1, place))
    data = data[: count * ENTRY_BYTES]
    # Two slices look at all lengths at once: a loop over a million entries must not.
    if data[::ENTRY_BYTES] != _LENGTH[:1] * count or data[1::ENTRY_BYTES] != _LENGTH[1:] * count:
        faults.add(*_malformed(first, data, place))
    return Bundle(first, data, unread)


def _malformed(first: int, data: bytes, place: str) -> Iterator[Fault]:
    for start in range(0, len(data), ENTRY_BYTES):
        if data[start : start + len(_LENGTH)] != _LENGTH:
            yield Fault(Finding.ENTRY_MALFORMED, first + start // ENTRY_BYTES, place=place)
