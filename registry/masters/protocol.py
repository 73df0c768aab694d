"""What every master key can do, wherever it is."""

from typing import Protocol


class Master(Protocol):
    """Wraps keys of 32 bytes as `nonce 12 | ciphertext 32 | tag 16` (AES-256-GCM)."""

    @property
    def name(self) -> str:
        """What tells it from other master keys, and reveals nothing; stands beside all that it wraps."""

    def wrap(self, nonce: bytes, key: bytes, context: bytes) -> bytes:
        """Encrypt a key under a fresh nonce of 12 bytes, bound to what it is for; 60 bytes."""

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Decrypt a key; FormatError `sealed_mismatch`."""
