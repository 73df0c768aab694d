"""The vector file is current, and two independent implementations agree with it."""

import json
import re

import pytest

from tests.domain.reference_score import reference
from tests.domain.score_cases import ROOT, Case
from tests.domain.score_vector_cases import CASES
from tests.domain.score_vectors import FILE, answer_of, expected, text, value_of

VECTORS = {each["name"]: each for each in json.loads(FILE.read_text("utf-8"))["cases"]}


def test_the_vector_file_is_what_the_scorer_writes_today() -> None:
    assert FILE.read_text("utf-8") == text()


def test_every_case_has_a_name_of_its_own() -> None:
    assert len(VECTORS) == len(CASES) >= 60


@pytest.mark.parametrize("each", CASES, ids=lambda each: each.name)
def test_the_registry_gives_the_published_answer(each: Case) -> None:
    assert expected(answer_of(each)) | {"value": value_of(each)} == VECTORS[each.name]["expect"]


@pytest.mark.parametrize("each", CASES, ids=lambda each: each.name)
def test_the_plain_reference_gives_the_published_score(each: Case) -> None:
    published = VECTORS[each.name]["expect"]
    assert reference(each) == (published["score"], published["score_without_own"], published["value"])


def test_the_vectors_reach_every_band_code_and_strength() -> None:
    answers = [each["expect"] for each in VECTORS.values()]
    assert {answer["band"] for answer in answers} == {"none", "low", "guarded", "high", "severe"}
    assert {answer["match_strength"] for answer in answers} == {"none", "weak", "probable", "proven"}
    assert {code for answer in answers for code in answer["reason_codes"]} == {f"R0{n}" for n in range(1, 7)}
    assert {code for answer in answers for code in answer["mitigating"]} == {f"M0{n}" for n in range(1, 6)}
    assert {answer["supports_closure"] for answer in answers if answer["band"] == "severe"} == {True, False}


def test_the_examples_in_the_documentation_are_the_vectors() -> None:
    rows = re.findall(r"^\| `(.+)` \| (\d+) \| (\w+) \|$", (ROOT / "docs/scoring.md").read_text("utf-8"), re.MULTILINE)
    assert len(rows) > 15
    for name, score, band in rows:
        published = VECTORS[name]["expect"]
        assert (published["score"], published["band"]) == (int(score), band), name
