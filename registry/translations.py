"""Texts for people: English sentences are the message ids, `locales/*/LC_MESSAGES/*.po` hold the others.

A sentence is translated whole and never put together from parts; what varies stands in it as `{name}`.
"""

from functools import cache, lru_cache
from pathlib import Path

from babel.messages.pofile import read_po

DEFAULT_LANGUAGE = "en"
LANGUAGES = ("en", "zh")
LOCALES = Path(__file__).parent / "locales"


def translate(msgid: str, language: str, **values: str | int) -> str:
    """Return the text in this language, or in English where the catalogue has none."""
    text = catalogue(language).get(msgid, msgid)
    return text.format_map(values) if values else text


@lru_cache(maxsize=256)
def negotiate(accept_language: str) -> str:
    """Choose the language a client prefers among ours (RFC 9110 section 12.5.4); English if it names none of them."""
    wishes = [_wish(part) for part in accept_language.split(",")[:20]]
    for _, language in sorted((wish for wish in wishes if wish[0] > 0), key=lambda wish: -wish[0]):
        if language in LANGUAGES:
            return language
    return DEFAULT_LANGUAGE


@cache
def catalogue(language: str) -> dict[str, str]:
    """Read the catalogues of a language, once: one for each part of the site. English is the message ids themselves."""
    texts: dict[str, str] = {}
    for path in sorted((LOCALES / language / "LC_MESSAGES").glob("*.po")) if language in LANGUAGES else ():
        with path.open("rb") as file:
            messages = read_po(file, locale=language, abort_invalid=True)
        texts |= {str(message.id): str(message.string) for message in messages if message.id and message.string}
    return texts


def _wish(part: str) -> tuple[float, str]:
    tag, _, weight = part.strip().partition(";q=")
    try:
        quality = float(weight) if weight else 1.0
    except ValueError:
        quality = 0.0
    return quality, tag.partition("-")[0].strip().lower()
