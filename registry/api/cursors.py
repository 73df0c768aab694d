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
    raw = _read(text, at)
    try:
        if len(raw) == _BYTES:
            return _EPOCH + int.from_bytes(raw[:8], "big") * _MICROSECOND, UUID(bytes=raw[8:])
    except OverflowError:
        pass
    raise _refused(at)


def encode_number(number: int) -> str:
    """Write a place in a list that is counted."""
    return base64url.encode(number.to_bytes(4, "big"))


def decode_number(text: str | None, *, at: str) -> int:
    """Read a place in a list that is counted; the first without a text. Malformed likewise."""
    raw = bytes(4) if text is None else _read(text, at)
    if len(raw) != 4:  # noqa: PLR2004 - as written above
        raise _refused(at)
    # Columns of counts end there.
    return min(int.from_bytes(raw, "big"), 2**31 - 1)


def _read(text: str, at: str) -> bytes:
    try:
        return base64url.decode(text)
    except FormatError:
        raise _refused(at) from None


def _refused(at: str) -> Malformed:
    return Malformed("request_invalid", faults=[Fault(f"query:{at}", "invalid")])
