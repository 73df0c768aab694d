"""What time does by itself: reports begin to count, lapse and end; what is no longer needed is forgotten.

Each round is one transaction with a few rows, each step is decided by `domain/lifecycle.py` and leaves its trace, and a
round that is repeated finds nothing left to do. After a standstill the rounds catch up, the longest waiting first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, timezone
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from registry.domain import sign_in_limits as limits
from registry.domain.events import Act, AuditEvent
from registry.domain.ids import ReportState
from registry.domain.integrity import Fate, tally_counted
from registry.domain.lifecycle import Decision, Step, decide
from registry.domain.policy import Policy
from registry.domain.retention import add_months
from registry.domain.webhooks import Event
from registry.services import audit, recalls, webhooks
from registry.services.trail import Trail
from registry.store import reports, scores
from registry.store import upkeep as store
from registry.store.database import WriteSession
from registry.store.known import TELLING_STATES
from registry.store.reports import Report, Revision
from registry.store.upkeep import Due
from registry_formats.leaf import LeafType

BATCH = 50
ANSWERS_KEPT = timedelta(days=7)
USE_KEPT = timedelta(days=31)
RELIABILITY_MONTHS = 24
RELIABILITY_EVERY = timedelta(minutes=10)
LEGAL_BASIS = "clock"
T = TypeVar("T")


class Part(StrEnum):
    """What time does to reports, in the order in which it is best caught up."""

    END = "end"
    LAPSE = "lapse"
    ACTIVATE = "activate"
    RENEW = "renew"


@dataclass(frozen=True, slots=True)
class _Round:
    """One round: the session, the rules, who acts and when, the trail."""

    session: WriteSession
    policies: Mapping[str, Policy]
    act: Act
    trail: Trail

    def by_pack(self, cutoff: Callable[[Policy], T]) -> dict[str, T]:
        return {name: cutoff(policy) for name, policy in self.policies.items()}


async def sweep(session: WriteSession, part: Part, *, policies: Mapping[str, Policy], act: Act, trail: Trail) -> int:
    """Do what is due to a few reports or groups; return how many, 0 when nothing is left.

    The parts are apart so that one report that cannot be moved on holds up only its like. None relies on another having
    been done: what has ended neither begins to count nor lapses.
    """
    return await _PARTS[part](_Round(session, policies, act, trail))


async def tidy(session: WriteSession, *, now: datetime) -> int:
    """Forget what only served to recognise repetitions and to count; return how many rows."""
    return (
        await store.forget_assertions(session)
        + await store.forget_sign_ins(session, after=limits.FAMILIAR)
        + await store.forget_subjects(session)
        + await store.forget_answers(session, before=now - ANSWERS_KEPT)
        + await store.forget_use(session, before=(now - USE_KEPT).date())
    )


async def _activate(this: _Round) -> int:
    now = this.act.now
    served_by = this.by_pack(lambda policy: now - timedelta(days=policy.clocks.notice_window_days))
    due = store.window_over(served_by, this.by_pack(lambda policy: policy.today(now)))
    taken = await store.take(this.session, due, limit=BATCH)
    for report in taken:
        decision = _decide(this, report, Step.ACTIVATE)
        after = replace(report, state=decision.state, state_at=now, activated_at=now)
        await reports.save(this.session, after)
        await _record(this, after, decision, await reports.identities(this.session, report.id))
    return len(taken)


async def _lapse(this: _Round) -> int:
    now = this.act.now
    filed_by = this.by_pack(lambda policy: now - timedelta(days=policy.clocks.serve_within_days))
    # Nobody was ever told of them, so no disclosure needs to be stopped.
    taken = await store.take(this.session, store.unserved(filed_by), limit=BATCH)
    for report in taken:
        decision = _decide(this, report, Step.WITHDRAW_UNSERVED)
        after = replace(
            report,
            state=decision.state,
            state_reason=decision.reason,
            state_at=now,
            revision=report.revision + 1,
            revised_at=now,
        )
        await reports.save(this.session, after)
        await reports.add_revision(this.session, Revision(report.id, after.revision, "withdrawn", decision.reason, now))
        await _record(this, after, decision, await reports.identities(this.session, report.id))
    return len(taken)


async def _end(this: _Round) -> int:
    due = _ended(this)
    if not await store.any_due(this.session, due):
        return 0
    # Before the rows: a disclosure that holds this lock may be waiting for one of them.
    await scores.stop_disclosure(this.session)
    taken = await store.take(this.session, due, limit=BATCH)
    for report in taken:
        await _expire(this, report)
    return len(taken)


async def _expire(this: _Round, report: Report) -> None:
    decision = _decide(this, report, Step.EXPIRE)
    # What became of it stays, for the figures of its group.
    became = report.state_reason if report.state is ReportState.WITHDRAWN else report.state.value
    after = replace(report, state=decision.state, state_reason=became, state_at=this.act.now)
    subject = await reports.identities(this.session, report.id)
    await reports.save(this.session, after)
    await store.forget(this.session, report.id)
    await _record(this, after, decision, subject)
    if report.state in TELLING_STATES:
        await recalls.emit(
            this.session,
            report.id,
            report.revision,
            decision,
            subject=subject,
            act=this.act,
            trail=this.trail,
        )


def _ended(this: _Round) -> Due:
    now = this.act.now

    def concluded_before(policy: Policy) -> datetime:
        """Return the end of the last day on which a conclusion is old enough now."""
        day = policy.today(now) - timedelta(days=policy.clocks.inconclusive_days - 1)
        return datetime.combine(day, time.min, timezone(timedelta(minutes=policy.utc_offset_minutes)))

    return store.expired(this.by_pack(lambda policy: policy.today(now)), this.by_pack(concluded_before))


async def _renew(this: _Round) -> int:
    """Count afresh how the reports of some groups fared (`integrity.tally_counted`)."""
    now = this.act.now
    since = datetime.combine(add_months(now.date(), -RELIABILITY_MONTHS), time.min, now.tzinfo)
    groups = await store.stale_groups(this.session, stale_before=now - RELIABILITY_EVERY, limit=BATCH)
    if not groups:
        return 0
    heard_by = this.by_pack(lambda policy: now - timedelta(days=policy.clocks.heard_after_days))
    alike: dict[UUID, list[tuple[Fate, int]]] = {group_id: [] for group_id in groups}
    for group_id, fate, count in await store.fates(this.session, groups, heard_by=heard_by, since=since):
        alike[group_id].append((fate, count))
    fared = {group_id: tally_counted(fates, since=since) for group_id, fates in alike.items()}
    await store.save_reliability(this.session, fared, now=now)
    return len(groups)


def _decide(this: _Round, report: Report, step: Step) -> Decision:
    policy = this.policies[report.policy]
    concluded_on = policy.today(report.state_at) if report.state is ReportState.INCONCLUSIVE else None
    return decide(report.standing(concluded_on), step, policy=policy, now=this.act.now)


async def _record(this: _Round, after: Report, decision: Decision, subject: list[bytes]) -> None:
    event = AuditEvent(
        LeafType.REPORT,
        decision.event,
        decision.state.value,
        legal_basis=LEGAL_BASIS,
        subject=tuple(subject),
        content={
            "reason": decision.reason,
            "report": str(after.id),
            "revision": after.revision,
            "state": after.state.value,
        },
    )
    await audit.record(this.session, event, act=this.act, trail=this.trail)
    told = {"report_id": str(after.id), "state": after.state.value}
    await webhooks.enqueue(this.session, Event.REPORT_STATE, after.member_id, told, now=this.act.now)


_PARTS = {Part.END: _end, Part.LAPSE: _lapse, Part.ACTIVATE: _activate, Part.RENEW: _renew}
