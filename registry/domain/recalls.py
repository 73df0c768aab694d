"""The clocks of a recall that must be acknowledged: an alert after a day, no more queries after three (domain.md 6)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

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
    hours = {RecallStep.ALERT: clocks.recall_acknowledge_hours, RecallStep.SUSPEND: clocks.recall_suspend_hours}
    until = now if recall.acknowledged_at is None else recall.acknowledged_at
    dues = ((step, recall.issued_at + timedelta(hours=most)) for step, most in hours.items())
    return tuple((step, due) for step, due in dues if due <= until and step not in recall.taken)


def suspends(recall: Recalled, clocks: Clocks, now: datetime) -> bool:
    """Say whether this recall keeps its member from querying now, whether or not a worker has noticed."""
    late = now >= recall.issued_at + timedelta(hours=clocks.recall_suspend_hours)
    return recall.acknowledged_at is None and late
