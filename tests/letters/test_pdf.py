"""Letters as PDF: drawn with a Chinese font or refused with a code, never with blanks."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from registry.errors import Misconfigured
from registry.letters import pdf
from registry.letters.compose import compose
from registry.letters.fonts import missing_glyphs
from registry.translations import LANGUAGES
from tests.letters.letter_facts import DECISION

try:
    pdf.check()
    CANNOT = ""
except Misconfigured as error:
    CANNOT = str(error)

drawn = pytest.mark.skipif(bool(CANNOT), reason=CANNOT)
NO_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>"""
ASK = "from registry.letters import pdf; pdf.check()"


@drawn
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_is_drawn_and_the_same_letter_gives_the_same_bytes(language: str) -> None:
    letter = compose(DECISION, language)
    page = pdf.render(letter)
    assert page.startswith(b"%PDF-")
    assert page == pdf.render(letter)


@drawn
def test_what_no_font_has_is_noticed() -> None:
    assert missing_glyphs("决定书, decision") == 0
    assert missing_glyphs("\U0010fffd") == 1


@drawn
def test_a_machine_without_a_chinese_font_says_so(tmp_path: Path) -> None:
    config = tmp_path / "fonts.conf"
    (tmp_path / "fonts").mkdir()
    config.write_text(NO_FONTS.format(fonts=tmp_path / "fonts", cache=tmp_path / "cache"))
    environment = {**os.environ, "FONTCONFIG_FILE": str(config)}
    done = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "font_missing" in done.stderr
    assert "fonts-noto-cjk" in done.stderr


@drawn
@pytest.mark.parametrize("source", ["https://registry.example/x.png", "file:///etc/hostname", "data:text/plain,x"])
def test_nothing_is_fetched_for_a_letter(source: str) -> None:
    letter = compose(DECISION, "en")
    planted = replace(letter, html=letter.html.replace("<main>", f'<main><img src="{source}">'))
    with pytest.raises(ValueError, match="nothing from outside"):
        pdf.render(planted)
