"""The oblivious PRF against the vectors of RFC 9497, an independent library, and tampering."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voprf import ristretto

from registry.crypto import oprf
from registry_formats import sodium, voprf
from registry_formats.errors import FormatError

VECTORS = json.loads((Path(__file__).parents[2] / "clients/vectors/rfc9497_ristretto255.json").read_text())
MODE = next(mode for mode in VECTORS["modes"] if mode["mode"] == 1)
PAIR = oprf.derive_key_pair(bytes(range(32)), b"test")
BLINDS = [sodium.reduce(bytes([n]) * 64) for n in range(1, 5)]
VALUES = [b"one", b"two", b"three", b"four"]
BLINDED = [voprf.blind(value, scalar) for value, scalar in zip(VALUES, BLINDS, strict=True)]
EVALUATED = oprf.blind_evaluate(PAIR.secret, BLINDED)
PROOF = oprf.prove(PAIR, BLINDED, EVALUATED, nonce=sodium.reduce(b"n" * 64))


def parts(case: dict[str, Any], field: str) -> list[bytes]:
    return [bytes.fromhex(part) for part in case[field].split(",")]


def code(public: bytes, blinded: list[bytes], evaluated: list[bytes], proof: bytes) -> str:
    with pytest.raises(FormatError) as refused:
        voprf.verify(public, blinded, evaluated, proof)
    return refused.value.code


@pytest.mark.parametrize("case", MODE["cases"], ids=lambda case: case["Input"])
def test_the_vectors_of_rfc_9497_come_out(case: dict[str, Any]) -> None:
    pair = oprf.derive_key_pair(bytes.fromhex(MODE["seed"]), bytes.fromhex(MODE["key_info"]))
    assert (pair.secret.hex(), pair.public.hex()) == (MODE["sk"], MODE["pk"])
    values, scalars = parts(case, "Input"), parts(case, "Blind")
    blinded = [voprf.blind(value, scalar) for value, scalar in zip(values, scalars, strict=True)]
    assert blinded == parts(case, "BlindedElement")
    evaluated = oprf.blind_evaluate(pair.secret, blinded)
    assert evaluated == parts(case, "EvaluationElement")
    proof = oprf.prove(pair, blinded, evaluated, nonce=bytes.fromhex(case["Proof"]["r"]))
    assert proof.hex() == case["Proof"]["proof"]
    voprf.verify(pair.public, blinded, evaluated, proof)
    assert voprf.finalize(values, scalars, evaluated) == parts(case, "Output")


def test_an_independent_client_accepts_our_batch_and_its_proof() -> None:
    clients, asked = zip(*(ristretto.Client.blind(value) for value in VALUES), strict=True)
    blinded = [element.serialize() for element in asked]
    evaluated = oprf.blind_evaluate(PAIR.secret, blinded)
    proof = oprf.prove(PAIR, blinded, evaluated, nonce=sodium.reduce(b"m" * 64))
    answer = ristretto.VerifiableBatchOutput.deserialize(proof + b"".join(evaluated))
    outputs = ristretto.Client.finalize_batch(list(clients), answer, ristretto.PublicKey.deserialize(PAIR.public))
    assert [bytes(output) for output in outputs] == voprf.finalize(VALUES, BLINDS, EVALUATED)


def test_we_accept_the_batch_and_the_proof_of_an_independent_server() -> None:
    server = ristretto.Evaluator.from_seed(bytes(range(32)), b"test")
    answer = server.evaluate_batch([ristretto.BlindedInput.deserialize(element) for element in BLINDED])
    wire = bytes(answer.serialize())
    proof, evaluated = wire[:64], [wire[at : at + 32] for at in range(64, len(wire), 32)]
    assert bytes(server.public_key.serialize()) == PAIR.public
    assert evaluated == EVALUATED
    voprf.verify(PAIR.public, BLINDED, evaluated, proof)


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=4), st.binary(min_size=64, max_size=64))
@settings(max_examples=30, deadline=None)
def test_the_blind_does_not_change_the_output(values: list[bytes], uniform: bytes) -> None:
    scalar = sodium.reduce(uniform)
    if scalar == bytes(32):
        scalar = b"\x01" + bytes(31)
    outputs = []
    for secret in (scalar, BLINDS[0]):
        blinded = [voprf.blind(value, secret) for value in values]
        evaluated = oprf.blind_evaluate(PAIR.secret, blinded)
        voprf.verify(PAIR.public, blinded, evaluated, oprf.prove(PAIR, blinded, evaluated, nonce=scalar))
        outputs.append(voprf.finalize(values, [secret] * len(values), evaluated))
    assert outputs[0] == outputs[1]


@given(st.integers(0, 511))
@settings(max_examples=40, deadline=None)
def test_a_proof_with_one_flipped_bit_is_refused(bit: int) -> None:
    tampered = bytearray(PROOF)
    tampered[bit // 8] ^= 1 << bit % 8
    assert code(PAIR.public, BLINDED, EVALUATED, bytes(tampered)) in {"proof_invalid", "scalar_invalid"}


def test_a_proof_for_another_key_is_refused() -> None:
    other = oprf.derive_key_pair(bytes(range(32)), b"other")
    assert code(other.public, BLINDED, EVALUATED, PROOF) == "proof_invalid"


def test_a_proof_does_not_cover_other_elements_or_another_order() -> None:
    assert code(PAIR.public, BLINDED[::-1], EVALUATED, PROOF) == "proof_invalid"
    assert code(PAIR.public, BLINDED[::-1], EVALUATED[::-1], PROOF) == "proof_invalid"
    assert code(PAIR.public, BLINDED[:3], EVALUATED[:3], PROOF) == "proof_invalid"


def test_one_element_made_with_another_key_spoils_the_batch() -> None:
    other = oprf.derive_key_pair(bytes(range(32)), b"other")
    mixed = [*EVALUATED[:3], *oprf.blind_evaluate(other.secret, BLINDED[3:])]
    proof = oprf.prove(PAIR, BLINDED, mixed, nonce=sodium.reduce(b"n" * 64))
    assert code(PAIR.public, BLINDED, mixed, proof) == "proof_invalid"


def test_a_batch_has_one_to_256_elements_and_as_many_answers() -> None:
    assert code(PAIR.public, [], [], PROOF) == "batch_size"
    assert code(PAIR.public, BLINDED, EVALUATED[:3], PROOF) == "batch_size"
    assert code(PAIR.public, BLINDED[:1] * 257, EVALUATED[:1] * 257, PROOF) == "batch_size"


def test_identity_and_foreign_encodings_are_no_elements() -> None:
    for bad in (bytes(32), b"\xff" * 32, b"\x01" + bytes(31), b"", bytes(33)):
        assert code(PAIR.public, [bad, *BLINDED[1:]], EVALUATED, PROOF) == "element_invalid"
        assert code(bad, BLINDED, EVALUATED, PROOF) == "element_invalid"


def test_a_scalar_is_below_the_order() -> None:
    top = (voprf.ORDER - 1).to_bytes(32, "little")
    assert voprf.decode_scalar(top) == top
    for bad in (voprf.ORDER.to_bytes(32, "little"), b"\xff" * 32, b"", bytes(33)):
        with pytest.raises(FormatError) as refused:
            voprf.decode_scalar(bad)
        assert refused.value.code == "scalar_invalid"
    assert code(PAIR.public, BLINDED, EVALUATED, PROOF[:32] + b"\xff" * 32) == "scalar_invalid"


def test_a_proof_of_zeros_or_of_another_length_is_refused() -> None:
    assert code(PAIR.public, BLINDED, EVALUATED, bytes(64)) == "proof_invalid"
    assert code(PAIR.public, BLINDED, EVALUATED, PROOF[:63]) == "proof_invalid"


@pytest.mark.parametrize("value", [b"", b"x" * 65536])
def test_an_input_outside_its_length_is_refused(value: bytes) -> None:
    with pytest.raises(FormatError) as refused:
        voprf.blind(value, BLINDS[0])
    assert refused.value.code == "input_invalid"
