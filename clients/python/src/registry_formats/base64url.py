"""Unpadded base64url (RFC 4648, section 5), strict: each value has exactly one text."""

import base64
import binascii
import re

from registry_formats.errors import FormatError

_ALPHABET = re.compile(rb"[A-Za-z0-9_-]*")


def encode(data: bytes) -> str:
    """Write bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str, *, code: str = "base64url_invalid") -> bytes:
    """Read base64url; refuse padding, foreign characters and spare bits that are not zero with `code`."""
    try:
        raw = text.encode("ascii")
        if not _ALPHABET.fullmatch(raw):
            raise FormatError(code)
        data = base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    except (UnicodeEncodeError, binascii.Error):
        raise FormatError(code) from None
    # Only a last group that is not full has spare bits.
    if len(raw) % 4 and encode(data) != text:
        raise FormatError(code)
    return data
