"""What the score is computed from: the tokens of a query, and the reports that its tokens touch.

Stored tokens are `HMAC(pepper, token)`; the token names its kind and epoch, so equal bytes mean equal kind and epoch.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from registry.domain.ids import Category, Confidence, IdentifierKind, ReportState, Severity


class QueryToken(NamedTuple):
    """One token of a query: one identifier in one live epoch."""

    kind: IdentifierKind
    epoch: int
    stored: bytes


@dataclass(frozen=True, slots=True)
class Identity:
    """One token of a report.

    Args:
        kind: what kind of identifier it is.
        epoch: the epoch of its key.
        stored: `HMAC(pepper, token)`, 32 bytes.
        known_on: the last day on which the member knew that the person held it; a phone fades from here.
        ends_on: the first day on which it no longer matches anyone, or None.
    """

    kind: IdentifierKind
    epoch: int
    stored: bytes
    known_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """The registry's notice of a report, delivered by the relay to one of the report's own tokens."""

    stored: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """One report in its current revision, as far as the score needs it.

    Args:
        report_id: the report.
        revision: its current revision.
        event: the stored event token, else any key of (member, order reference); equal means the same order.
        member_id: who filed it.
        group_id: the group of common ownership that the member belongs to.
        category: what was done.
        severity: decides retention and with it the decay.
        confidence: strength of proof.
        amount_minor: the amount in minor units of `currency`.
        currency: ISO 4217.
        act_ended_on: the end of the act; never changes.
        filed_at: when it was first filed; the earliest of an event counts.
        state: only an active report counts.
        identities: its tokens, expired ones included: a number that differs still speaks for the person.
        served: notices delivered.
        answered: stored tokens whose control the subject proved when answering or appealing.
        repaid: the member marked it repaid.
        statement: the subject's statement is attached.
        retention_halved: the person was 18 to 20 at the act.
        appeal_open: an appeal is open, whatever the state (after an upheld decision it only flags the record).
        activated: it has been active once; a report disputed in its notice window is never shown.
        act_denied: a decision stated that the act did not happen, which silences the whole event.
    """

    report_id: UUID
    revision: int
    event: bytes
    member_id: UUID
    group_id: UUID
    category: Category
    severity: Severity
    confidence: Confidence
    amount_minor: int
    currency: str
    act_ended_on: date
    filed_at: datetime
    state: ReportState
    identities: tuple[Identity, ...]
    served: tuple[Served, ...] = ()
    answered: tuple[bytes, ...] = ()
    repaid: bool = False
    statement: bool = False
    retention_halved: bool = False
    appeal_open: bool = False
    activated: bool = True
    act_denied: bool = False


@dataclass(frozen=True, slots=True)
class Reliability:
    """How a group's reports fared in the last 24 months.

    Args:
        heard: heard reports whose window closed.
        overturned: of these, overturned, withdrawn after an appeal was opened, or left unanswered.
        sampled: reports drawn for re-adjudication.
        failed: of these, not confirmed.
    """

    heard: int = 0
    overturned: int = 0
    sampled: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: its own small cases count only for itself, and it is told the score without its own reports."""

    member_id: UUID
    group_id: UUID
