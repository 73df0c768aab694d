"""What a draft would come to, before anybody confirms it: the step is worked out and not taken, its letter is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from registry.domain.appeal_case import Actor, AppealStep, Draft, Party
from registry.domain.events import Act, AuditEvent
from registry.letters.compose import Letter, compose
from registry.services import audit
from registry.services.appeals import letters
from registry.services.appeals.desk import Desk
from registry.services.appeals.letters import Post
from registry.services.appeals.plans import Turn, Wish, plan
from registry.services.appeals.steps import Standing, look
from registry.store import reports
from registry.store.database import WriteSession
from registry.store.reports import Report
from registry.translations import LANGUAGES
from registry_formats.leaf import LeafType


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A case as it stands, the draft in question, and the letter that would follow, by language."""

    standing: Standing
    draft: Draft
    letters: Mapping[str, Letter]


async def rehearse(
    session: WriteSession, appeal_id: UUID, draft: Draft | None, *, by: Actor, act: Act, desk: Desk
) -> Rehearsal:
    """Show what would follow if this were drafted and approved now; without a draft, if the one there is were approved.

    What members are to lift is known once it is decided. The look leaves a trace. Errors: as `step`, of drafting or of
    approving.
    """
    standing = await look(session, appeal_id, desk)
    wish = Wish(AppealStep.APPROVE, by) if draft is None else Wish(AppealStep.DRAFT, by, draft)
    turn, report = _decided(standing, wish, act, desk)
    subject = await reports.identities(session, standing.report.id)
    event = AuditEvent(
        LeafType.QUERY,
        "appeal.letter_rehearsed",
        "answered",
        legal_basis=letters.BASIS,
        subject=tuple(subject),
        content={"appeal": str(appeal_id), "report": str(standing.report.id)},
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    said = await letters.decision(Post(session, standing.appeal, report, subject, act, desk), turn)
    if turn.after.draft is None:
        raise ValueError("a decision without a draft")
    return Rehearsal(standing, turn.after.draft, {language: compose(said, language) for language in LANGUAGES})


def _decided(standing: Standing, wish: Wish, act: Act, desk: Desk) -> tuple[Turn, Report]:
    """Work out a step and the approvals that it still needs, as if others gave them now."""
    case, report, policy = standing.case, standing.report, desk.policies[standing.report.policy]
    while True:
        for turn in plan(case, report, wish, policy=policy, now=act.now):
            case, report = turn.after, turn.moved.report if turn.moved is not None else report
            if turn.decision.decides:
                return turn, report
        somebody = UUID(bytes=desk.entropy(16))
        wish = Wish(AppealStep.APPROVE, Actor(frozenset({Party.REVIEWER}), somebody))
