"""The notice of recall to a member that received a record which has changed (domain.md 6)."""

from collections.abc import Mapping
from types import MappingProxyType

from registry.domain.actions import ACTION_TEXT
from registry.letters.facts import Change, RecallNotice
from registry.letters.parts import Pen, Written

CHANGED: Mapping[Change, str] = MappingProxyType(
    {
        Change.REMOVED: "The record has been removed and must not be used any more.",
        Change.SUSPENDED: "The record is suspended, because its appeal was not decided in time; it must not be used.",
        Change.DISPUTED: "The person has appealed against the record; it has no weight until that is decided.",
        Change.AMENDED: "The record has been changed; only the answer to a fresh query may be used.",
    }
)


def write(facts: RecallNotice, pen: Pen) -> Written:
    """Write the notice of recall."""
    lift = tuple(pen.say("To be lifted now: {action}", action=pen.say(ACTION_TEXT[one])) for one in facts.to_lift)
    due = (
        pen.say("Nothing needs to be acknowledged.")
        if facts.acknowledge_by is None
        else pen.say(
            "Acknowledge this recall through the API until {acknowledge_by}; silence suspends the right to query.",
            acknowledge_by=pen.day(facts.acknowledge_by),
        )
    )
    return Written(
        pen.say("A record you received has changed"),
        (
            pen.part(
                "Which record",
                pen.say(
                    "This notice to {member} is about record {report}, recalled on {recalled_on}.",
                    member=facts.member,
                    report=str(facts.report_id),
                    recalled_on=pen.day(facts.recalled_on),
                ),
            ),
            pen.part("What has changed", pen.say(CHANGED[facts.change])),
            pen.part(
                "What you must do", *(lift or (pen.say("No restriction is known that would have to be lifted."),)), due
            ),
        ),
    )
