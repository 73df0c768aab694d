"""Public keys as files: what members, relay and operators hand one another, as JWK (RFC 7517) or PEM (RFC 7468)."""

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from registry.errors import Malformed, Misconfigured
from registry_formats import jwk
from registry_formats.errors import FormatError


def read_key(path: Path) -> dict[str, Any]:
    """Read a public key file as a JWK. Malformed `member_key_refused`."""
    data = path.read_bytes()
    try:
        if data.lstrip().startswith(b"{"):
            document: dict[str, Any] = json.loads(data)
            return document
        return dict(jwk.export(load_pem_public_key(data)))  # type: ignore[arg-type] # other kinds are refused by export
    except (ValueError, AttributeError, FormatError):
        raise Malformed("member_key_refused") from None


def read_ed25519(path: Path) -> bytes:
    """Read an Ed25519 public key file as 32 bytes. Malformed `member_key_refused`, Misconfigured `key_type`."""
    try:
        public = jwk.parse(read_key(path))
    except FormatError:
        raise Malformed("member_key_refused") from None
    if not isinstance(public, Ed25519PublicKey):
        raise Misconfigured("key_type", "A member signs its requests to a key operator with Ed25519.")
    return public.public_bytes_raw()
