"""A letter that the relay had delivered came back: nothing is heard by it any more, and the contact may be told anew.

Who was answered while it seemed heard learns that the record weighs less; a record of which nobody was told yet waits
for its notice again, and lapses if that never comes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from registry.domain.events import Act, AuditEvent
from registry.domain.ids import ReportState
from registry.domain.incidents import QueryToken
from registry.domain.lifecycle import TRANSITIONS, Decision, Step, decide
from registry.domain.policy import Policy
from registry.errors import Conflict
from registry.services import audit, recalls
from registry.services.trail import Trail
from registry.store import appeals, notices, reports, scores
from registry.store.database import WriteSession
from registry.store.reports import Report
from registry_formats.leaf import LeafType

LEGAL_BASIS = "registry_notice"


@dataclass(frozen=True, slots=True)
class Desk:
    """The rules and the trail."""

    policies: Mapping[str, Policy]
    trail: Trail


@dataclass(frozen=True, slots=True)
class Bounced:
    """A letter that came back: the relay's own id of it, the report, and the contact as stored tokens."""

    notice_id: UUID
    report_id: UUID
    tokens: tuple[QueryToken, ...]


async def record(session: WriteSession, bounced: Bounced, *, act: Act, desk: Desk) -> ReportState:
    """Take back that a contact was told; return where the report stands. Telling it again changes nothing.

    Errors: Conflict `contact_not_on_report`.
    """
    # Before the row: a disclosure that holds this lock may be waiting for it.
    await scores.stop_disclosure(session)
    before = await appeals.lock_report(session, bounced.report_id)
    if before is None:
        raise Conflict("contact_not_on_report")
    stored = [token.stored for token in bounced.tokens]
    gone = await notices.bounce(session, report_id=before.id, stored=stored, now=act.now)
    after, decision = before, None
    if gone:
        after, decision = await _unserve(session, before, act, desk)
    await _record(session, bounced, after, gone, act, desk)
    if decision is not None:
        subject = await reports.identities(session, after.id)
        await recalls.emit(session, after.id, after.revision, decision, subject=subject, act=act, trail=desk.trail)
    return after.state


async def _unserve(session: WriteSession, before: Report, act: Act, desk: Desk) -> tuple[Report, Decision | None]:
    """Let the report follow: in its window by the first delivery that is left, afterwards by what is heard alone."""
    left = await notices.list_of(session, report_id=before.id)
    served_at = min((row.served_at for row in left), default=None)
    in_window = before.state is ReportState.NOTICE_WINDOW
    if (before.state, Step.UNSERVE) not in TRANSITIONS or (in_window and served_at is not None):
        decision = None
    else:
        decision = decide(before.standing(), Step.UNSERVE, policy=desk.policies[before.policy], now=act.now)
    if not in_window:
        return before, decision
    state = before.state if decision is None else decision.state
    await notices.set_served(session, report_id=before.id, state=state, served_at=served_at, now=act.now)
    return replace(before, state=state, served_at=served_at), decision


async def _record(
    session: WriteSession, bounced: Bounced, after: Report, gone: Sequence[bytes], act: Act, desk: Desk
) -> None:
    event = AuditEvent(
        LeafType.REPORT,
        "notice.bounce",
        "bounced" if gone else "repeated",
        legal_basis=LEGAL_BASIS,
        subject=tuple(gone),
        content={
            "notice": str(bounced.notice_id),
            "report": str(after.id),
            "state": after.state.value,
            "tokens": len(gone),
        },
    )
    await audit.record(session, event, act=act, trail=desk.trail)
