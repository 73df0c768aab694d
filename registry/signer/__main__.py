"""The signer's program: `python -m registry.signer KEYS_DIR NAME`, with a socket as its standard input.

It ends when the other end of the socket closes, so it never outlives the API process that started it.
"""

import socket
import sys
from pathlib import Path

from registry import keys
from registry.crypto.checkpoint import SigningKey
from registry.crypto.receipts import ReceiptSigner
from registry.keys import KeyName
from registry.signer.frames import COUNT_BYTES, read_leaves, write_receipts
from registry_formats.leaf import LEAF_BYTES


def main(directory: Path, name: str) -> None:
    """Sign until the socket closes."""
    held = keys.load(directory, [KeyName.RECEIPTS], peppers=False)
    signer = ReceiptSigner(SigningKey(name, held[KeyName.RECEIPTS]))
    with socket.socket(fileno=sys.stdin.fileno()) as connection, connection.makefile("rb") as incoming:
        while len(head := incoming.read(COUNT_BYTES)) == COUNT_BYTES:
            leaves = read_leaves(incoming.read(int.from_bytes(head) * LEAF_BYTES))
            connection.sendall(write_receipts([signer.issue(leaf) for leaf in leaves]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
