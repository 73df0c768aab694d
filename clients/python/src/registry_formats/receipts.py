"""The receipt: the registry's signed promise that an entry will be in the log within `mmd` seconds.

A receipt is a C2SP signed note whose text is exactly these five lines, each ended by a newline:

    registry/receipt/v1
    <leaf hash: base64 of the 32 bytes SHA-256(0x00 || leaf)>
    <entry id: the UUIDv7 of the leaf, lower-case with hyphens>
    <t_ms: the Unix milliseconds of the leaf, decimal without leading zeros>
    mmd 60

Entry id and time repeat what the leaf says, so that a receipt can be read, filed and claimed upon without the leaf; a
receipt that contradicts its leaf is refused. The second line can never be a tree size, so no receipt is a checkpoint.
A receipt whose leaf is not in the tree `mmd` seconds after t_ms is transferable evidence against the operator.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from registry_formats import base64std
from registry_formats.errors import FormatError
from registry_formats.leaf import Group, Leaf, Opening, check_opening, decode_leaf
from registry_formats.merkle import HASH_BYTES, hash_leaf
from registry_formats.notes import VerifierKey, verify_note

HEADER = "registry/receipt/v1"
MMD_SECONDS = 60  # maximum merge delay
_TEXT = re.compile(
    rf"{HEADER}\n(?P<leaf>[A-Za-z0-9+/]{{43}}=)\n"
    r"(?P<entry>[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})\n"
    rf"(?P<t_ms>0|[1-9][0-9]{{0,14}})\nmmd {MMD_SECONDS}\n"
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Hold what was promised: leaf hash (32 bytes), entry, time in Unix milliseconds."""

    leaf_hash: bytes
    entry_id: UUID
    t_ms: int

    @property
    def due_ms(self) -> int:
        """Give the time from which a missing inclusion is the operator's fault."""
        return self.t_ms + 1000 * MMD_SECONDS

    def text(self) -> str:
        """Write the five lines that are signed."""
        return f"{HEADER}\n{base64std.encode(self.leaf_hash)}\n{self.entry_id}\n{self.t_ms}\nmmd {MMD_SECONDS}\n"


def parse_receipt_text(text: str) -> Receipt:
    """Read the five lines; `receipt_malformed` for any departure."""
    match = _TEXT.fullmatch(text)
    if match is None:
        raise FormatError("receipt_malformed")
    leaf_hash = base64std.decode(match["leaf"], code="receipt_malformed", size=HASH_BYTES)
    return Receipt(leaf_hash, UUID(match["entry"]), int(match["t_ms"]))


def verify_receipt(encoded: str, leaf: bytes, keys: Iterable[VerifierKey]) -> Receipt:
    """Check that a known key signed this receipt and that it is for this leaf (168 bytes).

    Raises:
        FormatError: what `verify_note` and `decode_leaf` raise, `receipt_malformed`, or `receipt_leaf` (another leaf).
    """
    receipt = parse_receipt_text(verify_note(encoded, keys).text)
    decoded = decode_leaf(leaf)
    if receipt != Receipt(hash_leaf(leaf), decoded.entry_id, decoded.t_ms):
        raise FormatError("receipt_leaf")
    return receipt


def recompute(leaf: bytes, *, org: Opening, content: Opening) -> Leaf:
    """Check that the leaf commits to these two details, and return it decoded.

    A receipt is worth nothing before this: it is the only link between the signed hash and what was asked and answered.

    Raises:
        FormatError: what `decode_leaf` raises, or `commitment_mismatch`.
    """
    decoded = decode_leaf(leaf)
    check_opening(decoded, Group.ORG, org)
    check_opening(decoded, Group.CONTENT, content)
    return decoded
