"""Second looks at reports: by whom, in which order, and what one verdict means for the rest of a wave (scoring.md)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from registry.domain.lifecycle import Step
from registry.domain.policy import IntegrityRules
from registry.domain.sampling import waits
from registry.errors import Conflict, Denied

WEEK = 7


class Verdict(StrEnum):
    """What becomes of a report that was held."""

    RELEASED = "released"  # it begins to count when its notice window is over
    REFUSED = "refused"  # it never counts


class SecondResult(StrEnum):
    """What a second look at a drawn report finds."""

    UPHELD = "upheld"
    INCONCLUSIVE = "inconclusive"
    OVERTURNED = "overturned"


STEP_OF: Mapping[SecondResult, Step] = {
    SecondResult.INCONCLUSIVE: Step.FIND_INCONCLUSIVE,
    SecondResult.OVERTURNED: Step.OVERTURN,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a held report stands in its wave: must it be judged by itself, is it supervised too, what became of it."""

    report_id: UUID
    sampled: bool
    supervised: bool
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Follows:
    """What a verdict means for the others: which are released with it, which must now be judged by themselves."""

    released: tuple[UUID, ...] = ()
    sampled: tuple[UUID, ...] = ()


def comes_too_fast(filed: Mapping[date, int], today: date, rules: IntegrityRules) -> bool:
    """Say whether one more report today waits; `filed` is how many a member filed on each day before it."""
    weeks = [
        sum(filed.get(today - timedelta(days=WEEK * week + day), 0) for day in range(WEEK))
        for week in range(rules.brake_trailing_weeks + 1)
    ]
    return waits(weeks[0] + 1, weeks[1:], rules)


def first_day(today: date, rules: IntegrityRules) -> date:
    """Return the first day that `comes_too_fast` looks at."""
    return today - timedelta(days=WEEK * (rules.brake_trailing_weeks + 1) - 1)


def next_week(last: date | None, now: datetime) -> date | None:
    """Return the Monday of the next week to draw from (UTC), or None while no undrawn week is over."""
    monday = now.date() - timedelta(days=now.weekday())
    due = monday - timedelta(days=WEEK) if last is None else last + timedelta(days=WEEK)
    return due if due < monday else None


def follows(wave: Sequence[Place]) -> Follows:
    """Say what the verdicts so far mean for the rest of a wave whose sample is drawn.

    The rest is released with the last of a clean sample. One refusal, and each of the rest is judged by itself; so is
    what waits because its member is supervised.
    """
    rest = [one for one in wave if not one.sampled and one.verdict is None]
    sample = [one for one in wave if one.sampled]
    if any(one.verdict is Verdict.REFUSED for one in sample):
        return Follows(sampled=tuple(one.report_id for one in rest))
    if any(one.verdict is None for one in sample):
        return Follows()
    return Follows(
        released=tuple(one.report_id for one in rest if not one.supervised),
        sampled=tuple(one.report_id for one in rest if one.supervised),
    )


def check_judge(who: UUID, touched: Collection[UUID]) -> None:
    """Refuse whoever had to do with the report before. Denied `touched_before`."""
    if who in touched:
        raise Denied("touched_before")


def check_hold(place: Place, *, in_wave: bool, drawn: bool) -> None:
    """Refuse to judge what was judged, or what is not in the sample. Conflict `hold_settled`, `hold_not_sampled`."""
    if place.verdict is not None:
        raise Conflict("hold_settled")
    if in_wave and not (drawn and place.sampled):
        raise Conflict("hold_not_sampled")
