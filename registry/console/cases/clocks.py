"""The three clocks of a case as a page shows them: acknowledged, answered, decided; each due at a moment, or done."""

from dataclasses import dataclass
from datetime import datetime

from registry.domain.appeal_case import AppealState as S
from registry.domain.appeal_case import AppealStep as Step
from registry.services.appeals import Summary

_BEFORE = (S.RECEIVED, S.INADMISSIBLE)
_LAST = (Step.MISS_DECISION, Step.MISS_SECOND, Step.MISS_EXTERNAL, Step.MISS_TELLING)
_UNDECIDED = (S.AWAITING_REPORTER, S.AWAITING_SUBJECT, S.IN_REVIEW, S.PENDING_APPROVAL)
NAMES = (
    *("Acknowledged", "Proof of identity", "Member's answer", "The person's answer", "Decision"),
    *("Decision of the panel", "Decision from outside", "Telling everybody"),
)
_ACKNOWLEDGED, _PROOF, _MEMBER, _PERSON, _DECISION, _PANEL, _OUTSIDE, _TELLING = NAMES
_NAMED = {
    Step.MISS_DECISION: _DECISION,
    Step.MISS_SECOND: _PANEL,
    Step.MISS_EXTERNAL: _OUTSIDE,
    Step.MISS_TELLING: _TELLING,
}


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock: its name, when it runs out if it runs, when it was met; `over` if it is behind us without a moment."""

    name: str
    due: datetime | None = None
    done: datetime | None = None
    over: bool = False


def clocks(one: Summary) -> tuple[Clock, Clock, Clock]:
    """Return the clocks of a case."""
    return _acknowledged(one), _answered(one), _decided(one)


def _acknowledged(one: Summary) -> Clock:
    row, proof = one.appeal, one.due(Step.LAPSE)
    if proof is not None:
        return Clock(_PROOF, proof)
    return Clock(_ACKNOWLEDGED, one.due(Step.ADMIT), row.admitted_at, over=row.admitted_at is None)


def _answered(one: Summary) -> Clock:
    state, asked = one.appeal.state, one.due(Step.MISS_REPLY)
    if asked is not None:
        return Clock(_PERSON, asked)
    return Clock(_MEMBER, one.due(Step.MISS_ANSWER), over=state not in {*_BEFORE, S.AWAITING_REPORTER})


def _decided(one: Summary) -> Clock:
    row = one.appeal
    for step in _LAST:
        due = one.due(step)
        if due is not None:
            return Clock(_NAMED[step], due)
    if row.state in _UNDECIDED:
        # It has run out, and whoever holds the case is late; the clock itself has done what it does.
        return Clock(_DECISION, row.next_due_at)
    return Clock(_DECISION, done=row.decided_at, over=row.decided_at is None and row.state is not S.RECEIVED)
