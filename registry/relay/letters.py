"""The letter: five facts, each a paragraph of whole sentences from the catalogue, in zh or en (domain.md 6 and 7).

Which record · who filed it · what is claimed · what happens and when · how to answer and appeal.
"""

from dataclasses import dataclass

from registry.domain.letters import Letter
from registry.letters.parts import Pen

SUBJECT = "A record about a refund claim of yours has been filed"

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
    pen = Pen(language)
    values = {
        "act_ended_on": pen.day(facts.act_ended_on),
        "amount": pen.money(facts.amount),
        "appeal_url": appeal_url,
        "category": facts.category,
        "claim": pen.pick(facts.claim),
        "counts_from": pen.day(facts.counts_from),
        "filed_on": pen.day(facts.filed_on),
        "kept_until": pen.day(facts.kept_until),
        "member": facts.member,
        "name": pen.pick(facts.name),
        "report": str(facts.report_id),
    }
    parts = tuple(
        (
            pen.say(heading),
            "\n".join(pen.say(sentence, **values) for sentence in sentences),
        )
        for heading, *sentences in PARTS
    )
    return Written(pen.say(SUBJECT), parts)


def write_code(code: str, *, minutes: int, language: str) -> Written:
    """Write the message that brings a code, in `zh` or `en`."""
    pen = Pen(language)
    text = "\n".join(
        (
            pen.say("Type it only where you asked for it; nobody of the registry will ever ask you for it."),
            pen.say("If you did not ask for it, you need to do nothing."),
        )
    )
    valid = pen.say("Your code is {code}. It is valid for {minutes} minutes.", code=code, minutes=minutes)
    return Written(pen.say("Your code for the refund-integrity registry"), ((valid, text),))
