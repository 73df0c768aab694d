"""The letter: five facts, each a paragraph of whole sentences from the catalogue, in zh or en (domain.md 6 and 7).

Which record · who filed it · what is claimed · what happens and when · how to answer and appeal.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency, get_currency_precision

from registry.domain.filings import Money
from registry.domain.letters import Letter
from registry.translations import translate

SUBJECT = "A record about a refund claim of yours has been filed"
_LOCALES = {"en": "en", "zh": "zh_Hans_CN"}

# Each part: its heading, then its sentences.
PARTS: tuple[tuple[str, ...], ...] = (
    (
        "Which record",
        "This letter is about record {report}, filed in the refund-integrity registry on {filed_on}.",
        "The registry knows you only by a code made from this contact; it does not know your name.",
    ),
    (
        "Who filed it",
        "The record was filed by {member}.",
        "{member} states that it investigated the claim, heard you and the merchant, and that a human confirmed it.",
    ),
    (
        "What is claimed",
        "Category {category}: {name}",
        "Meaning of the category: {claim}",
        "End of the act: {act_ended_on}",
        "Amount: {amount}",
    ),
    (
        "What happens and when",
        "If you do nothing, the record counts from {counts_from}.",
        "From then on, other platforms may see its effect when you claim a refund there; they never see your name.",
        "The record is deleted on {kept_until} at the latest.",
    ),
    (
        "How to answer and appeal",
        "You can read the record, answer it and appeal against it at {appeal_url} at any time.",
        "An appeal costs nothing and needs no account and no earlier complaint.",
        "While an appeal is open, the record has no weight.",
    ),
)


@dataclass(frozen=True, slots=True)
class Written:
    """A letter ready to be sent: its subject line, and five parts of a heading and a text each."""

    subject: str
    parts: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The letter as plain text."""
        body = "\n\n".join(f"{heading}\n{text}" for heading, text in self.parts)
        return f"{self.subject}\n\n{body}\n"


def write(facts: Letter, *, appeal_url: str, language: str) -> Written:
    """Write the letter in `zh` or `en`."""
    name, claim = (facts.name.zh, facts.claim.zh) if language == "zh" else (facts.name.en, facts.claim.en)
    values = {
        "act_ended_on": _day(facts.act_ended_on, language),
        "amount": _amount(facts.amount, language),
        "appeal_url": appeal_url,
        "category": facts.category,
        "claim": claim,
        "counts_from": _day(facts.counts_from, language),
        "filed_on": _day(facts.filed_on, language),
        "kept_until": _day(facts.kept_until, language),
        "member": facts.member,
        "name": name,
        "report": str(facts.report_id),
    }
    parts = tuple(
        (
            translate(heading, language),
            "\n".join(translate(sentence, language, **values) for sentence in sentences),
        )
        for heading, *sentences in PARTS
    )
    return Written(translate(SUBJECT, language), parts)


def _day(day: date, language: str) -> str:
    return format_date(day, "long", locale=_LOCALES[language])


def _amount(amount: Money, language: str) -> str:
    units = Decimal(amount.minor).scaleb(-get_currency_precision(amount.currency))
    return format_currency(units, amount.currency, locale=_LOCALES[language])
