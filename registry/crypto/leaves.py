"""Build leaves on the hot path: the bytes of `registry_formats.leaf`, with orjson in the place of rfc8785.

orjson sorts keys by code point and RFC 8785 by UTF-16 code unit, which is the same for ASCII keys. A property test
shows the two byte-identical for what a detail may hold: strings, integers within 2**53, booleans, null, lists, objects.
"""

import hmac
import struct
from typing import NamedTuple, cast

import orjson

from registry_formats.errors import FormatError
from registry_formats.leaf import COMMIT_PREFIX, LAYOUT, LEAF_VERSION, SALT_BYTES, Detail, Group, JsonValue, LeafType

SALTS_BYTES = len(Group) * SALT_BYTES
_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)


class Details(NamedTuple):
    """Hold the four details of an entry, in the order of the leaf."""

    org: Detail
    staff: Detail
    subject: Detail
    content: Detail


class Built(NamedTuple):
    """Hold a leaf (168 bytes) and its openings (salt || canonical detail), in the order of the leaf, to be sealed."""

    leaf: bytes
    openings: tuple[bytes, bytes, bytes, bytes]


def build(  # noqa: PLR0913, PLR0917 - the fields of a leaf, in its order
    kind: LeafType,
    entry_id: bytes,
    t_ms: int,
    writer_id: int,
    writer_seq: int,
    details: Details,
    salts: bytes,
    flags: int = 0,
) -> Built:
    """Commit to four details and write the leaf.

    Args:
        kind: what happened.
        entry_id: a UUIDv7, 16 bytes.
        t_ms: Unix milliseconds.
        writer_id: the process that writes.
        writer_seq: its own gapless count.
        details: the four details.
        salts: 128 fresh random bytes, 32 for each group.
        flags: 0, or `LAST_OF_WRITER`.

    Raises:
        FormatError: `leaf_malformed`, `salt_malformed` or `canonical_invalid`.
    """
    if len(salts) != SALTS_BYTES:
        raise FormatError("salt_malformed")
    if len(entry_id) != 16:  # noqa: PLR2004 - struct would pad or cut silently
        raise FormatError("leaf_malformed")
    salt = (salts[:32], salts[32:64], salts[64:96], salts[96:])
    # `Detail` rules out what `dumps` refuses, and mypy holds every caller to it; to check again costs a third of this.
    encoded = [orjson.dumps(detail, option=_OPTIONS) for detail in details]
    commitments = [
        hmac.digest(key, prefix + text, "sha256") for key, prefix, text in zip(salt, _PREFIXES, encoded, strict=True)
    ]
    try:
        leaf = LAYOUT.pack(LEAF_VERSION, kind, flags, entry_id, t_ms, writer_id, writer_seq, *commitments)
    except struct.error:
        raise FormatError("leaf_malformed") from None
    return Built(leaf, (salt[0] + encoded[0], salt[1] + encoded[1], salt[2] + encoded[2], salt[3] + encoded[3]))


def write(detail: Detail) -> bytes:
    """Write a detail of plain values as canonical JSON, without checking that they are plain."""
    return orjson.dumps(detail, option=_OPTIONS)


def verbatim(canonical: bytes) -> JsonValue:
    """Let what is canonical JSON already stand in a detail as it is."""
    return cast("JsonValue", orjson.Fragment(canonical))


def dumps(detail: Detail) -> bytes:
    """Write a detail as canonical JSON; `canonical_invalid` for floats, foreign types, or keys that are not ASCII."""
    try:
        if _is_plain(detail):
            return orjson.dumps(detail, option=_OPTIONS)
    except (TypeError, RecursionError):
        raise FormatError("canonical_invalid") from None
    raise FormatError("canonical_invalid")


def _is_plain(value: JsonValue) -> bool:
    """Tell whether orjson agrees with RFC 8785 here; it also takes floats, UUIDs and dates, each in its own way."""
    if isinstance(value, dict):
        # A call for each scalar would cost more than writing the whole.
        nested = [item for item in value.values() if type(item) not in _SCALARS]
        return "".join(value).isascii() and all(map(_is_plain, nested))
    if isinstance(value, list | tuple):
        return _SCALARS.issuperset(map(type, value)) or all(map(_is_plain, value))
    return type(value) in _SCALARS or isinstance(value, str)


_SCALARS = frozenset({str, int, bool, type(None)})
_PREFIXES = tuple(COMMIT_PREFIX[group] for group in Group)
