"""Which steps of going live a member has taken, read from the traces that each step leaves anyway."""

from uuid import UUID

from sqlalchemy import ColumnElement, Executable, exists, or_, select

from registry.domain.appeal_files import MessageKind, Side
from registry.domain.go_live import GoLive
from registry.domain.quotas import Quota
from registry.store.database import ReadSession
from registry.store.schema import (
    appeal,
    appeal_message,
    audit_entry,
    claim,
    quota_use,
    recall,
    recall_acknowledgement,
    report,
    webhook_attempt,
    webhook_endpoint,
)

PROOF = "log.prove_inclusion"
_OK = (200, 299)


async def taken(session: ReadSession, *, member_id: UUID) -> frozenset[GoLive]:
    """Return the steps that this member has taken, in one statement."""
    row = (await session.execute(_taken(member_id))).one()
    return frozenset(GoLive(name) for name, done in row._mapping.items() if done)  # noqa: SLF001 - public name


async def has_proof(session: ReadSession, *, member_id: UUID) -> bool:
    """Tell whether this member has ever fetched a proof of inclusion."""
    return bool((await session.execute(select(_did(member_id, PROOF)))).scalar_one())


def _taken(member_id: UUID) -> Executable:
    asked = exists().where(claim.c.member_id == member_id)
    filed = exists().where(report.c.member_id == member_id)
    evaluated = exists().where(quota_use.c.member_id == member_id, quota_use.c.quota == Quota.EVALUATIONS)
    answered = exists().where(
        webhook_attempt.c.endpoint_id == webhook_endpoint.c.id,
        webhook_endpoint.c.member_id == member_id,
        webhook_attempt.c.status.between(*_OK),
    )
    acknowledged = exists().where(recall_acknowledgement.c.recall_id == recall.c.id, recall.c.member_id == member_id)
    said = exists().where(
        appeal_message.c.appeal_id == appeal.c.id,
        appeal.c.member_id == member_id,
        appeal_message.c.side == Side.MEMBER,
        appeal_message.c.kind == MessageKind.ANSWER,
    )
    steps: dict[GoLive, ColumnElement[bool]] = {
        GoLive.SIGNED_IN: _did(member_id, "member.sign_in", "signed_in"),
        # Use is counted for some days only, and neither a report nor a question is possible without tokens.
        GoLive.EVALUATED: or_(evaluated, asked, filed),
        GoLive.CHECKED: _did(member_id, "report.check", "passed"),
        GoLive.REFUSED: _did(member_id, "report.check", "refused"),
        GoLive.FILED: filed,
        GoLive.SERVED: exists().where(report.c.member_id == member_id, report.c.served_at.is_not(None)),
        GoLive.QUERIED: asked,
        GoLive.PROVED: _did(member_id, PROOF),
        GoLive.HEARD: answered,
        GoLive.ACKNOWLEDGED: acknowledged,
        GoLive.ANSWERED: said,
    }
    return select(*(holds.label(step.value) for step, holds in steps.items()))


def _did(member_id: UUID, action: str, *outcomes: str) -> ColumnElement[bool]:
    """Ask the log; it is never asked what was said, which is sealed."""
    found = exists(audit_entry.c.id).where(audit_entry.c.member_id == member_id, audit_entry.c.action == action)
    return found.where(audit_entry.c.outcome.in_(outcomes)) if outcomes else found
