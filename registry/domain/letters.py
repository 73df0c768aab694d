"""What the relay may learn of a report: whether a letter is due, and the facts it must state (domain.md 6)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from registry.domain.filings import Money
from registry.domain.taxonomies import Text


class Outcome(StrEnum):
    """The answer to the relay's question."""

    NO_MATCH = "no_match"  # no such report of that member, or the token is not on it
    SUSPENDED = "suspended"  # the member may not act
    CLOSED = "closed"  # the report is over, or its sharing is restricted
    SERVED = "served"  # this contact was served before
    DUE = "due"  # deliver the letter


@dataclass(frozen=True, slots=True)
class Letter:
    """The facts of the letter: which record, by whom, what is claimed, what happens when."""

    report_id: UUID
    member: str
    category: str
    name: Text
    claim: Text
    amount: Money
    act_ended_on: date
    filed_on: date
    counts_from: date
    kept_until: date
