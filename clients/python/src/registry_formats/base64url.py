"""Unpadded base64url (RFC 4648, section 5), strict: each value has exactly one text."""

import base64
import binascii

from registry_formats.errors import FormatError

# What base64 knows and base64url does not becomes what neither knows.
_TO_BASE64 = bytes.maketrans(b"-_+/=", b"+/!!!")
# How a last group of two or three characters may end: four or two bits of its last one are spare.
_NO_SPARE_BITS = {2: b"AQgw", 3: b"AEIMQUYcgkosw048"}


def encode(data: bytes) -> str:
    """Write bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str, *, code: str = "base64url_invalid") -> bytes:
    """Read base64url; refuse padding, foreign characters and spare bits that are not zero with `code`."""
    try:
        raw = text.encode("ascii").translate(_TO_BASE64)
        data = binascii.a2b_base64(raw + b"=" * (-len(raw) % 4), strict_mode=True)
    except (UnicodeEncodeError, binascii.Error):
        raise FormatError(code) from None
    if (rest := len(raw) % 4) and raw[-1] not in _NO_SPARE_BITS[rest]:
        raise FormatError(code)
    return data
