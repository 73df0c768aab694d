"""Opaque places in lists: most are ordered by (time, id), some by a number or a name."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from registry.errors import Fault, Malformed
from registry_formats import base64url
from registry_formats.errors import FormatError

_T = TypeVar("_T")
MOST = 200
_BYTES = 8 + 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def encode(at: datetime, id_: UUID) -> str:
    """Write the place after this row."""
    return base64url.encode(((at - _EPOCH) // _MICROSECOND).to_bytes(8, "big") + id_.bytes)


def following(page: Sequence[_T], limit: int, place: Callable[[_T], tuple[datetime, UUID]]) -> str | None:
    """Write the place after a page; None after one that is not full, because it is the last."""
    return encode(*place(page[-1])) if len(page) == limit else None


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


def encode_name(name: str) -> str:
    """Write a place in a list that is ordered by name."""
    return base64url.encode(name.encode())


def decode_name(text: str | None, *, at: str) -> str:
    """Read a place in a list that is ordered by name; before the first without a text. Malformed likewise."""
    name = _read(text or "", at)
    # Our names are; and PostgreSQL takes no text that holds a zero byte.
    if not (name.isascii() and name.decode("latin-1").isprintable()):
        raise _refused(at)
    return name.decode()


def _read(text: str, at: str) -> bytes:
    try:
        return base64url.decode(text)
    except FormatError:
        raise _refused(at) from None


def _refused(at: str) -> Malformed:
    return Malformed("request_invalid", faults=[Fault(f"query:{at}", "invalid")])
