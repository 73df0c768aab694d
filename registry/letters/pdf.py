"""A letter as PDF, drawn by WeasyPrint: nothing is fetched, and a machine that cannot draw Chinese says so."""

import re
from functools import cache

from registry.errors import Misconfigured
from registry.letters.compose import Letter
from registry.letters.fonts import missing_glyphs
from registry.translations import catalogue

_HAN = re.compile(r"[\u4e00-\u9fff]")


def render(letter: Letter) -> bytes:
    """Draw a letter on A4.

    Raises:
        Misconfigured: `font_missing`, see `check`.
    """
    check()
    # Loaded late: it takes half a second, and needs libraries that only a process that draws letters needs.
    from weasyprint import HTML  # noqa: PLC0415
    from weasyprint.urls import FatalURLFetchingError, URLFetcher  # noqa: PLC0415

    # The same letter gives the same bytes, so that its digest can be told again.
    identifier = letter.content()["letter"]
    nothing = URLFetcher(allowed_protocols=(), fail_on_errors=True)
    try:
        return bytes(HTML(string=letter.html, url_fetcher=nothing).write_pdf(pdf_identifier=str(identifier).encode()))
    except FatalURLFetchingError as error:  # would end the whole process
        raise ValueError("a letter needs nothing from outside") from error


@cache
def check() -> None:
    """Make sure that letters can be drawn; for the start of a process that will.

    Raises:
        Misconfigured: `font_missing` when Pango, or a font with the characters of the Chinese catalogue, is missing.
    """
    wanted = "".join(sorted(set(_HAN.findall("".join(catalogue("zh").values())))))
    cure = "install Pango and a Chinese font; on Debian: libpango-1.0-0 libpangoft2-1.0-0 fontconfig fonts-noto-cjk"
    try:
        missing = missing_glyphs(wanted)
    except OSError as error:
        raise Misconfigured("font_missing", f"Pango cannot be loaded; {cure}") from error
    if missing:
        raise Misconfigured("font_missing", f"no font draws {missing} Chinese characters of the letters; {cure}")
