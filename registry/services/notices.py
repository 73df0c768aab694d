"""The registry's own notice: what the relay asks before it delivers, what it says afterwards, what the member may know.

The relay asks one narrow question, "is this token on that report?", and learns only what the letter must say. What it
reports as delivered is checked again here: the relay is believed about the time, and about nothing else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from registry.domain.events import Act, AuditEvent
from registry.domain.filings import Money
from registry.domain.ids import IdentifierKind, ReportState
from registry.domain.incidents import QueryToken
from registry.domain.letters import Letter, Outcome
from registry.domain.lifecycle import Step, decide
from registry.domain.notices import delivered_at, heard_at, serve_by, window_ends_at
from registry.domain.policy import Policy
from registry.domain.uuids import uuid7
from registry.errors import Conflict, NotFound
from registry.services import audit
from registry.services.trail import Trail
from registry.store import notices as store
from registry.store.database import WriteSession
from registry.store.members import ACTIVE
from registry.store.notices import NoticeRow, OnReport, Subject
from registry_formats.leaf import JsonValue, LeafType

LEGAL_BASIS = "registry_notice"
# Another contact may be served later: each token is heard by itself.
_OPEN = frozenset(
    {
        ReportState.SUBMITTED,
        ReportState.NOTICE_WINDOW,
        ReportState.ACTIVE,
        ReportState.DISPUTED,
        ReportState.SUSPENDED,
    }
)


@dataclass(frozen=True, slots=True)
class Match:
    """What the relay is told; `served_at` for a contact served before, `letter` for one that is due."""

    outcome: Outcome
    served_at: datetime | None = None
    letter: Letter | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the relay says it delivered: to the contact with these tokens (one for each live epoch)."""

    report_id: UUID
    kind: IdentifierKind
    channel: str
    tokens: tuple[QueryToken, ...]
    served_at: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where the report stands after a delivery, and when this contact was first served."""

    report_id: UUID
    state: ReportState
    served_at: datetime


@dataclass(frozen=True, slots=True)
class Served:
    """One token served, and from when it counts as heard unless a dispute is open then."""

    notice_id: UUID
    kind: IdentifierKind
    channel: str
    epoch: int
    served_at: datetime
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """How the notice of a report stands: the last moment to serve it, then when it counts."""

    report_id: UUID
    state: ReportState
    serve_by: datetime
    served_at: datetime | None
    counts_at: datetime | None
    notices: tuple[Served, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """What these use cases need besides the session: the rules, the trail and randomness."""

    policies: Mapping[str, Policy]
    trail: Trail
    entropy: Callable[[int], bytes]


async def match(
    session: WriteSession,
    tokens: Sequence[QueryToken],
    *,
    report_id: UUID,
    member_id: UUID,
    kind: IdentifierKind,
    act: Act,
    desk: Desk,
) -> Match:
    """Answer the relay, asking for this member, whether these tokens of one contact are on this report."""
    subject = await store.find(session, report_id=report_id, member_id=member_id)
    found = await _found(session, subject, kind, tokens, act, desk) if subject is not None else []
    answer = _answer(subject, found, act, desk)
    content: dict[str, JsonValue] = {
        "kind": kind.value,
        "letter": answer.letter is not None,
        "member": str(member_id),
        "report": str(report_id),
    }
    event = AuditEvent(
        LeafType.QUERY,
        "notice.match",
        answer.outcome.value,
        legal_basis=LEGAL_BASIS,
        subject=tuple(token.stored for token in tokens),
        content=content,
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    return answer


def _answer(subject: Subject | None, found: Sequence[OnReport], act: Act, desk: Desk) -> Match:
    if subject is None or not found:
        return Match(Outcome.NO_MATCH)
    if subject.member_status != ACTIVE:
        return Match(Outcome.SUSPENDED)
    if (served_at := _first(found)) is not None:
        return Match(Outcome.SERVED, served_at)
    if subject.standing.state not in _OPEN:
        return Match(Outcome.CLOSED)
    return Match(Outcome.DUE, letter=_letter(subject, desk.policies[subject.policy], act.now))


async def record(session: WriteSession, delivery: Delivery, *, relay_id: UUID, act: Act, desk: Desk) -> Recorded:
    """Record a delivery, once for each token; the first of a report opens its notice window.

    Errors: Conflict `contact_not_on_report`, `served_at_refused`, `report_step_refused`.
    """
    subject = await store.lock(session, report_id=delivery.report_id)
    found = await _found(session, subject, delivery.kind, delivery.tokens, act, desk) if subject is not None else []
    if subject is None or not found:
        raise Conflict("contact_not_on_report")
    standing = subject.standing
    state, served_at = standing.state, _first(found)
    repeated = served_at is not None
    if served_at is None:
        served_at = delivered_at(delivery.served_at, filed_at=standing.filed_at, now=act.now)
        state = await _serve(session, subject, served_at, act, desk)
        await store.add(session, _rows(delivery, found, relay_id, served_at, act, desk))
    content: dict[str, JsonValue] = {
        "channel": delivery.channel,
        "epochs": [token.epoch for token in found],
        "kind": delivery.kind.value,
        "member": str(subject.member_id),
        "report": str(delivery.report_id),
        "served_at_ms": int(served_at.timestamp() * 1000),
        "state": state.value,
    }
    event = AuditEvent(
        LeafType.REPORT,
        "notice.record",
        "repeated" if repeated else "served",
        legal_basis=LEGAL_BASIS,
        subject=tuple(token.stored for token in found),
        content=content,
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    return Recorded(delivery.report_id, state, served_at)


async def _serve(session: WriteSession, subject: Subject, served_at: datetime, act: Act, desk: Desk) -> ReportState:
    """Take the step from `submitted`; a report that is further on stays there, and a closed one refuses."""
    standing = subject.standing
    if standing.state in _OPEN - {ReportState.SUBMITTED}:
        return standing.state
    decision = decide(standing, Step.SERVE, policy=desk.policies[subject.policy], now=act.now)
    await store.set_served(session, report_id=subject.report_id, state=decision.state, served_at=served_at, now=act.now)
    return decision.state


async def status(session: WriteSession, report_id: UUID, *, member_id: UUID, act: Act, desk: Desk) -> Status:
    """Tell a member how the notice of its own report stands; the look leaves a trace. NotFound `report_unknown`."""
    subject = await store.find(session, report_id=report_id, member_id=member_id)
    if subject is None:
        raise NotFound("report_unknown")
    rows = await store.list_of(session, report_id=report_id)
    event = AuditEvent(
        LeafType.QUERY,
        "notice.read",
        "answered",
        legal_basis="own_report",
        subject=tuple(row.stored for row in rows),
        content={"report": str(report_id)},
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    standing, clocks = subject.standing, desk.policies[subject.policy].clocks
    return Status(
        report_id,
        standing.state,
        serve_by(standing.filed_at, clocks),
        standing.served_at,
        window_ends_at(standing.served_at, clocks) if standing.served_at is not None else None,
        tuple(
            Served(row.id, row.kind, row.channel, row.epoch, row.served_at, heard_at(row.served_at, clocks))
            for row in rows
        ),
    )


async def _found(
    session: WriteSession,
    subject: Subject,
    kind: IdentifierKind,
    tokens: Sequence[QueryToken],
    act: Act,
    desk: Desk,
) -> list[OnReport]:
    today = desk.policies[subject.policy].today(act.now)
    stored = [token.stored for token in tokens]
    return await store.on_report(session, report_id=subject.report_id, kind=kind, stored=stored, today=today)


def _first(found: Sequence[OnReport]) -> datetime | None:
    return min((token.served_at for token in found if token.served_at is not None), default=None)


def _rows(
    delivery: Delivery, found: Sequence[OnReport], relay_id: UUID, served_at: datetime, act: Act, desk: Desk
) -> list[NoticeRow]:
    t_ms = int(act.now.timestamp() * 1000)
    return [
        NoticeRow(
            id=uuid7(t_ms, desk.entropy(10)),
            report_id=delivery.report_id,
            relay_id=relay_id,
            kind=delivery.kind,
            channel=delivery.channel,
            epoch=token.epoch,
            stored=token.stored,
            served_at=served_at,
        )
        for token in found
    ]


def _letter(subject: Subject, policy: Policy, now: datetime) -> Letter:
    category = policy.taxonomy.categories[subject.category]
    return Letter(
        report_id=subject.report_id,
        member=subject.member,
        category=subject.category,
        name=category.name,
        claim=category.test_text or category.name,
        amount=Money(subject.amount_minor, subject.currency),
        act_ended_on=subject.act_ended_on,
        filed_on=policy.today(subject.standing.filed_at),
        # If it is delivered now; the record itself counts from the recorded delivery.
        counts_from=policy.today(window_ends_at(now, policy.clocks)),
        kept_until=subject.standing.expires_on,
    )
