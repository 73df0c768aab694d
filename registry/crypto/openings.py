"""Open what was sealed beside a leaf: the way back of what `services/trail.py` does."""

from registry.crypto.sealed import detail_context, key_context, unseal, unwrap_key
from registry_formats.leaf import Group, Opening, decode_opening


def open_sealed(kek: bytes, *, key_id: bytes, wrapped: bytes, sealed_id: bytes, group: Group, sealed: bytes) -> Opening:
    """Open one group of an entry, or one claim of a batch.

    Args:
        kek: the key-encryption key of the entry's writer, 32 bytes.
        key_id: what the data key is kept under: the entry itself, its member's month, or the claim (16-byte UUID).
        wrapped: that data key.
        sealed_id: the entry or the claim (16-byte UUID).
        group: which group was sealed.
        sealed: what was sealed.

    Raises:
        FormatError: `sealed_mismatch`, `canonical_invalid` or `opening_malformed`, when it is not what was written.
    """
    key = unwrap_key(kek, wrapped, key_context(key_id))
    return decode_opening(unseal(key, sealed, detail_context(sealed_id, group)))
