"""An export as long work: ordered by an auditor, written by a worker, kept for a day, then destroyed.

`decide` is the only way from one state to another. Times are real ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from registry.errors import Conflict

# What nobody fetched in this time can be ordered again; the file lies sealed as long.
KEPT = timedelta(days=1)
# A worker says that it lives with each piece that it writes; one silent for so long is taken for dead.
LEASE = timedelta(minutes=2)
ATTEMPTS = 3
# Of one auditor, waiting, under way or kept.
MOST_KEPT = 2
MOST_BYTES = 4 << 30


class ExportState(StrEnum):
    """Where an export stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    GONE = "gone"  # the file is destroyed


class ExportStep(StrEnum):
    """What can happen to an export. The comment says who does it."""

    TAKE = "take"  # a worker, also when the one before has died
    FINISH = "finish"  # the worker that wrote it
    FAIL = "fail"  # likewise; or the next one, when too many have died of it
    FORGET = "forget"  # a worker, once its time is over or its auditor has dropped it


TRANSITIONS: Mapping[tuple[ExportState, ExportStep], ExportState] = MappingProxyType(
    {
        (ExportState.WAITING, ExportStep.TAKE): ExportState.RUNNING,
        (ExportState.RUNNING, ExportStep.TAKE): ExportState.RUNNING,
        (ExportState.RUNNING, ExportStep.FINISH): ExportState.DONE,
        (ExportState.RUNNING, ExportStep.FAIL): ExportState.FAILED,
        (ExportState.WAITING, ExportStep.FORGET): ExportState.GONE,
        (ExportState.RUNNING, ExportStep.FORGET): ExportState.GONE,
        (ExportState.DONE, ExportStep.FORGET): ExportState.GONE,
        (ExportState.FAILED, ExportStep.FORGET): ExportState.GONE,
    }
)
OPEN = frozenset({ExportState.WAITING, ExportState.RUNNING})
# What takes one of an auditor's places.
OCCUPIES = OPEN | {ExportState.DONE}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an export stands.

    Args:
        attempt: how many workers have taken it.
        beat_at: when the last of them said that it lives.
        ends_at: from when on its file is destroyed.
    """

    state: ExportState
    attempt: int = 0
    beat_at: datetime | None = None
    ends_at: datetime | None = None

    def silent(self, now: datetime) -> bool:
        """Tell whether whoever writes it is taken for dead."""
        return self.beat_at is None or now >= self.beat_at + LEASE


def decide(standing: Standing, step: ExportStep, *, now: datetime) -> ExportState:
    """Take one step. Conflict `export_step_refused` where it is not possible, or not yet."""
    target = TRANSITIONS.get((standing.state, step))
    if target is None or not _is_due(standing, step, now):
        raise Conflict("export_step_refused", facts={"state": standing.state, "step": step})
    return target


def _is_due(standing: Standing, step: ExportStep, now: datetime) -> bool:
    if step is ExportStep.TAKE:
        lost = standing.state is ExportState.RUNNING
        return standing.attempt < ATTEMPTS and (not lost or standing.silent(now))
    if step is ExportStep.FORGET:
        return standing.ends_at is not None and now >= standing.ends_at
    return True
