"""The signed request to a key operator and its answer: what is signed, and what is refused."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry_formats import base64url, evaluation, sodium
from registry_formats.errors import FormatError
from registry_formats.evaluation import Answer, Request

REALM = "test.cfr.example"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ELEMENTS = tuple(sodium.multiply_base(n.to_bytes(32, "little")) for n in range(1, 258))
REQUEST = evaluation.sign(Request("member-1", b"k" * 8, 1_800_000_000_000, b"n" * 16, ELEMENTS[:3]), REALM, KEY)
ANSWER = Answer("operator-1", b"k" * 8, ELEMENTS[:3], b"p" * 64)


def code(**changes: Any) -> str:  # noqa: ANN401 - any JSON value
    with pytest.raises(FormatError) as refused:
        evaluation.parse_request({**REQUEST.to_json(), **changes})
    return refused.value.code


def test_a_request_and_an_answer_survive_the_wire() -> None:
    assert evaluation.parse_request(REQUEST.to_json()) == REQUEST
    assert evaluation.parse_answer(ANSWER.to_json()) == ANSWER


def test_the_signature_is_over_the_bytes_the_format_names() -> None:
    expected = (
        b"CFR1-req\x10test.cfr.example\x08member-1" + b"k" * 8 + (1_800_000_000_000).to_bytes(8, "big") + b"n" * 16
    )
    expected += b"\x00\x03" + hashlib.sha256(b"".join(ELEMENTS[:3])).digest()
    KEY.public_key().verify(REQUEST.signature, expected)
    REQUEST.check(REALM, KEY.public_key())


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"member": "member-2"}, id="member"),
        pytest.param({"key_id": b"K" * 8}, id="key"),
        pytest.param({"ts_ms": 1_800_000_000_001}, id="time"),
        pytest.param({"nonce": b"N" * 16}, id="nonce"),
        pytest.param({"blinded": ELEMENTS[:2]}, id="fewer elements"),
        pytest.param({"blinded": ELEMENTS[1:4]}, id="other elements"),
    ],
)
def test_a_signature_does_not_cover_another_request(changed: dict[str, Any]) -> None:
    with pytest.raises(FormatError) as refused:
        replace(REQUEST, **changed).check(REALM, KEY.public_key())
    assert refused.value.code == "signature_invalid"


def test_a_signature_does_not_hold_in_another_realm() -> None:
    with pytest.raises(FormatError) as refused:
        REQUEST.check("other", KEY.public_key())
    assert refused.value.code == "signature_invalid"


@pytest.mark.parametrize(
    "changes",
    [
        {"extra": 1},
        {"member": ""},
        {"member": 7},
        {"member": "\ud800"},
        {"member": "m" * 256},
        {"ts_ms": "1"},
        {"ts_ms": True},
        {"ts_ms": -1},
        {"ts_ms": 2**53},
        {"nonce": base64url.encode(bytes(15))},
        {"key_id": base64url.encode(bytes(9))},
        {"sig": "="},
        {"sig": None},
        {"blinded": "text"},
        {"blinded": [7]},
    ],
    ids=str,
)
def test_a_request_of_another_shape_is_malformed(changes: dict[str, Any]) -> None:
    assert code(**changes) == "request_malformed"


def test_a_body_that_is_no_object_is_malformed() -> None:
    bodies: list[object] = [None, [], "text", {}]
    for body in bodies:
        with pytest.raises(FormatError) as refused:
            evaluation.parse_request(body)
        assert refused.value.code == "request_malformed"


def test_a_batch_has_one_to_256_different_elements() -> None:
    assert code(blinded=[]) == "batch_size"
    assert code(blinded=[base64url.encode(element) for element in ELEMENTS]) == "batch_size"
    assert code(blinded=[base64url.encode(ELEMENTS[0])] * 2) == "element_duplicate"
    assert len(evaluation.parse_request({**REQUEST.to_json(), "blinded": _texts(256)}).blinded) == 256


@pytest.mark.parametrize("element", [bytes(32), b"\xff" * 32, bytes(31)], ids=["identity", "not canonical", "short"])
def test_what_is_no_element_is_refused(element: bytes) -> None:
    assert code(blinded=[base64url.encode(element)]) == "element_invalid"


@pytest.mark.parametrize("changes", [{"operator": 7}, {"proof": base64url.encode(bytes(63))}], ids=str)
def test_an_answer_of_another_shape_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(FormatError) as refused:
        evaluation.parse_answer({**ANSWER.to_json(), **changes})
    assert refused.value.code == "request_malformed"


def _texts(count: int) -> list[str]:
    return [base64url.encode(element) for element in ELEMENTS[:count]]
