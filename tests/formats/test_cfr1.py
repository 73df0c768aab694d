"""CFR1 tokens: every intermediate value of the published vectors, and every list of refusals."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.crypto import oprf
from registry_formats import cfr1, normalise, voprf
from registry_formats.cfr1 import Cost, Kind
from registry_formats.errors import FormatError

VECTORS = json.loads((Path(__file__).parents[2] / "clients/vectors/cfr1.json").read_text(encoding="utf-8"))
TOKENS = VECTORS["tokens"]
REALM = VECTORS["realm"]
SEED = bytes.fromhex(VECTORS["seed"])


def name(vector: Mapping[str, Any]) -> str:
    return f"{vector['type']}-{vector['epoch']}-{vector['raw'][0]}"


@pytest.mark.parametrize("vector", TOKENS, ids=name)
def test_every_intermediate_value_of_the_vectors_comes_out(vector: dict[str, Any]) -> None:
    def expect(field: str) -> bytes:
        return bytes.fromhex(vector[field])

    kind, epoch, cost = Kind(vector["type"]), vector["epoch"], Cost(**_cost(vector))
    assert normalise.value(kind, *vector["raw"]) == vector["value"]
    framed = cfr1.oprf_input(kind, vector["value"])
    assert framed == expect("oprf_input")
    info = cfr1.key_info(REALM, epoch, kind)
    assert info == expect("key_info")
    pair = oprf.derive_key_pair(SEED, info)
    assert (pair.secret, pair.public) == (expect("sk"), expect("pk"))
    key = cfr1.key_id(REALM, epoch, kind, cost=cost, public=pair.public)
    assert key == expect("key_id")
    blinded = voprf.blind(framed, expect("blind"))
    assert blinded == expect("blinded")
    [evaluated] = oprf.blind_evaluate(pair.secret, [blinded])
    assert evaluated == expect("evaluated")
    proof = oprf.prove(pair, [blinded], [evaluated], nonce=expect("proof_nonce"))
    assert proof == expect("proof")
    voprf.verify(pair.public, [blinded], [evaluated], proof)
    [output] = voprf.finalize([framed], [expect("blind")], [evaluated])
    assert output == expect("oprf_output")
    stretched = cfr1.stretch(output, key, cost)
    assert stretched == expect("stretched")
    token = cfr1.token(kind, epoch, key, output=output, stretched=stretched)
    assert (token.data, token.text) == (expect("token"), vector["text"])
    assert cfr1.stored(bytes.fromhex(VECTORS["pepper"]), token) == expect("stored_id")
    assert cfr1.parse(vector["text"]) == token


@pytest.mark.parametrize("vector", TOKENS, ids=name)
@pytest.mark.parametrize("operators", ["12", "13", "23"])
def test_any_two_of_three_shares_give_the_same_evaluation(vector: dict[str, Any], operators: str) -> None:
    blinded = bytes.fromhex(vector["blinded"])
    answers = {}
    for operator in operators:
        [answer] = oprf.blind_evaluate(bytes.fromhex(vector["shares"][operator]), [blinded])
        assert answer.hex() == vector["share_evaluated"][operator]
        answers[int(operator)] = answer
    assert voprf.interpolate(answers).hex() == vector["evaluated"]
    publics = {int(operator): bytes.fromhex(vector["share_keys"][operator]) for operator in operators}
    assert voprf.interpolate(publics).hex() == vector["pk"]


@pytest.mark.parametrize("text", [*VECTORS["negative"]["tokens_to_refuse"], "", "cfr1_", "cfr1_é"])
def test_a_text_that_is_not_the_tokens_own_is_refused(text: str) -> None:
    with pytest.raises(FormatError) as refused:
        cfr1.parse(text)
    assert refused.value.code == "token_malformed"


@pytest.mark.parametrize("head", ["c1000001", "c1080001", "c2010001", "c1010000"])
def test_a_token_of_no_kind_or_no_epoch_is_refused(head: str) -> None:
    with pytest.raises(FormatError) as refused:
        cfr1.from_bytes(bytes.fromhex(head) + bytes(32))
    assert refused.value.code == "token_malformed"


@pytest.mark.parametrize("element", VECTORS["negative"]["elements_to_refuse"])
def test_an_element_of_the_refusal_list_is_refused_on_both_sides(element: str) -> None:
    data = bytes.fromhex(element)
    for refuse in (voprf.decode_element, lambda value: oprf.blind_evaluate(b"\x05" + bytes(31), [value])):
        with pytest.raises(FormatError) as refused:
            refuse(data)
        assert refused.value.code in {"element_invalid", "length_invalid"}


@pytest.mark.parametrize("size", [0, 513])
def test_a_value_outside_its_length_is_refused(size: int) -> None:
    with pytest.raises(FormatError) as refused:
        cfr1.oprf_input(Kind.PHONE, "1" * size)
    assert refused.value.code == "input_invalid"


@pytest.mark.parametrize(("realm", "epoch"), [("", 1), ("r" * 256, 1), ("r", 0), ("r", 65536)])
def test_a_key_needs_a_realm_and_an_epoch(realm: str, epoch: int) -> None:
    with pytest.raises(FormatError) as refused:
        cfr1.key_info(realm, epoch, Kind.EMAIL)
    assert refused.value.code in {"realm_invalid", "epoch_invalid"}


@given(st.sampled_from(Kind), st.integers(1, 65535), st.binary(min_size=32, max_size=32))
def test_a_token_survives_its_text(kind: Kind, epoch: int, lookup: bytes) -> None:
    token = cfr1.Token(kind, epoch, lookup)
    assert cfr1.parse(token.text) == token
    assert len(token.text) == 53


@given(st.text(max_size=60) | st.text(alphabet="cfr1_wQEAAdHOBs5jMSKh=-", max_size=60))
def test_a_text_that_parses_is_the_text_that_is_written(text: str) -> None:
    try:
        token = cfr1.parse(text)
    except FormatError:
        return
    assert token.text == text


def test_the_kinds_are_numbered_one_to_seven() -> None:
    assert [kind.number for kind in Kind] == [1, 2, 3, 4, 5, 6, 7]


def test_a_token_does_not_show_itself_in_logs() -> None:
    token = cfr1.parse(TOKENS[0]["text"])
    assert repr(token) == "Token(phone, epoch 1)"


def _cost(vector: Mapping[str, Any]) -> dict[str, int]:
    return {name: vector["argon2"][name] for name in ("m", "t", "p")}
