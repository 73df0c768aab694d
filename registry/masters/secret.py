"""A master key that this process holds in its memory: from a file or from the environment."""

import hmac
from dataclasses import dataclass, field

from registry.crypto.sealed import unwrap_key, wrap_key


@dataclass(frozen=True, slots=True)
class Secret:
    """A master key of 32 bytes; its representation shows its name only."""

    key: bytes = field(repr=False)
    name: str = field(init=False)

    def __post_init__(self) -> None:
        """Name it by a digest that reveals nothing of 32 random bytes."""
        digest = hmac.digest(self.key, b"registry/master-name/v1", "sha256")
        object.__setattr__(self, "name", f"secret:{digest[:8].hex()}")

    def wrap(self, nonce: bytes, key: bytes, context: bytes) -> bytes:
        """Encrypt a key under a fresh nonce of 12 bytes; 60 bytes."""
        return wrap_key(self.key, nonce, key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Decrypt a key; FormatError `sealed_mismatch`."""
        return unwrap_key(self.key, wrapped, context)
