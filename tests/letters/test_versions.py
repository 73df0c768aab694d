"""A letter names its template; whoever changes a sentence or the layout raises the version."""

import hashlib

import pytest

from registry.letters.compose import VERSION, compose
from registry.translations import LANGUAGES
from tests.letters.letter_facts import ALL

# By version and language. After a change: raise VERSION, add a line, and leave the others for the audit log.
TEMPLATES = {
    (1, "en"): "0a18f4ebd287fbde",
    (1, "zh"): "db53fb0e0a0fdd0b",
    (2, "en"): "cf1ceacb977faec5",
    (2, "zh"): "e3e20897a18612ab",
    (3, "en"): "cf1ceacb977faec5",
    (3, "zh"): "71af4145b6a8077e",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_change_of_words_or_layout_is_a_new_version(language: str) -> None:
    every = sorted({compose(facts, language).template for facts in ALL})
    found = hashlib.sha256("".join(every).encode()).hexdigest()[:16]
    assert TEMPLATES.get((VERSION, language)) == found


def test_the_languages_have_templates_of_their_own() -> None:
    templates = [{compose(facts, language).template for facts in ALL} for language in LANGUAGES]
    assert templates[0].isdisjoint(templates[1])
