"""Opaque places in a list that is ordered by (time, id)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from registry.errors import Fault, Malformed
from registry_formats import base64url
from registry_formats.errors import FormatError

MOST = 200
_BYTES = 8 + 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def encode(at: datetime, id_: UUID) -> str:
    """Write the place after this row."""
    return base64url.encode(((at - _EPOCH) // _MICROSECOND).to_bytes(8, "big") + id_.bytes)


def decode(text: str | None, *, at: str) -> tuple[datetime, UUID] | None:
    """Read a place; Malformed `request_invalid` at the parameter `at` for one that no page gave."""
    if text is None:
        return None
    try:
        raw = base64url.decode(text)
        if len(raw) == _BYTES:
            return _EPOCH + int.from_bytes(raw[:8], "big") * _MICROSECOND, UUID(bytes=raw[8:])
    except (FormatError, OverflowError):
        pass
    raise Malformed("request_invalid", faults=[Fault(f"query:{at}", "invalid")])
