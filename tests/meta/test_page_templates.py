"""What every template of a page keeps to: one frame, no code or style of its own, forms of ours, texts translated."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REGISTRY = Path(__file__).parents[2] / "registry"
TEMPLATES = {
    str(path.relative_to(REGISTRY)): path.read_text()
    for part in ("pages", "console", "portal")
    for path in sorted((REGISTRY / part / "templates").glob("*.html"))
}
EXTENDS = re.compile(r"{%-?\s*extends\s+[\"']([^\"']+)[\"']")
INSIDE = re.compile(r"{%-?\s*(?:import|from|include)\s+[\"']([^\"']+)[\"']")
FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
TABLE = re.compile(r"(<div class=\"table[^>]*>)?\s*<table\b")
# What a reader sees or hears, though it stands in an attribute.
SAID = re.compile(r"\b(?:aria-label|aria-description|alt|title|placeholder)=\"([^\"]*)\"")
LETTERS = re.compile(r"[A-Za-z\u4e00-\u9fff]{2,}")
# What a block of the layout, or a macro, puts into a tag.
WITHIN_TAGS = re.compile(r"{% block (?:home|kind) %}.*?{% endblock %}|{% macro _\w+.*?endmacro", re.DOTALL)
JINJA = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
TAG = re.compile(r"<[^>]*>", re.DOTALL)


def drawn_within(name: str) -> bool:
    """Tell whether a template is a part of others."""
    return any(name.rpartition("/")[2] in INSIDE.findall(text) for text in TEMPLATES.values())


def test_a_page_stands_in_the_frame_of_its_part() -> None:
    assert [name for name, text in TEMPLATES.items() if not framed(name, EXTENDS.findall(text))] == []


def framed(name: str, extends: list[str]) -> bool:
    """Tell whether a template extends what it should."""
    if name.endswith("/layout.html") or drawn_within(name):
        return not extends
    if name.endswith("/frame.html"):
        return extends == ["layout.html"]
    if name.endswith("_frame.html"):
        # A frame within the frame, perhaps with its rooms.
        return extends in (["frame.html"], ["rooms_frame.html"])
    return len(extends) == 1 and extends[0].endswith("frame.html")


# What shows long work to whoever has no scripts.
ANEW = '<noscript><meta http-equiv="refresh" content="5"></noscript>'


def test_a_template_has_no_code_nor_style_of_its_own() -> None:
    loud = re.compile(r"<style\b|\sstyle=|\son[a-z]+=|javascript:|<iframe\b|<base\b|http-equiv")
    script = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL)
    quiet = {name: JINJA.sub("", text).replace(ANEW, "") for name, text in TEMPLATES.items()}
    assert [name for name, text in quiet.items() if loud.search(text)] == []
    scripts = [(name, found) for name, text in TEMPLATES.items() for found in script.findall(text)]
    assert [one for one in scripts if "asset(" not in one[1][0] or one[1][1].strip()] == []


def test_everything_a_template_shows_is_escaped() -> None:
    assert [name for name, text in TEMPLATES.items() if re.search(r"\|\s*safe\b|autoescape|Markup", text)] == []


def test_a_template_loads_nothing_from_elsewhere() -> None:
    elsewhere = re.compile(r"(?:src|href|action|srcset|data|poster)=\"(?:https?:)?//")
    assert [name for name, text in TEMPLATES.items() if elsewhere.search(text)] == []


def test_a_form_says_how_it_is_sent_and_proves_that_it_is_ours() -> None:
    forms = [(name, *found) for name, text in TEMPLATES.items() for found in FORM.findall(text)]
    for name, attributes, inside in forms:
        method = re.findall(r"\bmethod=\"(\w+)\"", attributes)
        assert method in (["get"], ["post"]), (name, attributes)
        assert ("csrf" in inside) == (method == ["post"]), (name, attributes)


def test_a_table_scrolls_in_a_region_that_the_keyboard_reaches() -> None:
    regions = [(name, region) for name, text in TEMPLATES.items() for region in TABLE.findall(text)]
    for name, region in regions:
        assert {'tabindex="0"', 'role="region"'} <= set(region.split()), f"{name}: not in a focusable region"
        assert "aria-label" in region, name


def test_every_word_of_a_template_can_be_translated() -> None:
    assert {name: found for name, text in TEMPLATES.items() if (found := [*untranslated(text)])} == {}


def untranslated(text: str) -> Iterator[str]:
    """Find words that stand in a template as they are; codes and names of formats may."""
    bare = JINJA.sub(" ", WITHIN_TAGS.sub(" ", text))
    for said in SAID.findall(bare):
        yield from LETTERS.findall(said)
    shown = re.sub(r"<(code|kbd)\b.*?</\1>", " ", bare, flags=re.DOTALL)
    for word in LETTERS.findall(TAG.sub(" ", shown)):
        if word not in FORMATS:
            yield word


FORMATS = {"CSV", "JSON", "JSONL", "PDF", "Parquet", "SHA", "TOTP", "UTC"}


@pytest.mark.parametrize(
    "wrong", ["<p>Hello</p>", '<p aria-label="Hello"></p>', "<b>{{ x }} days</b>", '<input placeholder="Name">']
)
def test_the_net_for_words_catches_them(wrong: str) -> None:
    assert list(untranslated(wrong))
