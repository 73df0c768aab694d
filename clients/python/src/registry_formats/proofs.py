"""Write, read and verify offline proofs of inclusion: one `c2sp.org/tlog-proof@v1` file convinces a stranger."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from registry_formats import base64std
from registry_formats.errors import FormatError
from registry_formats.merkle import HASH_BYTES, MAX_SIZE, verify_inclusion
from registry_formats.notes import Checkpoint, VerifierKey, verify_checkpoint

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63  # the height of the largest tree
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)
_EXTRA = "extra "


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Hold a proof: index from 0, sibling hashes from the leaf up, the signed checkpoint, unauthenticated extra."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None


def encode_proof(proof: TlogProof) -> str:
    """Write the file."""
    extra = [] if proof.extra is None else [_EXTRA + base64std.encode(proof.extra)]
    lines = [HEADER, *extra, f"index {proof.index}", *map(base64std.encode, proof.hashes)]
    return "\n".join(lines) + "\n\n" + proof.checkpoint


def parse_proof(encoded: str) -> TlogProof:
    """Read a file without verifying it; `proof_malformed` for every departure from the format."""
    head, _, checkpoint = encoded.partition("\n\n")
    lines = head.split("\n")
    extra = None
    if len(lines) > 1 and lines[1].startswith(_EXTRA):
        extra = base64std.decode(lines.pop(1).removeprefix(_EXTRA), code="proof_malformed")
    match lines:
        case [first, index, *hashes] if first == HEADER and _INDEX.fullmatch(index) and len(hashes) <= MAX_HASHES:
            position = int(index.removeprefix("index "))
        case _:
            raise FormatError("proof_malformed")
    if position >= MAX_SIZE:
        raise FormatError("proof_malformed")
    path = tuple(base64std.decode(line, code="proof_malformed", size=HASH_BYTES) for line in hashes)
    return TlogProof(position, path, checkpoint, extra)


def verify_proof(encoded: str, leaf_hash: bytes, origin: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """Check that the leaf with this hash is in the log `origin`, and return the checkpoint that covers it.

    Raises:
        FormatError: `proof_malformed`, or what `verify_checkpoint` and `verify_inclusion` raise.
    """
    proof = parse_proof(encoded)
    checkpoint = verify_checkpoint(proof.checkpoint, origin, keys)
    verify_inclusion(proof.index, checkpoint.size, leaf_hash, proof.hashes, checkpoint.root)
    return checkpoint
