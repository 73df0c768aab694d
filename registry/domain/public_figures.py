"""What is published: figures of members and of the registry, none from so few cases that it tells about a person."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import combinations
from statistics import median_low
from types import MappingProxyType
from uuid import UUID

from registry.domain.policy import IntegrityRules

_MILLION = 10**6


_QUARTER_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two members whose subjects coincide far above chance; `expected` in thousandths of a subject."""

    members: tuple[UUID, UUID]
    common: int
    expected: int


def quarter_of(day: date) -> date:
    """Return the first day of the quarter of a day."""
    return date(day.year, day.month - (day.month - 1) % _QUARTER_MONTHS, 1)


def quarter_after(quarter: date) -> date:
    """Return the first day of the quarter after one that begins on this day."""
    months = quarter.month - 1 + _QUARTER_MONTHS
    return date(quarter.year + months // 12, months % 12 + 1, 1)


def quarter_before(quarter: date) -> date:
    """Return the first day of the quarter before one that begins on this day."""
    months = quarter.month - 1 - _QUARTER_MONTHS
    return date(quarter.year + months // 12, months % 12 + 1, 1)


def whole(count: int, least: int) -> int | None:
    """Return a count by itself, or None where it is too small to show."""
    return None if 0 < count < least else count


def publishable(cells: Mapping[str, int], least: int) -> Mapping[str, int | None]:
    """Return the cells of one total, with None for each that is not shown.

    Not shown is every count from 1 to `least` - 1, and then the smallest others, until two cells or more are hidden
    that sum to `least` or more, so that the total does not betray them. A total below `least` hides all of them.
    """
    hidden = {name for name, count in cells.items() if 0 < count < least}
    rest = sorted((count, name) for name, count in cells.items() if name not in hidden)
    # Zeros help to hide nothing, so they come last.
    rest.sort(key=lambda item: item[0] == 0)
    while hidden and rest and (len(hidden) == 1 or sum(cells[name] for name in hidden) < least):
        hidden.add(rest.pop(0)[1])
    return MappingProxyType({name: None if name in hidden else count for name, count in cells.items()})


def rate(part: int, whole: int, least: int) -> int | None:
    """Return a share in parts per million, or None where it rests on too few cases or shows too few of them."""
    if whole < least or 0 < part < least or 0 < whole - part < least:
        return None
    return _MILLION * part // whole


def reciprocity(filed: int, asked: int, least: int) -> int | None:
    """Return reports filed per million questions asked, or None where either is too few to show."""
    if asked < least or 0 < filed < least:
        return None
    return _MILLION * filed // asked


def overlaps(
    subjects: Mapping[UUID, int], common: Mapping[frozenset[UUID], int], population: int, rules: IntegrityRules
) -> tuple[Overlap, ...]:
    """Return the pairs of members whose subjects coincide far above chance, the most surprising first.

    Real fraudsters visit several platforms, so chance is not independence alone: what is expected of a pair is the
    larger of n m / N and what the middle one of the other pairs shows. The surprise, -ln of the chance, is at least
    c ln(c / x) - c + x for c found and x expected (Chernoff's bound; without replacement too: Hoeffding 1963).

    Args:
        subjects: how many persons each member has reported.
        common: how many persons both members of a pair have reported; a pair that is missing has none.
        population: how many persons any member has reported.
        rules: the least in common, and the least surprise.
    """
    chances = {frozenset(pair): subjects[pair[0]] * subjects[pair[1]] for pair in combinations(subjects, 2)}
    shares = {pair: Fraction(common.get(pair, 0), chance) for pair, chance in chances.items() if chance}
    found = []
    for pair, count in common.items():
        if count < rules.overlap_least_subjects:
            continue
        usual = median_low([share for other, share in shares.items() if other != pair] or [Fraction(0)])
        expected = float(chances[pair] * max(Fraction(1, population), usual))
        if count > expected and _surprise(count, expected) >= rules.overlap_surprise_nats:
            low, high = sorted(pair)
            found.append((-_surprise(count, expected), Overlap((low, high), count, round(1_000 * expected))))
    return tuple(overlap for _, overlap in sorted(found, key=lambda item: (item[0], item[1].members)))


def _surprise(found: int, expected: float) -> float:
    return found * math.log(found / expected) - found + expected
