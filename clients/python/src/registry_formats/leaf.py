"""The entry of the audit log, leaf v1: 168 bytes, big-endian, that commit to details without holding them.

    version 1 | type 1 | flags 2 | entry_id 16 | t_ms 8 | writer_id 4 | writer_seq 8
    | C_org 32 | C_staff 32 | C_subject 32 | C_content 32

    C_g = HMAC-SHA-256(salt_g, "registry/audit-commit/v1" 0x00 u8(len(g)) g JCS(detail_g))

Each group g has a fresh 32-byte salt (RFC 2104, RFC 8785). Destroying a detail and its salt leaves the leaf, and so
root and proofs, as they are.
"""

import hmac
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TypeAlias
from uuid import RFC_4122, UUID

from registry_formats import canonical
from registry_formats.errors import FormatError

LEAF_VERSION = 1
LEAF_BYTES = 168
SALT_BYTES = 32
LAST_OF_WRITER = 1  # flag: this writer stopped, and numbers nothing after this leaf
COMMITMENT_BYTES = 32
LAYOUT = struct.Struct(">BBH16sQIQ32s32s32s32s")
_COMMIT = b"registry/audit-commit/v1\x00"
_UUID_VERSION = 7
_MAX_T_MS = 2**48 - 1  # what a UUIDv7 can hold

JsonValue: TypeAlias = "str | int | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
Detail: TypeAlias = Mapping[str, JsonValue]  # no floats: two languages would have to agree on how they print


class LeafType(IntEnum):
    """Say what happened; the numbers are in every leaf ever written, so they only grow."""

    QUERY = 1
    REPORT = 2
    APPEAL = 3
    ADMIN = 4
    EXPORT = 5
    ERASURE = 6
    HEARTBEAT = 7
    BREAK_GLASS = 8
    DENIED = 9
    VOID = 10
    BATCH = 11
    RECALL = 12
    AUTH = 13


class Group(StrEnum):
    """Name what can be disclosed, or destroyed, apart from the rest. The order is the order in the leaf."""

    ORG = "org"  # member, action, purpose, legal basis, outcome, claim reference
    STAFF = "staff"  # operator id, client key, address
    SUBJECT = "subject"  # token tags
    CONTENT = "content"  # what was asked and answered


@dataclass(frozen=True, slots=True)
class Leaf:
    """Hold one decoded leaf: time in Unix milliseconds, commitments of 32 bytes, `LAST_OF_WRITER` the only flag."""

    kind: LeafType
    entry_id: UUID
    t_ms: int
    writer_id: int
    writer_seq: int
    org: bytes
    staff: bytes
    subject: bytes
    content: bytes
    flags: int = 0

    def commitment(self, group: Group) -> bytes:
        """Give the commitment to one group's detail."""
        return {
            Group.ORG: self.org,
            Group.STAFF: self.staff,
            Group.SUBJECT: self.subject,
            Group.CONTENT: self.content,
        }[group]


@dataclass(frozen=True, slots=True)
class Opening:
    """Hold what opens a commitment: the salt (32 bytes) and the detail."""

    salt: bytes
    detail: Detail


def encode_leaf(leaf: Leaf) -> bytes:
    """Write the 168 bytes; `leaf_malformed` for a value its field cannot hold or an id that is no UUIDv7."""
    commitments = (leaf.org, leaf.staff, leaf.subject, leaf.content)
    if any(len(value) != COMMITMENT_BYTES for value in commitments):
        raise FormatError("leaf_malformed")  # struct would pad or cut silently
    head = (LEAF_VERSION, leaf.kind, leaf.flags, leaf.entry_id.bytes, leaf.t_ms, leaf.writer_id, leaf.writer_seq)
    try:
        encoded = LAYOUT.pack(*head, *commitments)
    except struct.error:
        raise FormatError("leaf_malformed") from None
    decode_leaf(encoded)
    return encoded


def decode_leaf(encoded: bytes) -> Leaf:
    """Read exactly 168 bytes.

    Raises:
        FormatError: `leaf_malformed` (length, id, time), `leaf_version` or `leaf_type` (one this code does not know).
    """
    if len(encoded) != LEAF_BYTES:
        raise FormatError("leaf_malformed")
    version, number, flags, entry, t_ms, writer_id, writer_seq, org, staff, subject, content = LAYOUT.unpack(encoded)
    if version != LEAF_VERSION:
        raise FormatError("leaf_version")
    try:
        kind = LeafType(number)
    except ValueError:
        raise FormatError("leaf_type") from None
    entry_id = UUID(bytes=entry)
    if entry_id.variant != RFC_4122 or entry_id.version != _UUID_VERSION or t_ms > _MAX_T_MS:
        raise FormatError("leaf_malformed")
    return Leaf(kind, entry_id, t_ms, writer_id, writer_seq, org, staff, subject, content, flags)


def commit(group: Group, salt: bytes, detail: Detail) -> bytes:
    """Commit to a detail under a 32-byte salt that nobody used before; 32 bytes."""
    return commit_canonical(group, salt, canonical.dumps(detail))


def commit_canonical(group: Group, salt: bytes, encoded: bytes) -> bytes:
    """Commit to a detail that is already canonical JSON (RFC 8785)."""
    if len(salt) != SALT_BYTES:
        raise FormatError("salt_malformed")
    return hmac.digest(salt, COMMIT_PREFIX[group] + encoded, "sha256")


def encode_opening(opening: Opening) -> bytes:
    """Write salt || canonical detail: the plaintext that is sealed beside the leaf."""
    if len(opening.salt) != SALT_BYTES:
        raise FormatError("salt_malformed")
    return opening.salt + canonical.dumps(opening.detail)


def decode_opening(encoded: bytes) -> Opening:
    """Read salt || canonical detail; `canonical_invalid` or `opening_malformed` for any other spelling."""
    detail = canonical.loads(encoded[SALT_BYTES:])
    if not isinstance(detail, dict):
        raise FormatError("opening_malformed")
    return Opening(encoded[:SALT_BYTES], detail)


def check_opening(leaf: Leaf, group: Group, opening: Opening) -> None:
    """Refuse, with `commitment_mismatch`, a detail other than the one the leaf commits to."""
    if not hmac.compare_digest(commit(group, opening.salt, opening.detail), leaf.commitment(group)):
        raise FormatError("commitment_mismatch")


# Where these stand in the 168 bytes, for who reads many leaves and needs no more of each.
ENTRY_ID, T_MS, WRITER_ID = slice(4, 20), slice(20, 28), slice(28, 32)
COMMITMENTS = {group: slice(40 + 32 * place, 72 + 32 * place) for place, group in enumerate(Group)}
COMMIT_PREFIX = {group: _COMMIT + bytes([len(group)]) + group.encode("ascii") for group in Group}
