"""UUIDv7 (RFC 9562 section 5.7), with time and randomness as arguments."""

from uuid import UUID

_VERSION_7 = 7 << 76
_VARIANT = 2 << 62
_RAND_A = (1 << 12) - 1
_RAND_B = (1 << 62) - 1


def uuid7(t_ms: int, entropy: bytes) -> UUID:
    """Make an id that sorts by time.

    Args:
        t_ms: milliseconds since 1970.
        entropy: 10 random bytes, of which 74 bits are used.
    """
    random = int.from_bytes(entropy)
    return UUID(int=t_ms << 80 | _VERSION_7 | (random >> 62 & _RAND_A) << 64 | _VARIANT | random & _RAND_B)
