"""Signed statements: who signed, over which bytes, and every way to be refused."""

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry_formats import base64url, jws
from registry_formats.errors import FormatError

ED = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
EC = ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1())
KEYS: dict[str, jws.PublicKey] = {"ed": ED.public_key(), "ec": EC.public_key()}
PAYLOAD = {"b": 1, "a": ["é", None]}


def compact(header: object, payload: bytes, key: Ed25519PrivateKey = ED) -> str:
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    signed = f"{base64url.encode(head)}.{base64url.encode(payload)}"
    return f"{signed}.{base64url.encode(key.sign(signed.encode()))}"


def code(text: str) -> str:
    with pytest.raises(FormatError) as refused:
        jws.verify(text, KEYS)
    return refused.value.code


@pytest.mark.parametrize(("kid", "key"), [("ed", ED), ("ec", EC)])
def test_a_statement_names_its_signer_and_keeps_its_payload(kid: str, key: jws.PrivateKey) -> None:
    text = jws.sign(PAYLOAD, key=key, kid=kid, typ="report+jws")
    assert jws.verify(text, KEYS) == (kid, PAYLOAD)
    assert jws.key_id(text) == kid


@pytest.mark.parametrize(("kid", "key", "algorithm"), [("ed", ED, "EdDSA"), ("ec", EC, "ES256")])
def test_an_independent_library_accepts_our_statement(kid: str, key: jws.PrivateKey, algorithm: str) -> None:
    text = jws.sign(PAYLOAD, key=key, kid=kid)
    opened: dict[str, Any] = jwt.decode(text, KEYS[kid], algorithms=[algorithm])
    assert opened == PAYLOAD


@pytest.mark.parametrize(("kid", "key"), [("ed", ED), ("ec", EC)])
def test_a_changed_byte_is_refused(kid: str, key: jws.PrivateKey) -> None:
    head, _, signature = jws.sign(PAYLOAD, key=key, kid=kid).split(".")
    assert code(f"{head}.{base64url.encode(b'{}')}.{signature}") == "jws_signature_invalid"
    assert code(f"{head}.{base64url.encode(b'{}')}.{base64url.encode(bytes(63))}") == "jws_signature_invalid"
    assert code(f"{head}.{base64url.encode(b'{}')}.{base64url.encode(bytes(64))}") == "jws_signature_invalid"


@pytest.mark.parametrize("payload", [b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1,"a":1}'])
def test_a_payload_that_is_not_canonical_is_refused(payload: bytes) -> None:
    assert code(compact({"alg": "EdDSA", "kid": "ed"}, payload)) == "jws_not_canonical"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "EdDSA"},
        {"alg": "EdDSA", "kid": "ed", "crit": ["b64"]},
        {"alg": "EdDSA", "kid": 7},
        [["alg", "EdDSA"], ["kid", "ed"]],
        "alg",
        7,
        b"{",
        b'{"alg":"EdDSA","kid":"other","kid":"ed"}',
    ],
)
def test_any_other_header_is_refused(header: object) -> None:
    assert code(compact(header, b"{}")) == "jws_malformed"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES256", "RS256"])
def test_an_algorithm_that_is_not_the_keys_own_is_refused(algorithm: str) -> None:
    assert code(compact({"alg": algorithm, "kid": "ed"}, b"{}")) == "jws_algorithm"


def test_a_key_on_another_curve_cannot_sign() -> None:
    with pytest.raises(FormatError) as refused:
        jws.sign({}, key=ec.derive_private_key(7, ec.SECP384R1()), kid="x")
    assert refused.value.code == "jws_algorithm"


def test_an_unknown_key_and_a_broken_text_are_refused() -> None:
    assert code(compact({"alg": "EdDSA", "kid": "nobody"}, b"{}")) == "jws_key_unknown"
    assert code("a.b") == "jws_malformed"
    assert code(jws.sign({}, key=ED, kid="ed") + "=") == "jws_malformed"
    assert code(compact({"alg": "EdDSA", "kid": "ed"}, b"[]")) == "jws_malformed"
