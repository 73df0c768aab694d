"""The seal of an export: the entry of the audit log that vouches for the manifest, with a proof that it is in the log.

No key of its own signs an export; the log does. After the last row the registry records that the export was given. That
entry's leaf commits to its content, the content holds the SHA-256 of manifest.json, and the proof leads from the leaf
to a checkpoint that the log's key signed. So nothing passes for an export that the log does not know of.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from registry_formats import base64std, canonical
from registry_formats.errors import FormatError
from registry_formats.leaf import LEAF_BYTES, SALT_BYTES, Leaf, LeafType, Opening
from registry_formats.merkle import hash_leaf
from registry_formats.notes import VerifierKey
from registry_formats.proofs import verify_proof
from registry_formats.receipts import recompute

OPENED_ACTION = "audit.export"  # recorded before the first byte
CLOSED_ACTION = "audit.export_closed"  # recorded after the last row; it is the seal
MANIFEST_SHA256 = "manifest_sha256"
_MALFORMED = "export_seal_malformed"


@dataclass(frozen=True, slots=True)
class Seal:
    """Hold the closing entry's leaf (168 bytes), what opens its org and content groups, and where it is in the log.

    Args:
        shard: the origin of the tree that it is in.
        proof: a `tlog-proof@v1` file.
    """

    leaf: bytes
    org: Opening
    content: Opening
    shard: str
    proof: str


def encode_seal(seal: Seal) -> bytes:
    """Write seal.json, canonical JSON."""
    return canonical.dumps(
        {
            "leaf": base64std.encode(seal.leaf),
            "org": _opening_json(seal.org),
            "content": _opening_json(seal.content),
            "shard": seal.shard,
            "proof": seal.proof,
        }
    )


def decode_seal(data: bytes) -> Seal:
    """Read seal.json, verifying nothing; `export_seal_malformed` for anything but what `encode_seal` writes."""
    try:
        value = canonical.loads(data)
        seal = Seal(
            base64std.decode(value["leaf"], size=LEAF_BYTES),
            _opening(value["org"]),
            _opening(value["content"]),
            _text(value["shard"]),
            _text(value["proof"]),
        )
        if encode_seal(seal) != data:
            raise FormatError(_MALFORMED)
    except (KeyError, TypeError, ValueError):  # a FormatError is a ValueError
        raise FormatError(_MALFORMED) from None
    return seal


def verify_seal(seal: Seal, manifest: bytes, keys: Iterable[VerifierKey]) -> Leaf:
    """Check that the log says an export with this very manifest was given, and return that entry's leaf.

    Args:
        seal: as decoded.
        manifest: the bytes of manifest.json.
        keys: the log's, under the name of `seal.shard`; got apart from the export.

    Raises:
        FormatError: what `verify_proof` and `recompute` raise, or `export_seal_mismatch`, for an entry that closes
            another export or none.
    """
    verify_proof(seal.proof, hash_leaf(seal.leaf), seal.shard, keys)
    leaf = recompute(seal.leaf, org=seal.org, content=seal.content)
    closes = leaf.kind is LeafType.EXPORT and seal.org.detail.get("action") == CLOSED_ACTION
    if not closes or seal.content.detail.get(MANIFEST_SHA256) != sha256(manifest).hexdigest():
        raise FormatError("export_seal_mismatch")
    return leaf


def _opening_json(opening: Opening) -> dict[str, Any]:
    return {"detail": opening.detail, "salt": base64std.encode(opening.salt)}


def _opening(value: Any) -> Opening:  # noqa: ANN401 - any JSON value
    if not isinstance(value["detail"], dict):
        raise FormatError(_MALFORMED)
    return Opening(base64std.decode(value["salt"], size=SALT_BYTES), value["detail"])


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if not isinstance(value, str):
        raise FormatError(_MALFORMED)
    return value
