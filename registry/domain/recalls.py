"""The clocks of a recall that must be acknowledged: an alert after a day, no more queries after three (domain.md 6)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from registry.domain.outcomes import Taken, in_force
from registry.domain.policy import Clocks


class RecallStep(StrEnum):
    """What follows from silence."""

    ALERT = "alert"  # an auditor is told
    SUSPEND = "suspend"  # the member may not query until it has acknowledged


@dataclass(frozen=True, slots=True)
class Recalled:
    """One recall to one member; `taken` are the steps that its silence has had already."""

    issued_at: datetime
    acknowledged_at: datetime | None = None
    taken: Collection[RecallStep] = ()


def missed(recall: Recalled, clocks: Clocks, now: datetime) -> tuple[tuple[RecallStep, datetime], ...]:
    """Return the steps that are due and not taken, with the moment each was due, in order.

    What was missed before a late acknowledgement stays due, so that a worker that comes back records it.
    """
    until = now if recall.acknowledged_at is None else recall.acknowledged_at
    dues = ((step, recall.issued_at + after) for step, after in periods(clocks).items())
    return tuple((step, due) for step, due in dues if due <= until and step not in recall.taken)


def periods(clocks: Clocks) -> dict[RecallStep, timedelta]:
    """Return how long after a recall each step is due, in order."""
    return {
        RecallStep.ALERT: timedelta(hours=clocks.recall_acknowledge_hours),
        RecallStep.SUSPEND: timedelta(hours=clocks.recall_suspend_hours),
    }


def acknowledge_by(issued_at: datetime, clocks: Clocks) -> datetime:
    """Return until when a recall must be acknowledged before anybody is alerted."""
    return issued_at + periods(clocks)[RecallStep.ALERT]


def is_done(
    *, must_acknowledge: bool, acknowledged_at: datetime | None, restrictions: Iterable[Taken], now: datetime
) -> bool:
    """Say whether a recall has done its work: heard where it must be, and none of its restrictions is left."""
    is_heard = acknowledged_at is not None or not must_acknowledge
    return is_heard and not any(in_force(one, now) for one in restrictions)
