"""UUIDv7 (RFC 9562 section 5.7), with time and randomness as arguments."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

_TIMES = 1 << 48
_VERSION_7 = 7 << 76
_VARIANT = 2 << 62
_VARIANTS = "89ab"
_RAND_A = (1 << 12) - 1
_RAND_B = (1 << 62) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def uuid7(t_ms: int, entropy: bytes) -> UUID:
    """Make an id that sorts by time.

    Args:
        t_ms: milliseconds since 1970.
        entropy: 10 random bytes, of which 74 bits are used.
    """
    return UUID(bytes=uuid7_bytes(t_ms, entropy))


def uuid7_bytes(t_ms: int, entropy: bytes) -> bytes:
    """Make the 16 bytes of such an id, for who does not need it as an object."""
    if not 0 <= t_ms < _TIMES:
        raise ValueError("48 bits hold no such time")
    random = int.from_bytes(entropy)
    return (t_ms << 80 | _VERSION_7 | (random >> 62 & _RAND_A) << 64 | _VARIANT | random & _RAND_B).to_bytes(16)


def uuid7_text(t_ms: int, entropy: bytes) -> str:
    """Make the 36 characters of such an id."""
    if not 0 <= t_ms < _TIMES:
        raise ValueError("48 bits hold no such time")
    at, random = f"{t_ms:012x}", entropy.hex()
    return f"{at[:8]}-{at[8:]}-7{random[:3]}-{_VARIANTS[entropy[2] & 3]}{random[5:8]}-{random[8:20]}"


def first_at(at: datetime) -> UUID:
    """Return where the ids of this millisecond begin in their order; it is the id of nothing."""
    t_ms = min(max((at - _EPOCH) // timedelta(milliseconds=1), 0), _TIMES - 1)
    return UUID(int=t_ms << 80)
