"""Whole-number arithmetic of beliefs at scale 10^9: the same bits in every language.

Each product is floored. A union multiplies the survival values (10^9 - p) in ascending order: because sorted sequences
compare place by place, a larger p or a further p then never lowers the union, not even by one unit of the last place.
"""

from collections.abc import Sequence

SCALE = 10**9
POINTS = 1000


def union(values: Sequence[int]) -> int:
    """Return 1 - product of (1 - p) over independent beliefs, 0 for none."""
    if len(values) == 1:
        return values[0]
    survival = SCALE
    for value in sorted(values, reverse=True):  # the largest belief is the smallest survival
        survival = survival * (SCALE - value) // SCALE
    return SCALE - survival


def points(value: int) -> int:
    """Return a belief as points of 1000, rounded half up."""
    return (POINTS * value + SCALE // 2) // SCALE
