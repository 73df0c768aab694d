"""Canonical JSON: the examples of RFC 8785 and what must be refused."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_formats import base64url, canonical
from registry_formats.errors import FormatError

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_the_example_of_rfc_8785_comes_out_byte_for_byte() -> None:
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f",
        "literals": [None, True, False],
    }
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical.dumps(value) == expected.encode()


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, {1: "x"}, b"bytes", "\ud800"])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(FormatError) as refused:
        canonical.dumps(value)
    assert refused.value.code == "canonical_invalid"


@pytest.mark.parametrize(
    "data",
    [b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1,"a":1}', b"1.0", b'"\\u0041"', b"NaN", b"{", b"\xff", b"[" * 100_000],
)
def test_every_other_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError) as refused:
        canonical.loads(data)
    assert refused.value.code == "canonical_invalid"


@given(_JSON)
def test_a_value_survives_the_round_trip(value: Any) -> None:  # noqa: ANN401 - any JSON value
    data = canonical.dumps(value)
    assert canonical.loads(data) == value == json.loads(data)


@given(st.binary(max_size=80))
def test_base64url_gives_back_the_bytes(data: bytes) -> None:
    assert base64url.decode(base64url.encode(data)) == data


@pytest.mark.parametrize("text", ["A", "AA==", "AB", "A+/A", "AA\n", "é", "AA A"])
def test_base64url_has_one_text_for_each_value(text: str) -> None:
    with pytest.raises(FormatError) as refused:
        base64url.decode(text, code="some_code")
    assert refused.value.code == "some_code"
