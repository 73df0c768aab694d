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


def every(check: str) -> pytest.MarkDecorator:
    """Try a rule on each template."""
    return pytest.mark.parametrize("name", sorted(TEMPLATES), ids=lambda name: f"{check}-{name}")


def drawn_within(name: str) -> bool:
    """Tell whether a template is a part of others."""
    return any(name.rpartition("/")[2] in INSIDE.findall(text) for text in TEMPLATES.values())


@every("frame")
def test_a_page_stands_in_the_frame_of_its_part(name: str) -> None:
    extends = EXTENDS.findall(TEMPLATES[name])
    if name.endswith("/layout.html") or drawn_within(name):
        assert not extends
    elif name.endswith("/frame.html"):
        assert extends == ["layout.html"]
    elif name.endswith("_frame.html"):
        # A frame within the frame, perhaps with its rooms.
        assert extends in (["frame.html"], ["rooms_frame.html"])
    else:
        assert len(extends) == 1
        assert extends[0].endswith("frame.html")


# What shows long work to whoever has no scripts.
ANEW = '<noscript><meta http-equiv="refresh" content="5"></noscript>'


@every("quiet")
def test_a_template_has_no_code_nor_style_of_its_own(name: str) -> None:
    text = JINJA.sub("", TEMPLATES[name]).replace(ANEW, "")
    assert not re.findall(r"<style\b|\sstyle=|\son[a-z]+=|javascript:|<iframe\b|<base\b|http-equiv", text)
    for attributes, inside in re.findall(r"<script\b([^>]*)>(.*?)</script>", TEMPLATES[name], re.DOTALL):
        assert "asset(" in attributes
        assert not inside.strip()


@every("escaped")
def test_everything_a_template_shows_is_escaped(name: str) -> None:
    assert not re.findall(r"\|\s*safe\b|autoescape|Markup", TEMPLATES[name])


@every("own")
def test_a_template_loads_nothing_from_elsewhere(name: str) -> None:
    assert not re.findall(r"(?:src|href|action|srcset|data|poster)=\"(?:https?:)?//", TEMPLATES[name])


@every("forms")
def test_a_form_says_how_it_is_sent_and_proves_that_it_is_ours(name: str) -> None:
    for attributes, inside in FORM.findall(TEMPLATES[name]):
        method = re.findall(r"\bmethod=\"(\w+)\"", attributes)
        assert method in (["get"], ["post"]), attributes
        assert ("csrf" in inside) == (method == ["post"]), attributes


@every("tables")
def test_a_table_scrolls_in_a_region_that_the_keyboard_reaches(name: str) -> None:
    for region in TABLE.findall(TEMPLATES[name]):
        assert {'tabindex="0"', 'role="region"'} <= set(region.split()), "a table stands in a focusable region"
        assert "aria-label" in region


@every("words")
def test_every_word_of_a_template_can_be_translated(name: str) -> None:
    assert not list(untranslated(TEMPLATES[name]))


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
