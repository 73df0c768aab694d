"""Normalisation profile 1: one spelling for each identifier, and a refusal instead of a guess."""

import json
import traceback
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registry_formats import normalise
from registry_formats.cfr1 import Kind
from registry_formats.errors import FormatError

FOLDER = Path(__file__).parents[2] / "clients/vectors"
VECTORS = json.loads((FOLDER / "normalise.json").read_text(encoding="utf-8"))
NEGATIVE = json.loads((FOLDER / "cfr1.json").read_text(encoding="utf-8"))["negative"]["inputs_to_refuse"]
REFUSED = [(entry["type"], entry["raw"]) for entry in VECTORS["refused"]] + [
    (kind, [raw]) for kind, raws in NEGATIVE.items() for raw in raws
]


def code(kind: str, raw: list[str | None]) -> str:
    with pytest.raises(FormatError) as refused:
        normalise.value(Kind(kind), *raw)  # type: ignore[arg-type] # the first is always a text
    return refused.value.code


@pytest.mark.parametrize("index", range(len(VECTORS["accepted"])))
def test_each_accepted_vector_has_its_one_spelling(index: int) -> None:
    vector: dict[str, Any] = VECTORS["accepted"][index]
    assert normalise.value(Kind(vector["type"]), *vector["raw"]) == vector["value"]


@pytest.mark.parametrize("index", range(len(VECTORS["accepted"])))
def test_a_normalised_value_normalises_to_itself(index: int) -> None:
    vector: dict[str, Any] = VECTORS["accepted"][index]
    assert normalise.value(Kind(vector["type"]), vector["value"]) == vector["value"]


@pytest.mark.parametrize("index", range(len(REFUSED)))
def test_what_is_not_sure_is_refused(index: int) -> None:
    assert code(*REFUSED[index]) == "input_invalid"


def test_the_vectors_cover_every_kind() -> None:
    for part in ("accepted", "refused"):
        assert {entry["type"] for entry in VECTORS[part]} == {kind.value for kind in Kind}


def test_a_number_no_operator_has_assigned_yet_has_a_token_all_the_same() -> None:
    number = "+8610000000000"
    assert not phonenumbers.is_valid_number(phonenumbers.parse(number))
    assert normalise.value(Kind.PHONE, number) == number


def test_every_spelling_of_one_phone_is_one_value() -> None:
    spellings = [("138 0013 8000", "CN"), ("+86 13800138000", None), ("008613800138000", "CN"), ("(138)00138000", "CN")]
    assert {normalise.value(Kind.PHONE, raw, region) for raw, region in spellings} == {"+8613800138000"}


def test_a_refusal_shows_nothing_of_what_was_typed() -> None:
    for kind, raw in (("national_id", "110105199902291234"), ("email", "secret@1.2.3.4"), ("phone", "13800138000")):
        with pytest.raises(FormatError) as refused:
            normalise.value(Kind(kind), raw)
        error = refused.value
        assert (error.__cause__, error.__context__) == (None, None)
        assert raw not in "".join(traceback.format_exception_only(error))


def test_more_than_512_characters_are_refused_unread() -> None:
    assert code("address", ["CN", "110105", "1-2" + "路" * 510]) == "input_invalid"


@given(st.sampled_from(Kind), st.text(max_size=40))
def test_any_text_is_refused_by_code_or_normalises_to_itself(kind: Kind, text: str) -> None:
    try:
        once = normalise.value(kind, text)
    except FormatError as error:
        code = error.code
        once = None
    if once is None:
        assert code == "input_invalid"
    else:
        assert normalise.value(kind, once) == once


@given(
    st.text(st.characters(exclude_characters="@"), min_size=1, max_size=20),
    st.sampled_from(["example.com", "gmail.com", "icloud.com", "例子.中国"]),
)
def test_an_email_is_stable_whatever_its_letters(local: str, domain: str) -> None:
    try:
        once = normalise.value(Kind.EMAIL, f"{local}@{domain}")
    except FormatError:
        return
    assert normalise.value(Kind.EMAIL, once) == once


@given(
    # 179xx also was the prefix of a cheap call, which must not be taken off a mobile number.
    st.integers(13_000_000_000, 19_999_999_999) | st.integers(17_900_000_000, 17_999_999_999),
    st.sampled_from(["{}", "+86{}", "0086 {}", "(+86) {}", "{} x1"]),
)
@example(17_999_004_939, "{}")  # not a call to Germany
def test_a_chinese_mobile_is_stable_however_it_is_written(number: int, form: str) -> None:
    assert normalise.value(Kind.PHONE, form.format(number), "CN") == f"+86{number}"
