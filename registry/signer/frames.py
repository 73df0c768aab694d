"""What passes between the API and its signer: leaves one way, receipts the other, each group in one frame.

A request is `u32 count`, then that many leaves of 168 bytes; an answer is `u32 bytes`, then receipts, each after its
`u16 length`. Big-endian.
"""

from collections.abc import Sequence

from registry_formats.leaf import LEAF_BYTES

COUNT_BYTES = 4
LENGTH_BYTES = 2


def write_leaves(leaves: Sequence[bytes]) -> bytes:
    """Frame leaves."""
    return len(leaves).to_bytes(COUNT_BYTES) + b"".join(leaves)


def read_leaves(data: bytes) -> list[bytes]:
    """Read leaves that follow their count."""
    return [data[start : start + LEAF_BYTES] for start in range(0, len(data), LEAF_BYTES)]


def write_receipts(receipts: Sequence[str]) -> bytes:
    """Frame receipts."""
    encoded = [receipt.encode() for receipt in receipts]
    body = b"".join(len(one).to_bytes(LENGTH_BYTES) + one for one in encoded)
    return len(body).to_bytes(COUNT_BYTES) + body


def read_receipts(body: bytes) -> list[str]:
    """Read receipts that follow their length."""
    receipts, start = [], 0
    while start < len(body):
        begin = start + LENGTH_BYTES
        start = begin + int.from_bytes(body[start:begin])
        receipts.append(body[begin:start].decode())
    return receipts
