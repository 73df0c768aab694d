"""What each letter is about: one class per kind, holding facts and no sentences."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from registry.domain.appeal_case import Result
from registry.domain.filings import Money
from registry.domain.ids import Action
from registry.domain.referrals import Recipient
from registry.domain.taxonomies import Text


class Decider(StrEnum):
    """Who examined an appeal, by role."""

    REVIEWER = "reviewer"  # and a second person
    REVIEWERS = "reviewers"  # and two other people: S3, S4
    PANEL = "panel"
    LATE_PANEL = "late_panel"
    OUTSIDE = "outside"  # a court, regulator or mediator
    MEMBER = "member"  # took the record back
    SILENT_MEMBER = "silent_member"
    NOBODY = "nobody"  # the record ended first


class Awaited(StrEnum):
    """What a reminder asks for."""

    IDENTITY = "identity"
    REPLY = "reply"
    MEMBER_ANSWER = "member_answer"


class Change(StrEnum):
    """What a recall says; the words of the recall itself."""

    REMOVED = "removed"
    SUSPENDED = "suspended"
    DISPUTED = "disputed"
    AMENDED = "amended"


@dataclass(frozen=True, slots=True)
class AboutRecord:
    """Which record and which appeal a letter is about, and where to read more."""

    appeal_id: UUID
    report_id: UUID
    member: str
    category: str
    name: Text
    filed_on: date
    url: str


@dataclass(frozen=True, slots=True)
class Restriction:
    """What a member imposed on a person because of an answer."""

    member: str
    action: Action


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The appeal has arrived."""

    about: AboutRecord
    received_on: date
    prove_by: date


@dataclass(frozen=True, slots=True)
class Admission:
    """The appeal is being examined; `flag_only` when the record keeps its weight meanwhile."""

    about: AboutRecord
    answer_by: date
    decide_by: date
    flag_only: bool


@dataclass(frozen=True, slots=True)
class Inadmissible:
    """The appeal lapsed because nobody proved who they are."""

    about: AboutRecord
    lapsed_on: date


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something is due soon."""

    about: AboutRecord
    awaited: Awaited
    due_on: date


@dataclass(frozen=True, slots=True)
class Question:
    """The one question to the subject."""

    about: AboutRecord
    question: str = field(repr=False)
    reply_by: date


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision on an appeal.

    Args:
        about: the record.
        result: what was decided.
        decider: by whom, as a role.
        decided_on: the day.
        reasons: the facts relied on, as the decider wrote them.
        automation: automated systems whose hints were looked at.
        told: members that had received the record.
        to_lift: what they must lift.
        ask_until: last day to ask for second instance, None if there is none.
        kept_until: first day without the record, None if it is gone.
        further_ways: outside the registry, from the policy pack.
    """

    about: AboutRecord
    result: Result
    decider: Decider
    decided_on: date
    reasons: tuple[str, ...] = field(repr=False)
    automation: tuple[str, ...]
    told: tuple[str, ...]
    to_lift: tuple[Restriction, ...]
    ask_until: date | None
    kept_until: date | None
    further_ways: Text


@dataclass(frozen=True, slots=True)
class RecallNotice:
    """To a member: a record it received has changed."""

    report_id: UUID
    member: str
    change: Change
    recalled_on: date
    acknowledge_by: date | None
    to_lift: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Referral:
    """To somebody outside: a record is handed over.

    Args:
        report_id: the record.
        member: who filed it.
        category: its code.
        name: of the category.
        amount: of the claim.
        act_ended_on: the day whose law counts.
        filed_on: the day of filing.
        recipient: to whom.
        reference: the recipient's own, or what obliges the registry.
        law: what the law of that day says of such acts, each with its source.
        handed_on: today.
    """

    report_id: UUID
    member: str
    category: str
    name: Text
    amount: Money
    act_ended_on: date
    filed_on: date
    recipient: Recipient
    reference: str
    law: tuple[Text, ...]
    handed_on: date


Facts = Acknowledgement | Admission | Inadmissible | Reminder | Question | Decision | RecallNotice | Referral
