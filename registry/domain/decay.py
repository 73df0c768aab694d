"""Fading tables in whole numbers, so that every language builds the same ones.

`2^(-t/h)` is irrational. The recipe is integer only: the daily factor is the largest `r` with `2 * r^h <= U^h` at
scale `U = 10^18`, day t+1 is `x * r // U`, and only the finished table is cut to parts per million.
"""

UNIT = 10**18
PPM = 10**6


def daily_factor(half_life_days: int) -> int:
    """Return the largest r at scale 10^18 that halves a value in no more than `half_life_days` steps."""
    limit = UNIT**half_life_days
    low, high = 0, UNIT
    while high - low > 1:
        middle = (low + high) // 2
        if 2 * middle**half_life_days <= limit:
            low = middle
        else:
            high = middle
    return low


def powers(half_life_days: int, days: int) -> tuple[int, ...]:
    """Return `2^(-t/half_life)` at scale 10^18 for t = 0 … days."""
    factor = daily_factor(half_life_days)
    values = [UNIT]
    for _ in range(days):
        values.append(values[-1] * factor // UNIT)
    return tuple(values)


def shifted(values: tuple[int, ...], retention_days: int) -> tuple[int, ...]:
    """Return the decay in parts per million by day: 1 on day 0, exactly 0 on the day retention ends."""
    rest = values[retention_days]
    return tuple((value - rest) * PPM // (UNIT - rest) for value in values[: retention_days + 1])


def faded(strength: int, *, grace_days: int, half_life_days: int, end_days: int) -> tuple[int, ...]:
    """Return a match strength in parts per million by day: flat, then fading, nothing from `end_days` on."""
    values = powers(half_life_days, end_days)
    return tuple(strength * values[max(0, day - grace_days)] // UNIT for day in range(end_days))
