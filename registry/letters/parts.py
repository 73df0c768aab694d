"""A letter before it is laid out: headings, whole sentences from the catalogue, and texts that people wrote."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency, get_currency_precision

from registry.domain.filings import Money
from registry.domain.taxonomies import Text
from registry.letters.facts import AboutRecord
from registry.translations import translate

_LOCALES = {"en": "en", "zh": "zh_Hans_CN"}


@dataclass(frozen=True, slots=True)
class Part:
    """One section: its heading and its paragraphs."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A letter in one language: its subject line and its parts."""

    subject: str
    parts: tuple[Part, ...]


class Pen:
    """Writes in one language, and remembers which sentences of the catalogue it has used."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.used: list[str] = []

    def say(self, sentence: str, **values: str | int) -> str:
        """Write a sentence of the catalogue."""
        self.used.append(translate(sentence, self.language))
        return translate(sentence, self.language, **values)

    def day(self, day: date) -> str:
        """Write a date out."""
        return format_date(day, "long", locale=_LOCALES[self.language])

    def money(self, amount: Money) -> str:
        """Write an amount with its currency; some currencies have no minor units."""
        units = Decimal(amount.minor).scaleb(-get_currency_precision(amount.currency))
        return format_currency(units, amount.currency, locale=_LOCALES[self.language])

    def pick(self, text: Text) -> str:
        """Choose the language of a text from a policy pack or taxonomy."""
        return text.zh if self.language == "zh" else text.en

    def part(self, heading: str, *paragraphs: str) -> Part:
        """Head some paragraphs."""
        return Part(self.say(heading), paragraphs)

    def record(self, about: AboutRecord) -> Part:
        """Say which record and which appeal."""
        return self.part(
            "Which record",
            self.say(
                "This letter is about record {report}, filed by {member} on {filed_on}.",
                report=str(about.report_id),
                member=about.member,
                filed_on=self.day(about.filed_on),
            ),
            self.say("Category {category}: {name}", category=about.category, name=self.pick(about.name)),
            self.say("Your appeal has the number {appeal}.", appeal=str(about.appeal_id)),
        )
