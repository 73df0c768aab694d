"""Texts for people, in the language they ask for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.translations import LANGUAGES, catalogue, negotiate, translate


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("zh", "zh"),
        ("zh-Hans-CN", "zh"),
        ("ZH-tw;q=0.1, fr", "zh"),
        ("en;q=0.8, zh;q=0.9", "zh"),
        ("en, zh", "en"),
        ("fr, de", "en"),
        ("*", "en"),
        ("", "en"),
        ("zh;q=0", "en"),
        ("zh;q=x", "en"),
    ],
)
def test_the_preferred_language_among_ours_is_chosen(wish: str, language: str) -> None:
    assert negotiate(wish) == language


@given(st.text(max_size=300))
def test_any_header_leads_to_a_language_we_have(wish: str) -> None:
    assert negotiate(wish) in LANGUAGES


def test_a_text_without_translation_is_english() -> None:
    assert translate("No such sentence.", "zh") == "No such sentence."
    assert translate("Check the id.", "fr") == "Check the id."
    assert catalogue("fr") == {}


def test_values_enter_a_whole_sentence() -> None:
    assert translate("{count} of {all}", "en", count=1, all=3) == "1 of 3"
