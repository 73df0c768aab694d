"""What a member did about a claim, and which of it must end when a record it rested on is recalled (domain.md 8)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from registry.domain.ids import Action
from registry.domain.policy import Clocks
from registry.errors import Conflict

# The others are over with the claim they were asked for.
LASTING = (Action.CLOSE_ACCOUNT, Action.SUSPEND_PRIVILEGES, Action.HUMAN_REVIEW)


@dataclass(frozen=True, slots=True)
class Taken:
    """One action that a member says it took.

    Args:
        id: of this outcome.
        claim: the claim reference, which also names the answer it rests on.
        action: what was done.
        taken_at: when.
        ends_at: when it ends by itself; a suspension must.
        lifted_at: when the member lifted it.
    """

    id: UUID
    claim: bytes
    action: Action
    taken_at: datetime
    ends_at: datetime | None = None
    lifted_at: datetime | None = None


def check(taken: Taken, *, permitted: Collection[Action], answered_at: datetime, clocks: Clocks, now: datetime) -> None:
    """Refuse an action that the answer did not permit.

    Args:
        taken: what the member says.
        permitted: what `actions.permitted` allowed with that answer; closing only after the gate.
        answered_at: when the answer was given.
        clocks: the pack's least and most length of a suspension.
        now: the moment.

    Raises:
        Conflict: `outcome_not_permitted`, `outcome_time_refused`, `outcome_period_refused`.
    """
    if taken.action not in permitted:
        raise Conflict("outcome_not_permitted", facts={"action": taken.action})
    if not answered_at <= taken.taken_at <= now:
        raise Conflict("outcome_time_refused")
    if taken.action is not Action.SUSPEND_PRIVILEGES:
        return
    least, most = (
        timedelta(days=days) for days in (clocks.suspend_privileges_least_days, clocks.suspend_privileges_most_days)
    )
    if taken.ends_at is None or not least <= taken.ends_at - taken.taken_at <= most:
        raise Conflict("outcome_period_refused")


def in_force(taken: Taken, now: datetime) -> bool:
    """Say whether the action still restricts the person."""
    ended = taken.ends_at is not None and taken.ends_at <= now
    return taken.action in LASTING and taken.lifted_at is None and not ended


def to_lift(
    taken: Iterable[Taken], *, still_permitted: Mapping[bytes, Collection[Action]], now: datetime
) -> tuple[Taken, ...]:
    """Return the restrictions that a recall names as to be lifted, gravest first.

    Args:
        taken: the member's outcomes on claims whose answer showed the recalled record.
        still_permitted: by claim, what a fresh answer without that record permits; a claim that is missing permits
            nothing, so that without a fresh answer everything is lifted.
        now: the moment.
    """
    ending = [one for one in taken if in_force(one, now) and one.action not in still_permitted.get(one.claim, ())]
    return tuple(sorted(ending, key=lambda one: (LASTING.index(one.action), one.taken_at, one.id)))
