"""How many points each incident carries: exact, additive, and summing to the score (Aumann-Shapley).

On the scale of -ln(survival) groups add up, and within a group incidents add up; the value is a function of that sum,
so the Aumann-Shapley share of a part is its share of the sum, twice nested. Whole points by largest remainder. Only the
server computes them (logarithms are not the same to the last bit everywhere); a client checks that they sum.
"""

from collections.abc import Mapping
from math import floor, fsum, log1p
from typing import TypeVar
from uuid import UUID

from registry.domain.beliefs import SCALE
from registry.domain.rungs import standings
from registry.domain.weighing import Bounds, Evidence

Key = TypeVar("Key", UUID, str)


def share(total: int, carried_by: Evidence, evidence: Evidence, bounds: Bounds) -> tuple[tuple[UUID, int], ...]:
    """Split a score over the incidents that count.

    Args:
        total: the score in points, more than 0.
        carried_by: the incidents of the rung that gave the score; others get 0.
        evidence: every incident that counts.
        bounds: the most each group can create, scale 10^9.

    Returns:
        (report, points) by falling points, then by report.
    """
    within = [0.0] * len(bounds)
    for item in carried_by:
        within[item.group] += _hazard(item.belief)
    between = {standing.group: _hazard(standing.belief) for standing in standings(carried_by, bounds)}
    whole = fsum(between.values())
    exact = {item.incident.report_id: 0.0 for item in evidence}
    for item in carried_by:
        part = between[item.group] / whole * _hazard(item.belief) / within[item.group]
        exact[item.incident.report_id] = total * part
    return largest_remainder(total, exact)


def largest_remainder(total: int, exact: Mapping[Key, float]) -> tuple[tuple[Key, int], ...]:
    """Round parts that sum to `total` so that the whole numbers do too; by falling size, ties by key."""
    whole = {key: floor(part) for key, part in exact.items()}
    ranked = sorted(exact, key=lambda key: (whole[key] - exact[key], key))
    for key in ranked[: total - sum(whole.values())]:
        whole[key] += 1
    return tuple(sorted(whole.items(), key=lambda part: (-part[1], part[0])))


def _hazard(belief: int) -> float:
    return -log1p(-belief / SCALE)
