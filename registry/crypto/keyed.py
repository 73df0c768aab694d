"""HMAC-SHA-256 (RFC 2104) under one key again and again: what depends on the key alone is computed once."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC


class Keyed:
    """Authenticates messages under one key."""

    def __init__(self, key: bytes) -> None:
        self._prepared = HMAC(key, SHA256())

    def __call__(self, message: bytes) -> bytes:
        """Return the 32 bytes for a message."""
        one = self._prepared.copy()
        one.update(message)
        return one.finalize()
