"""Tell what stands out among its like, by measures that a few wild values cannot move.

Scores are without unit: all values times ten give the same score. Nothing stands out of a constant series.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, median

# Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993): from 3.5 a value stands out.
STANDS_OUT = 3.5
# The deviations of a normal distribution in units of its standard deviation.
_MEDIAN_DEVIATION, _MEAN_DEVIATION = 0.674490, 0.797885


def robust_z(value: float, others: Sequence[float]) -> float:
    """Score a value by its distance from the median of others, in units of how far those are from it.

    Where more than half of the others are alike, their median distance is 0, and the mean one, with the value's own,
    stands in for it.
    """
    if not others:
        return 0.0
    middle = median(others)
    distances = [abs(one - middle) for one in others]
    spread = median(distances) / _MEDIAN_DEVIATION
    if spread == 0:
        spread = fmean([*distances, abs(value - middle)]) / _MEAN_DEVIATION
    return (value - middle) / spread if spread else 0.0


def rate_bounds(hits: int, tries: int, *, z: float = 2.576) -> tuple[float, float]:
    """Bound a rate by Wilson's score interval (1927), at 99 % unless z says otherwise; (0, 1) without a try."""
    if tries == 0:
        return 0.0, 1.0
    rate, weight = hits / tries, z * z / tries
    middle = (rate + weight / 2) / (1 + weight)
    half = z * sqrt(rate * (1 - rate) / tries + weight / (4 * tries)) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def variation(mean: float, deviation: float) -> float:
    """Return how irregular gaps are: near 0 for a clock, 1 for events that know nothing of each other."""
    return deviation / mean if mean > 0 else 0.0
