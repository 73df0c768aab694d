"""The key operator's side of the verifiable oblivious PRF (RFC 9497, mode 0x01, ristretto255-SHA512).

A key share is used exactly like a whole key: `blind_evaluate` and `prove` with the share k_i and its public Y_i give an
answer the client verifies alone and combines by `voprf.interpolate`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from registry_formats import sodium, voprf
from registry_formats.errors import FormatError

_ZERO = bytes(sodium.SIZE)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A secret scalar and its public element, 32 bytes each."""

    secret: bytes = field(repr=False)
    public: bytes


def derive_key_pair(seed: bytes, info: bytes) -> KeyPair:
    """Derive a key from a 32-byte seed and at most 65535 bytes that say what it is for (RFC 9497, section 3.2.1).

    Codes: `seed_invalid`.
    """
    if len(seed) != sodium.SIZE:
        raise FormatError("seed_invalid")
    start = seed + len(info).to_bytes(2, "big") + info
    candidates = (voprf.hash_to_scalar(start + bytes([counter]), voprf.KEY_TAG) for counter in range(256))
    secret = next(scalar for scalar in candidates if scalar != _ZERO)
    return KeyPair(secret, sodium.multiply_base(secret))


def blind_evaluate(secret: bytes, blinded: Sequence[bytes]) -> list[bytes]:
    """Multiply each blinded element by the key; `element_invalid` for the identity and any non-canonical encoding."""
    # The order is prime: libsodium's refusal of an identity product is the refusal of an identity element.
    return [sodium.multiply(secret, element) for element in blinded]


def prove(pair: KeyPair, blinded: Sequence[bytes], evaluated: Sequence[bytes], *, nonce: bytes) -> bytes:
    """Prove that all of `evaluated` was made with this key (RFC 9497, section 2.2.1, with fast composites).

    Args:
        pair: the key that evaluated.
        blinded: what was asked, 1 to 256 elements.
        evaluated: what `blind_evaluate` answered, in the same order.
        nonce: a uniform secret scalar, used once; a second proof with the same nonce gives the key away.

    Returns:
        64 bytes: challenge and response.
    """
    weights = voprf.composite_weights(pair.public, blinded, evaluated)
    m = voprf.combine(weights, blinded)
    z = sodium.multiply(pair.secret, m)
    t2, t3 = sodium.multiply_base(nonce), sodium.multiply(nonce, m)
    c = voprf.challenge(pair.public, m, z, t2, t3)
    return c + sodium.scalar_subtract(nonce, sodium.scalar_multiply(c, pair.secret))
