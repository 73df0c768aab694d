"""Canonical JSON (RFC 8785): one value, one sequence of bytes, so that a signature covers a meaning."""

import json
from typing import Any

import rfc8785

from registry_formats.errors import FormatError


def dumps(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Serialise a JSON value; `canonical_invalid` for what JSON or I-JSON cannot hold (NaN, integers beyond 2**53)."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError):
        raise FormatError("canonical_invalid") from None


def loads(data: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Parse bytes that must already be canonical; `canonical_invalid` for every other spelling of the same value."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise FormatError("canonical_invalid") from None
    if dumps(value) != data:
        raise FormatError("canonical_invalid")
    return value
