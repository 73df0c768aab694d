"""The letters on the way to a decision: arrival, admission, lapse, reminder, question."""

from collections.abc import Mapping
from types import MappingProxyType

from registry.letters.facts import Acknowledgement, Admission, Awaited, Inadmissible, Question, Reminder
from registry.letters.parts import Pen, Written

REMINDER: Mapping[Awaited, tuple[str, str]] = MappingProxyType(
    {
        Awaited.IDENTITY: (
            "Your appeal waits for the code that proves the contact is yours.",
            "Without it the appeal lapses on {due_on}. That decides nothing, and you can appeal again at any time.",
        ),
        Awaited.REPLY: (
            "Your appeal waits for your reply to the question of the reviewer.",
            "Without it the appeal is decided on the file after {due_on}.",
        ),
        Awaited.MEMBER_ANSWER: (
            "The appeal waits for your answer as the member that filed the record.",
            "Without it the record is withdrawn as unverified after {due_on} and recalled from all who received it.",
        ),
    }
)


def acknowledge(facts: Acknowledgement, pen: Pen) -> Written:
    """Write that the appeal has arrived."""
    return Written(
        pen.say("Your appeal has arrived"),
        (
            pen.record(facts.about),
            pen.part(
                "What we have received",
                pen.say("Your appeal arrived on {received_on}.", received_on=pen.day(facts.received_on)),
                pen.say("An appeal costs nothing and needs no account and no earlier complaint."),
            ),
            pen.part(
                "What you need to do",
                pen.say(
                    "If you have not done so yet, prove until {prove_by} at {url} that the contact is yours.",
                    prove_by=pen.day(facts.prove_by),
                    url=facts.about.url,
                ),
            ),
            pen.part(
                "What happens next",
                pen.say("Within an hour of that the record is marked as disputed and the member is asked to answer."),
            ),
        ),
    )


def admit(facts: Admission, pen: Pen) -> Written:
    """Write that the appeal is being examined."""
    weight = (
        pen.say("The record was upheld before, so it keeps its weight until new evidence is admitted.")
        if facts.flag_only
        else pen.say("While your appeal is open, the record has no weight.")
    )
    return Written(
        pen.say("Your appeal is being examined"),
        (
            pen.record(facts.about),
            pen.part("What this means for the record", weight),
            pen.part(
                "What happens next, and when",
                pen.say(
                    "{member} must answer until {answer_by}; without an answer the record is withdrawn.",
                    member=facts.about.member,
                    answer_by=pen.day(facts.answer_by),
                ),
                pen.say(
                    "A reviewer who never dealt with the record decides until {decide_by}; if that is late, the record "
                    "is suspended.",
                    decide_by=pen.day(facts.decide_by),
                ),
            ),
            pen.part(
                "What you can do",
                pen.say("You can add to your appeal, follow it and take it back at {url}.", url=facts.about.url),
            ),
        ),
    )


def lapse(facts: Inadmissible, pen: Pen) -> Written:
    """Write that the appeal has lapsed without prejudice."""
    return Written(
        pen.say("Your appeal could not be taken up"),
        (
            pen.record(facts.about),
            pen.part(
                "What happened",
                pen.say(
                    "Until {lapsed_on} nobody proved that the contact is theirs, so the appeal has lapsed.",
                    lapsed_on=pen.day(facts.lapsed_on),
                ),
                pen.say("That decides nothing about the record."),
            ),
            pen.part("What you can do", pen.say("You can appeal again at any time at {url}.", url=facts.about.url)),
        ),
    )


def remind(facts: Reminder, pen: Pen) -> Written:
    """Write that something is due soon."""
    waits, otherwise = REMINDER[facts.awaited]
    due_on = pen.day(facts.due_on)
    return Written(
        pen.say("Please act until {due_on}", due_on=due_on),
        (
            pen.record(facts.about),
            pen.part("What is awaited", pen.say(waits), pen.say("Please act until {due_on}", due_on=due_on)),
            pen.part("What happens otherwise", pen.say(otherwise, due_on=due_on)),
            pen.part("Where to do it", facts.about.url),
        ),
    )


def ask(facts: Question, pen: Pen) -> Written:
    """Write the one question to the subject."""
    return Written(
        pen.say("A question about your appeal"),
        (
            pen.record(facts.about),
            pen.part("The question of the reviewer", facts.question),
            pen.part(
                "How to reply",
                pen.say(
                    "You can reply until {reply_by} at {url}.", reply_by=pen.day(facts.reply_by), url=facts.about.url
                ),
                pen.say("You need not reply; then the appeal is decided on the file. You will not be asked again."),
            ),
        ),
    )
