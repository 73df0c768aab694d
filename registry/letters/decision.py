"""The decision letter: five parts, whatever was decided (domain.md 7).

Which record · that and by whom it was examined · the result, in the first sentence · the facts relied on and whether
automation was used · what changed, who was told, and the ways further.
"""

from collections.abc import Mapping
from types import MappingProxyType

from registry.domain.actions import ACTION_TEXT
from registry.domain.appeal_case import Result
from registry.letters.facts import Decider, Decision
from registry.letters.parts import Part, Pen, Written

SUBJECT: Mapping[Result, str] = MappingProxyType(
    {
        Result.UPHELD: "Decision on your appeal: the record stays as it is",
        Result.AMENDED: "Decision on your appeal: the record has been corrected",
        Result.INCONCLUSIVE: "Decision on your appeal: it could not be established what happened",
        Result.OVERTURNED: "Decision on your appeal: the record has been removed",
        Result.WITHDRAWN: "Your appeal: the record has been taken back",
        Result.ENDED: "Your appeal: the record has ended",
    }
)
RESULT: Mapping[Result, str] = MappingProxyType(
    {
        Result.UPHELD: "The record stays as it is.",
        Result.AMENDED: "The record has been corrected.",
        Result.INCONCLUSIVE: "It could not be established what happened.",
        Result.OVERTURNED: "The record has been removed.",
        Result.WITHDRAWN: "The record has been taken back.",
        Result.ENDED: "The record has ended, so there is nothing left to decide.",
    }
)
EXAMINED: Mapping[Decider, str] = MappingProxyType(
    {
        Decider.REVIEWER: "Your appeal was examined by a reviewer who had never dealt with the record, "
        "and a second person confirmed the decision.",
        Decider.REVIEWERS: "Your appeal was examined by a reviewer who had never dealt with the record, "
        "and two other people confirmed the decision.",
        Decider.PANEL: "Your appeal was examined again by a panel of three, with one seat each for consumers, "
        "merchants and neutrals, none of whom had dealt with the record.",
        Decider.LATE_PANEL: "Your appeal was to be examined again by a panel of three, which did not decide in time; "
        "the rules then decide against the record.",
        Decider.OUTSIDE: "The matter was examined by a court, a regulator or a mediator; "
        "an officer entered its decision and another person applied it.",
        Decider.MEMBER: "Your appeal was examined by the member that filed the record, "
        "which then took the record back; no reviewer had to decide.",
        Decider.SILENT_MEMBER: "The member that filed the record was asked to examine it and did not answer in time, "
        "so the record counts as unverified; no reviewer had to decide.",
        Decider.NOBODY: "Your appeal was being examined by a reviewer when the record ended.",
    }
)
CHANGED: Mapping[Result, str] = MappingProxyType(
    {
        Result.UPHELD: "Nothing changes: the record counts, as it did before your appeal.",
        Result.AMENDED: "From now on the record counts only as corrected.",
        Result.INCONCLUSIVE: "Both accounts are kept, the record does not count, and it is deleted after 90 days.",
        Result.OVERTURNED: "The record no longer counts for anybody.",
        Result.WITHDRAWN: "The record no longer counts for anybody.",
        Result.ENDED: "The record no longer counts for anybody.",
    }
)


def write(facts: Decision, pen: Pen) -> Written:
    """Write the decision letter."""
    return Written(
        pen.say(SUBJECT[facts.result]),
        (
            pen.record(facts.about),
            pen.part("Who examined it", pen.say(EXAMINED[facts.decider])),
            pen.part(
                "The result",
                pen.say(RESULT[facts.result]),
                pen.say("Decided on {decided_on}.", decided_on=pen.day(facts.decided_on)),
            ),
            _grounds(facts, pen),
            _consequences(facts, pen),
        ),
    )


def _grounds(facts: Decision, pen: Pen) -> Part:
    relied = (pen.say("These facts were relied on:"), *facts.reasons)
    nothing = (pen.say("No facts had to be weighed."),)
    used = (
        pen.say("Hints of these automated systems were looked at; they prove nothing alone, and a human decided:"),
        *facts.automation,
    )
    unused = (pen.say("No automated system was used for this decision."),)
    return pen.part(
        "What the decision rests on",
        *(relied if facts.reasons else nothing),
        *(used if facts.automation else unused),
    )


def _consequences(facts: Decision, pen: Pen) -> Part:
    said = [pen.say(CHANGED[facts.result])]
    if facts.kept_until is not None:
        said.append(
            pen.say("The record is deleted on {kept_until} at the latest.", kept_until=pen.day(facts.kept_until))
        )
    if facts.told:
        said += [pen.say("These members had received the record and are told of the decision:"), *facts.told]
    else:
        said.append(pen.say("No member had received the record, so nobody else has to be told."))
    said += [
        pen.say("{member} must now lift: {action}", member=one.member, action=pen.say(ACTION_TEXT[one.action]))
        for one in facts.to_lift
    ]
    if facts.ask_until is not None:
        said.append(
            pen.say(
                "You can ask for second instance until {ask_until}, at no cost, at {url}.",
                ask_until=pen.day(facts.ask_until),
                url=facts.about.url,
            )
        )
    else:
        said.append(pen.say("Within the registry this is final."))
    said.append(pen.pick(facts.further_ways))
    return pen.part("What changes, who is told, and what you can do", *said)
