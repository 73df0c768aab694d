"""From facts to a letter: sentences by kind, then one layout, with the version of both (for the audit log)."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from registry.letters import decision, recall, referral, steps
from registry.letters.facts import (
    Acknowledgement,
    Admission,
    Decision,
    Facts,
    Inadmissible,
    Question,
    RecallNotice,
    Referral,
    Reminder,
)
from registry.letters.parts import Part, Pen, Written
from registry_formats import canonical
from registry_formats.leaf import JsonValue

# Raise it whenever a sentence or the layout changes; tests/letters/test_versions.py holds the digests of each.
VERSION = 3
_LAYOUT = "letter.html"
_PAGES = (_LAYOUT, "letter.css")
HEADER = "Refund-integrity registry"


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter ready to be sent.

    Args:
        language: `en` or `zh`.
        subject: the subject line.
        parts: headings and paragraphs, for pages with a layout of their own.
        html: a whole document that needs nothing else.
        text: the same in plain text.
        template: digest of the layout and of the sentences used, hex SHA-256.
    """

    language: str
    subject: str
    parts: tuple[Part, ...]
    html: str
    text: str
    template: str

    def content(self) -> dict[str, JsonValue]:
        """Return what the audit log keeps: which template made which letter."""
        digest = hashlib.sha256(self.html.encode()).hexdigest()
        return {"language": self.language, "letter": digest, "template": self.template, "version": VERSION}


def compose(facts: Facts, language: str) -> Letter:
    """Write a letter in `en` or `zh`."""
    pen = Pen(language)
    written = _write(facts, pen)
    values = {"header": pen.say(HEADER), "language": language, "letter": written, "version": VERSION}
    html = _environment().get_template(_LAYOUT).render(values)
    return Letter(language, written.subject, written.parts, html, _text(written), _digest(pen))


def _digest(pen: Pen) -> str:
    pages = [resources.files(__package__).joinpath(f"templates/{name}").read_text("utf-8") for name in _PAGES]
    return hashlib.sha256(canonical.dumps([*pages, *pen.used])).hexdigest()


def _write(facts: Facts, pen: Pen) -> Written:
    match facts:
        case Acknowledgement():
            written = steps.acknowledge(facts, pen)
        case Admission():
            written = steps.admit(facts, pen)
        case Inadmissible():
            written = steps.lapse(facts, pen)
        case Reminder():
            written = steps.remind(facts, pen)
        case Question():
            written = steps.ask(facts, pen)
        case Decision():
            written = decision.write(facts, pen)
        case RecallNotice():
            written = recall.write(facts, pen)
        case Referral():
            written = referral.write(facts, pen)
    return written


def _text(written: Written) -> str:
    body = "\n\n".join("\n".join((part.heading, *part.paragraphs)) for part in written.parts)
    return f"{written.subject}\n\n{body}\n"


@cache
def _environment() -> Environment:
    return Environment(loader=PackageLoader(__package__), autoescape=True, undefined=StrictUndefined)
