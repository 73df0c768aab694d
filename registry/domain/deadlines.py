"""The clocks of an appeal: who is awaited until when, and which step follows if nobody acted (domain.md 7).

Pure in (case, policy, now), so it does not matter when or how often the worker looks. A period in days ends when its
last day is over in the pack's civil time. A period to answer moves on from a public holiday; the registry's own do not.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from registry.domain.appeal_case import AppealState, AppealStep, Case, Party
from registry.domain.policy import Policy

S, Step = AppealState, AppealStep
# Who must act before the clock does, and the period that bounds it.
AWAITED: Mapping[AppealStep, tuple[Party, str]] = MappingProxyType(
    {
        Step.LAPSE: (Party.SUBJECT, "identity_proof_days"),
        Step.ADMIT: (Party.REGISTRY, "dispute_mark_minutes"),
        Step.MISS_ANSWER: (Party.MEMBER, "member_answer_days"),
        Step.MISS_REPLY: (Party.SUBJECT, "subject_answer_days"),
        Step.MISS_DECISION: (Party.REVIEWER, "decision_days"),
        Step.MISS_TELLING: (Party.REGISTRY, "decision_told_days"),
        Step.MISS_SECOND: (Party.PANEL, "second_instance_days"),
        Step.MISS_EXTERNAL: (Party.OFFICER, "external_decision_days"),
    }
)
_UNDECIDED = (S.AWAITING_REPORTER, S.AWAITING_SUBJECT, S.IN_REVIEW, S.PENDING_APPROVAL)


@dataclass(frozen=True, slots=True)
class Timer:
    """A clock that runs: what is taken at `due` unless somebody acts, and since when it runs."""

    step: AppealStep
    since: datetime
    due: datetime


@dataclass(frozen=True, slots=True)
class Reminder:
    """A word to who is awaited, so many hours before a deadline; sent once for each (step, due, hours)."""

    step: AppealStep
    to: Party
    due: datetime
    hours: int


def timers(case: Case, policy: Policy) -> tuple[Timer, ...]:
    """Return the clocks that run in this case, the earliest deadline first."""
    running = (timer for clock in _CLOCKS for timer in clock(case, policy) if timer.step not in case.breaches)
    return tuple(sorted(running, key=lambda timer: (timer.due, list(Step).index(timer.step))))


def missed(case: Case, policy: Policy, now: datetime) -> Timer | None:
    """Return the first deadline that has passed and is not acted on, or None."""
    first = next(iter(timers(case, policy)), None)
    return first if first is not None and first.due <= now else None


def due_at(case: Case, policy: Policy) -> datetime | None:
    """Return the earliest deadline of this state, also one that was missed already: what is worked on first."""
    return min((timer.due for clock in _CLOCKS for timer in clock(case, policy)), default=None)


def wake_at(case: Case, policy: Policy, now: datetime) -> datetime | None:
    """Return when time next has something to do here after `now`: a deadline, also a passed one, or a reminder."""
    hours = {policy.clocks.first_reminder_hours, policy.clocks.last_reminder_hours}
    running = timers(case, policy)
    reminding = (timer.due - timedelta(hours=some) for timer in running for some in hours)
    return min((*(timer.due for timer in running), *(at for at in reminding if at > now)), default=None)


def decision_due(case: Case, policy: Policy) -> datetime | None:
    """Return when the first decision is due, whatever happens in between: T0 and twenty days in the `cn` pack."""
    if case.proved_at is None:
        return None
    return policy.days_after(case.proved_at, policy.clocks.decision_days)


def reminders(case: Case, policy: Policy, now: datetime) -> tuple[Reminder, ...]:
    """Return the reminders to be sent by now; of one deadline only the latest, and none that comes too late."""
    hours = sorted({policy.clocks.first_reminder_hours, policy.clocks.last_reminder_hours})
    found = []
    for timer in timers(case, policy):
        ahead = [some for some in hours if timer.since < timer.due - timedelta(hours=some) <= now < timer.due]
        if ahead:
            found.append(Reminder(timer.step, AWAITED[timer.step][0], timer.due, ahead[0]))
    return tuple(found)


def render(policy: Policy) -> str:
    """Write the clocks with the numbers of a pack in Markdown, for docs/appeals.md."""
    rows = [("awaited", "period", f"in `{policy.pack}`", "if missed"), ("---",) * 4]
    rows += [
        (party.value, f"`{name}`", str(getattr(policy.clocks, name)), f"`{step}`")
        for step, (party, name) in AWAITED.items()
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _before_admission(case: Case, policy: Policy) -> Iterator[Timer]:
    if case.state is not S.RECEIVED:
        return
    if case.proved_at is None:
        due = policy.days_after(case.received_at, policy.clocks.identity_proof_days)
        yield Timer(Step.LAPSE, case.received_at, due)
    else:
        due = case.proved_at + timedelta(minutes=policy.clocks.dispute_mark_minutes)
        yield Timer(Step.ADMIT, case.proved_at, due)


def _member(case: Case, policy: Policy) -> Iterator[Timer]:
    if case.state is not S.AWAITING_REPORTER or case.proved_at is None or case.admitted_at is None:
        return
    # A member is never late because the registry asked late.
    in_time = case.admitted_at <= case.proved_at + timedelta(minutes=policy.clocks.dispute_mark_minutes)
    since = case.proved_at if in_time else case.admitted_at
    yield Timer(Step.MISS_ANSWER, since, policy.answer_days_after(since, policy.clocks.member_answer_days))


def _subject(case: Case, policy: Policy) -> Iterator[Timer]:
    final = decision_due(case, policy)
    if case.state is S.AWAITING_SUBJECT and case.asked_at is not None and final is not None:
        due = policy.answer_days_after(case.asked_at, policy.clocks.subject_answer_days)
        yield Timer(Step.MISS_REPLY, case.asked_at, min(due, final))


def _decision(case: Case, policy: Policy) -> Iterator[Timer]:
    due = decision_due(case, policy)
    if case.state in _UNDECIDED and case.proved_at is not None and due is not None:
        yield Timer(Step.MISS_DECISION, case.proved_at, due)


def _telling(case: Case, policy: Policy) -> Iterator[Timer]:
    if case.state is S.DECIDED and case.decided_at is not None and case.told_at is None:
        due = policy.days_after(case.decided_at, policy.clocks.decision_told_days)
        yield Timer(Step.MISS_TELLING, case.decided_at, due)


def _second(case: Case, policy: Policy) -> Iterator[Timer]:
    if case.state is S.SECOND_INSTANCE and case.second is not None:
        since = case.second.asked_at
        yield Timer(Step.MISS_SECOND, since, policy.days_after(since, policy.clocks.second_instance_days))


def _external(case: Case, policy: Policy) -> Iterator[Timer]:
    if case.external is not None and case.external.applied_at is None:
        since = case.external.recorded_at
        yield Timer(Step.MISS_EXTERNAL, since, policy.days_after(since, policy.clocks.external_decision_days))


_CLOCKS: tuple[Callable[[Case, Policy], Iterator[Timer]], ...] = (
    _before_admission,
    _member,
    _subject,
    _decision,
    _telling,
    _second,
    _external,
)
