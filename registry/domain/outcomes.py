"""What a member did about a claim, and which of it must end when a record it rested on is recalled (domain.md 8)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from registry.domain.closures import valid_until
from registry.domain.ids import Action
from registry.domain.policy import Clocks
from registry.errors import Conflict

# The others are over with the claim they were asked for.
LASTING = (Action.CLOSE_ACCOUNT, Action.SUSPEND_PRIVILEGES, Action.HUMAN_REVIEW)


class Flag(StrEnum):
    """What is wrong with an action. It was taken all the same, so it is recorded, and an auditor finds it."""

    BEYOND_ANSWER = "beyond_answer"  # the answer did not permit it, or no more; closing needs the gate
    PERIOD = "period"  # a suspension of another length than the pack allows, or without an end


@dataclass(frozen=True, slots=True)
class Taken:
    """One action that a member says it took.

    Args:
        id: of this outcome.
        claim: the claim reference.
        query: the id of the answer it rests on.
        action: what was done.
        taken_at: when.
        ends_at: when it ends by itself; a suspension must.
        lifted_at: when the member lifted it.
    """

    id: UUID
    claim: bytes
    query: UUID
    action: Action
    taken_at: datetime
    ends_at: datetime | None = None
    lifted_at: datetime | None = None


def judge(
    taken: Taken, *, permitted: Collection[Action], answered_at: datetime, clocks: Clocks, now: datetime
) -> tuple[Flag, ...]:
    """Say what is wrong with an action, measured by the answer it rests on.

    Args:
        taken: what the member says.
        permitted: what that answer permitted (`actions.permitted`); closing only after the gate, and not for ever.
        answered_at: when the answer was given.
        clocks: the pack's least and most length of a suspension, and the life of a permission to close.
        now: the moment.

    Raises:
        Conflict: `outcome_time_refused`, taken before the answer, in the future, or ended before it began.
    """
    if not answered_at <= taken.taken_at <= now or (taken.ends_at is not None and taken.ends_at <= taken.taken_at):
        raise Conflict("outcome_time_refused")
    beyond, period = not _is_permitted(taken, permitted, answered_at, clocks), not _is_period_allowed(taken, clocks)
    return tuple(flag for flag, holds in ((Flag.BEYOND_ANSWER, beyond), (Flag.PERIOD, period)) if holds)


def check_lift(taken: Taken, lifted_at: datetime, *, now: datetime) -> None:
    """Refuse to lift what restricts nobody any more.

    Raises:
        Conflict: `outcome_not_in_force`, or `outcome_time_refused` for a time before the action or in the future.
    """
    if not in_force(taken, lifted_at):
        raise Conflict("outcome_not_in_force")
    if not taken.taken_at <= lifted_at <= now:
        raise Conflict("outcome_time_refused")


def in_force(taken: Taken, now: datetime) -> bool:
    """Say whether the action still restricts the person."""
    ended = taken.ends_at is not None and taken.ends_at <= now
    return taken.action in LASTING and taken.lifted_at is None and not ended


def to_lift(taken: Iterable[Taken], *, now: datetime) -> tuple[Taken, ...]:
    """Return the restrictions that a recall names as to be lifted, gravest first.

    All that is in force is named: whether the remaining records would permit it is known only to a fresh answer
    (purpose Q2), on which the member may then act anew.

    Args:
        taken: the member's outcomes that rest on answers which showed the recalled record.
        now: the moment.
    """
    ending = [one for one in taken if in_force(one, now)]
    return tuple(sorted(ending, key=lambda one: (LASTING.index(one.action), one.taken_at, one.id)))


def _is_permitted(taken: Taken, permitted: Collection[Action], answered_at: datetime, clocks: Clocks) -> bool:
    late = taken.action is Action.CLOSE_ACCOUNT and taken.taken_at > valid_until(answered_at, clocks)
    return taken.action in permitted and not late


def _is_period_allowed(taken: Taken, clocks: Clocks) -> bool:
    if taken.action is not Action.SUSPEND_PRIVILEGES:
        return True
    least, most = (
        timedelta(days=days) for days in (clocks.suspend_privileges_least_days, clocks.suspend_privileges_most_days)
    )
    return taken.ends_at is not None and least <= taken.ends_at - taken.taken_at <= most
