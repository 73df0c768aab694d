"""The key operator's secrets: derived from a seed, never shown."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from registry.crypto import oprf
from registry_formats import sodium, voprf
from registry_formats.errors import FormatError


def test_a_key_does_not_show_its_secret() -> None:
    pair = oprf.derive_key_pair(bytes(32), b"info")
    assert repr(pair.secret) not in repr(pair)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_seed_has_32_bytes(size: int) -> None:
    with pytest.raises(FormatError) as refused:
        oprf.derive_key_pair(bytes(size), b"info")
    assert refused.value.code == "seed_invalid"


@given(st.binary(max_size=40), st.binary(max_size=40))
@settings(max_examples=30, deadline=None)
def test_what_a_key_is_for_changes_the_key(one: bytes, other: bytes) -> None:
    first, second = (oprf.derive_key_pair(bytes(32), info) for info in (one, other))
    assert (first == second) == (one == other)
    assert voprf.decode_element(first.public) == sodium.multiply_base(first.secret)


@given(st.integers(1, voprf.ORDER - 1), st.integers(1, voprf.ORDER - 1), st.permutations([1, 2, 3, 4]))
@settings(max_examples=20, deadline=None)
def test_any_t_shares_of_a_polynomial_act_as_the_whole_key(secret: int, slope: int, order: list[int]) -> None:
    blinded = voprf.blind(b"value", sodium.reduce(b"b" * 64))
    whole = sodium.multiply(secret.to_bytes(32, "little"), blinded)
    shares = {i: (secret + slope * i) % voprf.ORDER for i in order[:2]}
    assume(0 not in shares.values())
    answers = {i: oprf.blind_evaluate(share.to_bytes(32, "little"), [blinded])[0] for i, share in shares.items()}
    assert voprf.interpolate(answers) == whole
