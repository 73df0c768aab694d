"""What a step comes to, worked out before anything is locked or written: every turn in order, and what the record does.

What a clock has missed comes first, whatever ends the record before that; an appeal whose subject is proved is admitted
at once, and a decision is told at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from registry.domain import appeals, lifecycle
from registry.domain.appeal_case import (
    CLOCK,
    REGISTRY,
    Actor,
    AppealState,
    AppealStep,
    Case,
    Draft,
    Result,
    Ruling,
    Said,
    Vote,
)
from registry.domain.appeal_corrections import check, lessened
from registry.domain.appeal_records import GONE, RecordMove, correction_of
from registry.domain.appeals import OPEN, Decision
from registry.domain.deadlines import missed
from registry.domain.ids import ReportState
from registry.domain.policy import Policy
from registry.store.appeal_cases import gravity_of
from registry.store.reports import Report

_REVISED_AS: Mapping[lifecycle.Step, str] = {
    lifecycle.Step.AMEND_BY_DECISION: "amended",
    lifecycle.Step.REINSTATE: "reinstated",
    lifecycle.Step.WITHDRAW: "withdrawn",
}
_DECIDED_ANEW = frozenset({lifecycle.Step.AMEND_BY_DECISION, lifecycle.Step.REINSTATE})


@dataclass(frozen=True, slots=True)
class Wish:
    """A step that somebody wants to take; `due_at` if a clock does, `text` what goes into a letter."""

    step: AppealStep
    by: Actor
    said: Said = None
    due_at: datetime | None = None
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Moved:
    """A step of the record: what it was, what follows, and the record after it; `change` if that is a revision."""

    step: lifecycle.Step
    decision: lifecycle.Decision
    report: Report
    change: str | None


@dataclass(frozen=True, slots=True)
class Turn:
    """One step taken: what was wished, the case before it, the decision, and the record's own step if any."""

    wish: Wish
    before: Case
    decision: Decision
    moved: Moved | None

    @property
    def after(self) -> Case:
        """The case after it, beside the record after it."""
        if self.moved is None:
            return self.decision.case
        return replace(self.decision.case, report_state=self.moved.report.state)


def plan(case: Case, report: Report, wish: Wish | None, *, policy: Policy, now: datetime) -> list[Turn]:
    """Return the turns that a step takes, those that come first included; without a wish the first that time does.

    Errors: as `appeals.decide`; `report_…` if the record cannot follow.
    """
    turns: list[Turn] = []
    for one in _wishes(turns, case, wish, policy, now):
        before, record = (turns[-1].after, _record(turns, report)) if turns else (case, report)
        decision = appeals.decide(before, one.step, by=one.by, policy=policy, now=now, said=one.said)
        if isinstance(one.said, Draft | Vote | Ruling):
            check(one.said.correction, gravity_of(record), amends=one.said.result is Result.AMENDED)
        moved = None if decision.record is None else _move(record, decision.record, decision.case, policy, now)
        turns.append(Turn(one, before, decision, moved))
    return turns


def due(case: Case, policy: Policy, now: datetime) -> Wish | None:
    """Return what comes before anything that somebody may want: the end of the record, then the first missed clock."""
    if case.report_state in GONE and case.state in OPEN:
        return Wish(AppealStep.CLOSE, REGISTRY)
    first = missed(case, policy, now)
    return None if first is None else Wish(first.step, CLOCK, due_at=first.due)


def moves(turns: list[Turn]) -> bool:
    """Say whether the record changes, so that nobody may be told of it meanwhile."""
    return any(turn.moved is not None for turn in turns)


def _wishes(turns: list[Turn], case: Case, wish: Wish | None, policy: Policy, now: datetime) -> Iterator[Wish]:
    # Each wish is taken before the next one is asked for.
    while (first := due(turns[-1].after if turns else case, policy, now)) is not None:
        if wish is not None and first.step is wish.step:
            break
        yield first
        yield from _follow(turns[-1])
        if wish is None:
            return
    if wish is not None:
        yield wish
        yield from _follow(turns[-1])


def _follow(turn: Turn) -> Iterator[Wish]:
    if turn.wish.step is AppealStep.PROVE:
        yield Wish(AppealStep.ADMIT, REGISTRY)
    if turn.decision.decides and turn.after.state is AppealState.DECIDED:
        yield Wish(AppealStep.TELL, REGISTRY)


def _record(turns: list[Turn], report: Report) -> Report:
    return next((turn.moved.report for turn in reversed(turns) if turn.moved is not None), report)


def _move(report: Report, move: RecordMove, case: Case, policy: Policy, now: datetime) -> Moved:
    standing = replace(report.standing(), open_dispute=appeals.is_open(case))
    decision = lifecycle.decide(standing, move.step, policy=policy, now=now, reason=move.reason)
    after = replace(report, state=decision.state, state_reason=decision.reason or None, state_at=now)
    if decision.revises:
        after = replace(after, revision=report.revision + 1, revised_at=now)
    if report.activated_at is None and decision.state is ReportState.ACTIVE:
        # Upheld in its notice window: it counts from now on.
        after = replace(after, activated_at=now)
    if move.step in _DECIDED_ANEW and case.result is Result.AMENDED:
        says = lessened(correction_of(case), gravity_of(report))
        after = replace(
            after,
            amount_minor=says.amount_minor,
            confidence=says.confidence,
            aggravations=tuple(sorted(says.aggravations)),
        )
    return Moved(move.step, decision, after, _REVISED_AS[move.step] if decision.revises else None)
