"""What a member asks of a key operator and what it answers (tokens.md, section 2); JSON with base64url fields.

The gateway forwards both unchanged: the member signs, the operator checks, and no one between them is trusted.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from registry_formats import base64url, voprf
from registry_formats.errors import FormatError

NONCE = 16
_KEY_ID = 8
_NAME_MAX = 255
_TIME_MAX = 2**53 - 1
_REQUEST = {"member", "key_id", "ts_ms", "nonce", "blinded", "sig"}
_ANSWER = {"operator", "key_id", "evaluated", "proof"}


@dataclass(frozen=True, slots=True)
class Request:
    """One signed batch of 1 to 256 blinded elements of 32 bytes; `ts_ms` in milliseconds since 1970."""

    member: str
    key_id: bytes
    ts_ms: int
    nonce: bytes
    blinded: tuple[bytes, ...]
    signature: bytes = b""

    def check(self, realm: str, key: Ed25519PublicKey) -> None:
        """Check who asks; `signature_invalid`."""
        try:
            key.verify(self.signature, _signed(realm, self))
        except InvalidSignature as error:
            raise FormatError("signature_invalid") from error

    def to_json(self) -> dict[str, Any]:
        """Return the body of the request."""
        return {
            "member": self.member,
            "key_id": base64url.encode(self.key_id),
            "ts_ms": self.ts_ms,
            "nonce": base64url.encode(self.nonce),
            "blinded": [base64url.encode(element) for element in self.blinded],
            "sig": base64url.encode(self.signature),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """One operator's evaluations, in the order asked, with one 64-byte proof for all."""

    operator: str
    key_id: bytes
    evaluated: tuple[bytes, ...]
    proof: bytes

    def to_json(self) -> dict[str, Any]:
        """Return the body of the answer."""
        return {
            "operator": self.operator,
            "key_id": base64url.encode(self.key_id),
            "evaluated": [base64url.encode(element) for element in self.evaluated],
            "proof": base64url.encode(self.proof),
        }


def sign(request: Request, realm: str, key: Ed25519PrivateKey) -> Request:
    """Return the request with its member's signature; nonce and time must be fresh for every attempt."""
    return replace(request, signature=key.sign(_signed(realm, request)))


def parse_request(body: object) -> Request:
    """Read a request. Codes: `request_malformed`, `batch_size`, `element_invalid`, `element_duplicate`."""
    fields = _fields(body, _REQUEST)
    member, ts_ms = fields["member"], fields["ts_ms"]
    if not isinstance(member, str) or not member.isascii() or not 1 <= len(member) <= _NAME_MAX:
        raise FormatError("request_malformed")
    if type(ts_ms) is not int or not 0 <= ts_ms <= _TIME_MAX:
        raise FormatError("request_malformed")
    blinded = _elements(fields["blinded"])
    if len(set(blinded)) != len(blinded):
        raise FormatError("element_duplicate")
    key_id, nonce, signature = (
        _bytes(fields[name], size) for name, size in (("key_id", _KEY_ID), ("nonce", NONCE), ("sig", 64))
    )
    return Request(member, key_id, ts_ms, nonce, blinded, signature)


def parse_answer(body: object) -> Answer:
    """Read an answer; the proof is checked by `voprf.verify`. Codes as for a request."""
    fields = _fields(body, _ANSWER)
    if not isinstance(fields["operator"], str):
        raise FormatError("request_malformed")
    key_id, proof = _bytes(fields["key_id"], _KEY_ID), _bytes(fields["proof"], voprf.PROOF)
    return Answer(fields["operator"], key_id, _elements(fields["evaluated"]), proof)


def _signed(realm: str, request: Request) -> bytes:
    names = (realm.encode(), request.member.encode())
    return b"".join(
        (
            b"CFR1-req",
            *(bytes([len(name)]) + name for name in names),
            request.key_id,
            request.ts_ms.to_bytes(8, "big"),
            request.nonce,
            len(request.blinded).to_bytes(2, "big"),
            hashlib.sha256(b"".join(request.blinded)).digest(),
        )
    )


def _fields(body: object, names: set[str]) -> Mapping[str, Any]:
    if not isinstance(body, dict) or body.keys() != names:
        raise FormatError("request_malformed")
    return body


def _elements(values: object) -> tuple[bytes, ...]:
    if not isinstance(values, list):
        raise FormatError("request_malformed")
    if not 1 <= len(values) <= voprf.BATCH:
        raise FormatError("batch_size")
    return tuple(voprf.decode_element(_bytes(value, None, "element_invalid")) for value in values)


def _bytes(value: object, size: int | None, code: str = "request_malformed") -> bytes:
    if not isinstance(value, str):
        raise FormatError("request_malformed")
    data = base64url.decode(value, code=code)
    if size is not None and len(data) != size:
        raise FormatError(code)
    return data
