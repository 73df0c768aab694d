"""The cover of a referral: which record goes to whom, what the law of the day of the act says, what is enclosed."""

from collections.abc import Mapping
from types import MappingProxyType

from registry.domain.referrals import Recipient
from registry.letters.facts import Referral
from registry.letters.parts import Pen, Written

RECIPIENT: Mapping[Recipient, str] = MappingProxyType(
    {
        Recipient.AI_PROVIDER: "the provider of the AI service",
        Recipient.COURT: "the court",
        Recipient.CREDIT_BUREAU: "the licensed credit bureau",
        Recipient.POLICE: "the police",
        Recipient.REGULATOR: "the regulator",
    }
)


def write(facts: Referral, pen: Pen) -> Written:
    """Write the cover."""
    law = tuple(pen.pick(one) for one in facts.law)
    return Written(
        pen.say("A record is handed over"),
        (
            pen.part(
                "Which record",
                pen.say(
                    "Record {report}, filed by {member} on {filed_on}, is handed to {recipient} on {handed_on}.",
                    report=str(facts.report_id),
                    member=facts.member,
                    filed_on=pen.day(facts.filed_on),
                    recipient=pen.say(RECIPIENT[facts.recipient]),
                    handed_on=pen.day(facts.handed_on),
                ),
                pen.say("Reference: {reference}", reference=facts.reference),
                pen.say("Category {category}: {name}", category=facts.category, name=pen.pick(facts.name)),
                pen.say(
                    "The claim was about {amount}; the act ended on {act_ended_on}.",
                    amount=pen.money(facts.amount),
                    act_ended_on=pen.day(facts.act_ended_on),
                ),
            ),
            pen.part(
                "What the law of that day says",
                *(law or (pen.say("The policy pack names no rule for an act of that day."),)),
                pen.say("This is information; a record is a platform's finding and no judgment."),
            ),
            pen.part(
                "What is enclosed",
                pen.say("The manifest names every file with its size and SHA-256; media stay with the platform."),
                pen.say("Entries of the audit log are enclosed with proofs that can be checked without the registry."),
            ),
        ),
    )
