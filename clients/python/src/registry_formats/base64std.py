"""Standard base64 with padding (RFC 4648, section 4), strict: each value has exactly one text."""

import base64
import binascii

from registry_formats.errors import FormatError


def encode(data: bytes) -> str:
    """Write bytes as padded base64."""
    return base64.b64encode(data).decode("ascii")


def decode(text: str, *, code: str = "base64_invalid", size: int | None = None) -> bytes:
    """Read base64 of `size` bytes (None: any); refuse foreign characters, padding and spare bits with `code`."""
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise FormatError(code) from None
    # Spare bits in the last character would give one signature two spellings.
    if encode(data) != text or size not in (None, len(data)):
        raise FormatError(code)
    return data
