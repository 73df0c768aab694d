"""Public keys as JSON Web Keys (RFC 7517): Ed25519 (RFC 8037) and P-256 (RFC 7518), named by thumbprint (RFC 7638)."""

import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry_formats import base64url, canonical
from registry_formats.errors import FormatError
from registry_formats.jws import PublicKey

_BYTES = 32
_REQUIRED = {"EdDSA": {"kty": "OKP", "crv": "Ed25519"}, "ES256": {"kty": "EC", "crv": "P-256"}}


def export(key: PublicKey) -> dict[str, str]:
    """Write a public key with its algorithm and its thumbprint as `kid`."""
    if isinstance(key, Ed25519PublicKey):
        raw = base64url.encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw))
        core = {"crv": "Ed25519", "kty": "OKP", "x": raw}
        return core | {"alg": "EdDSA", "kid": thumbprint(core), "use": "sig"}
    if not isinstance(key.curve, SECP256R1):
        raise FormatError("jwk_unsupported")
    point = key.public_numbers()
    x, y = (base64url.encode(part.to_bytes(_BYTES, "big")) for part in (point.x, point.y))
    core = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
    return core | {"alg": "ES256", "kid": thumbprint(core), "use": "sig"}


def parse(jwk: Mapping[str, Any]) -> PublicKey:
    """Read a public key. `jwk_private` for one with a private part, `jwk_unsupported` for any other kind of key."""
    if "d" in jwk:
        raise FormatError("jwk_private")
    kind = {"kty": jwk.get("kty"), "crv": jwk.get("crv")}
    if kind not in _REQUIRED.values():
        raise FormatError("jwk_unsupported")
    x = _coordinate(jwk, "x")
    try:
        if kind["kty"] == "OKP":
            return Ed25519PublicKey.from_public_bytes(x)
        y = _coordinate(jwk, "y")
        return EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), SECP256R1()).public_key()
    except ValueError as error:
        raise FormatError("jwk_unsupported") from error


def algorithm(jwk: Mapping[str, Any]) -> str:
    """Name the only algorithm this key may sign with, whatever the key itself claims."""
    return "EdDSA" if jwk.get("kty") == "OKP" else "ES256"


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """Return the RFC 7638 thumbprint: SHA-256 over the required members, base64url."""
    core = {name: jwk[name] for name in ("crv", "kty", "x", "y") if name in jwk}
    return base64url.encode(hashlib.sha256(canonical.dumps(core)).digest())


def _coordinate(jwk: Mapping[str, Any], name: str) -> bytes:
    text = jwk.get(name)
    if not isinstance(text, str):
        raise FormatError("jwk_unsupported")
    value = base64url.decode(text, code="jwk_unsupported")
    if len(value) != _BYTES:
        raise FormatError("jwk_unsupported")
    return value
