"""Signed statements: compact JWS (RFC 7515) over canonical JSON (RFC 8785); EdDSA (RFC 8037) or ES256 (RFC 7518)."""

import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from registry_formats import base64url, canonical
from registry_formats.errors import FormatError

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey
PublicKey = Ed25519PublicKey | EllipticCurvePublicKey

_COORDINATE = 32


def sign(payload: Mapping[str, Any], *, key: PrivateKey, kid: str, typ: str | None = None) -> str:
    """Sign a JSON object; the kind of key chooses the algorithm. `jws_algorithm` for a curve other than P-256."""
    header = {"alg": _algorithm(key), "kid": kid} | ({"typ": typ} if typ is not None else {})
    signed = f"{base64url.encode(canonical.dumps(header))}.{base64url.encode(canonical.dumps(dict(payload)))}"
    return f"{signed}.{base64url.encode(_signature(key, signed.encode('ascii')))}"


def verify(compact: str, keys: Mapping[str, PublicKey], *, typ: str | None = None) -> tuple[str, dict[str, Any]]:
    """Return the signer's key id and the payload.

    Args:
        compact: the statement.
        keys: by key id.
        typ: what the header must say it is (RFC 8725, section 3.11); None takes any.

    Codes: `jws_malformed`, `jws_type`, `jws_key_unknown`, `jws_algorithm` (outside the allow-list, or not the one of
    this key), `jws_signature_invalid`, `jws_not_canonical` (the payload is not its own canonical form).
    """
    head, signed, signature = _split(compact)
    header = _header(head)
    if typ is not None and header.get("typ") != typ:
        raise FormatError("jws_type")
    key = keys.get(header["kid"])
    if key is None:
        raise FormatError("jws_key_unknown")
    if header["alg"] != _algorithm(key):
        raise FormatError("jws_algorithm")
    _check(key, compact.rpartition(".")[0].encode("ascii"), signature)
    return header["kid"], _object(signed)


def payload(compact: str) -> dict[str, Any]:
    """Read the payload of a statement that was verified before; `jws_malformed` or `jws_not_canonical`."""
    return _object(_split(compact)[1])


def key_id(compact: str) -> str:
    """Read the key id of a statement whose signature is not checked yet, to find the key with."""
    return _header(_split(compact)[0])["kid"]


def _split(compact: str) -> tuple[bytes, bytes, bytes]:
    parts = compact.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - RFC 7515, section 3.1
        raise FormatError("jws_malformed")
    head, signed, signature = (base64url.decode(part, code="jws_malformed") for part in parts)
    return head, signed, signature


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = canonical.loads(data)
    except FormatError as error:
        raise FormatError("jws_not_canonical") from error
    if not isinstance(value, dict):
        raise FormatError("jws_malformed")
    return value


def _header(data: bytes) -> dict[str, str]:
    try:
        header = json.loads(data, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise FormatError("jws_malformed") from error
    if not isinstance(header, dict) or header.keys() not in ({"alg", "kid"}, {"alg", "kid", "typ"}):
        raise FormatError("jws_malformed")
    if not all(isinstance(value, str) for value in header.values()):
        raise FormatError("jws_malformed")
    return header


def _unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers disagree on which of two equal names counts, so neither does."""
    header = dict(members)
    if len(header) != len(members):
        raise FormatError("jws_malformed")
    return header


def _algorithm(key: PrivateKey | PublicKey) -> str:
    if isinstance(key, Ed25519PrivateKey | Ed25519PublicKey):
        return "EdDSA"
    if isinstance(key.curve, SECP256R1):
        return "ES256"
    raise FormatError("jws_algorithm")


def _signature(key: PrivateKey, message: bytes) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(message)
    r, s = decode_dss_signature(key.sign(message, ECDSA(SHA256())))
    return r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")


def _check(key: PublicKey, message: bytes, signature: bytes) -> None:
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, message)
            return
        if len(signature) != 2 * _COORDINATE:
            raise FormatError("jws_signature_invalid")
        r, s = (int.from_bytes(half, "big") for half in (signature[:_COORDINATE], signature[_COORDINATE:]))
        key.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
    except InvalidSignature as error:
        raise FormatError("jws_signature_invalid") from error
