"""Unpadded base64url (RFC 4648, section 5), strict: each value has exactly one text."""

import base64
import binascii

from registry_formats.errors import FormatError

# What base64 knows and base64url does not becomes what neither knows.
_TO_BASE64 = bytes.maketrans(b"-_+/=", b"+/!!!")


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
    # Only a last group that is not full has spare bits.
    if len(raw) % 4 and encode(data) != text:
        raise FormatError(code)
    return data
