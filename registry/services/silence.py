"""Silence after a recall: auditors are alerted after a day, queries rest after three, until it is acknowledged."""

from collections.abc import Mapping

from registry.domain.events import Act, AuditEvent, timestamp
from registry.domain.policy import Policy
from registry.domain.recalls import RecallStep, missed, periods
from registry.domain.webhooks import Event
from registry.services import audit, webhooks
from registry.services.trail import Trail
from registry.store import reports
from registry.store import silence as store
from registry.store.database import WriteSession
from registry.store.silence import Silent
from registry_formats.leaf import LeafType

BATCH = 50
WARNING = {RecallStep.ALERT: "recall_unacknowledged", RecallStep.SUSPEND: "queries_suspended"}


async def escalate(session: WriteSession, *, policies: Mapping[str, Policy], act: Act, trail: Trail) -> int:
    """Take the steps that are due, in the order in which they were due; return how many, 0 when nothing is left.

    After a standstill every missed step is taken, also of recalls that were acknowledged too late meanwhile.
    """
    if not await store.lead(session):
        return 0
    after = {name: periods(policy.clocks) for name, policy in policies.items()}
    found = await store.due(session, after, now=act.now, limit=BATCH)
    steps = [
        (due_at, one, step)
        for one in found
        for step, due_at in missed(one.recalled, policies[one.policy].clocks, act.now)
    ]
    # No recall that was left out has a step before the last of these: each of those found has one of its own.
    steps = sorted(steps, key=lambda due: (due[0], due[1].id))[:BATCH]
    for due_at, one, step in steps:
        await store.take(session, one.id, step, due_at=due_at, now=act.now)
        await _tell(session, one, step, timestamp(due_at), act=act, trail=trail)
    return len(steps)


async def _tell(session: WriteSession, one: Silent, step: RecallStep, due_at: str, *, act: Act, trail: Trail) -> None:
    content = {"due_at": due_at, "member": str(one.member_id), "recall": str(one.id), "report": str(one.report_id)}
    subject = tuple(await reports.identities(session, one.report_id))
    event = AuditEvent(
        LeafType.RECALL, f"recall.{step}", WARNING[step], legal_basis="clock", subject=subject, content=content
    )
    await audit.record(session, event, act=act, trail=trail)
    told = {"code": WARNING[step], "recall_id": str(one.id)}
    await webhooks.enqueue(session, Event.MEMBER_WARNING, one.member_id, told, now=act.now)
