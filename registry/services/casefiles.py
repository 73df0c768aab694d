"""What an officer is shown of a record beside its appeal: what was filed, what it stands on, what it does to the score.

The member's statement is sealed under the report's own key, so it is opened with the desk of reports. Each look leaves
a trace that the person finds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from registry.domain.appeal_effect import Effect, effect
from registry.domain.events import Act, AuditEvent
from registry.domain.filings import Filing
from registry.domain.ids import Purpose, ReportState
from registry.domain.incidents import Asker, QueryToken
from registry.domain.pillars import PillarCheck, checklist
from registry.domain.policy import Policy
from registry.domain.score_model import ScoreModel
from registry.services import audit
from registry.services.trail import Trail
from registry.store import reports, scores
from registry.store.database import WriteSession
from registry.store.known import look_up
from registry.store.reports import Report, Revision
from registry_formats.leaf import LeafType

LEGAL_BASIS = "appeal"


@dataclass(frozen=True, slots=True)
class Desk:
    """What this process opens case files with; `filing` opens what a member filed, `models` are those of each pack."""

    policies: Mapping[str, Policy]
    models: Mapping[str, ScoreModel]
    trail: Trail
    filing: Callable[[Report, Revision], Filing]


@dataclass(frozen=True, slots=True)
class Told:
    """What the member signed last, as it opens, and each pillar as judged at the time it was told."""

    revision: Revision
    filing: Filing
    pillars: tuple[PillarCheck, ...]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The record beside an appeal.

    Args:
        told: None once the record has ended or is sealed, and all that was said in it is gone or closed.
        effect: on the score that members without a record of their own are told; of a record that only its own member
            scores, on that member's.
        stored: the person's tokens, by which the log finds the case.
    """

    told: Told | None
    effect: Effect
    stored: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A case as handed out: whose, which entries of the log go with it, and the digest of it all."""

    appeal_id: UUID
    entries: tuple[UUID, ...]
    sha256: str


async def show(session: WriteSession, report: Report, *, appeal_id: UUID, act: Act, desk: Desk) -> CaseFile:
    """Open the file of a record that an appeal contests; the look leaves a trace."""
    told = await _told(session, report, desk)
    tokens = await scores.tokens_of(session, report.id)
    stored = tuple(one.stored for one in tokens)
    found = await _effect(session, report, tokens, act, desk)
    event = AuditEvent(
        LeafType.QUERY,
        "appeal.filing_read",
        "answered",
        purpose=Purpose.APPEAL.value,
        legal_basis=LEGAL_BASIS,
        subject=stored,
        content={
            "appeal": str(appeal_id),
            "report": str(report.id),
            "revision": told.revision.revision if told else 0,
            "score": found.now.score,
        },
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    return CaseFile(told, found, stored)


async def hand_over(
    session: WriteSession,
    report_id: UUID,
    file: CaseFile,
    bundle: Bundle,
    *,
    act: Act,
    desk: Desk,
) -> None:
    """Record that the bundle of a case is handed out now; the person finds it among the looks."""
    event = AuditEvent(
        LeafType.EXPORT,
        "appeal.hand_over",
        "disclosed",
        purpose=Purpose.APPEAL.value,
        legal_basis=LEGAL_BASIS,
        subject=file.stored,
        content={
            "appeal": str(bundle.appeal_id),
            "entries": [str(one) for one in bundle.entries],
            "report": str(report_id),
            "sha256": bundle.sha256,
        },
    )
    await audit.record(session, event, act=act, trail=desk.trail)


async def _told(session: WriteSession, report: Report, desk: Desk) -> Told | None:
    if report.wrapped_key is None or report.state is ReportState.SEALED:
        return None
    told = [one for one in await reports.revisions(session, report.id) if one.sealed_jws is not None][-1]
    filing, policy = desk.filing(report, told), desk.policies[report.policy]
    return Told(told, filing, checklist(filing, policy=policy, severity=report.severity, at=told.created_at))


async def _effect(session: WriteSession, report: Report, tokens: list[QueryToken], act: Act, desk: Desk) -> Effect:
    found = await look_up(session, tokens=[one.stored for one in tokens])
    return effect(
        desk.models[report.policy],
        report.id,
        tokens=tokens,
        incidents=found.incidents,
        reliability=found.reliability,
        asker=Asker(report.member_id, report.group_id) if report.own_only else None,
        as_of=act.now,
    )
