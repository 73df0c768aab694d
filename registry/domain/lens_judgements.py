"""Judge what was counted: which rows stand out. Rules only, no clock and no database; the thresholds are these."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from uuid import UUID

from registry.domain.lenses import Row
from registry.domain.outliers import STANDS_OUT, rate_bounds, robust_z, variation

PEERS_LEAST = 5
# Below so many, chance alone makes anything.
QUERIES_LEAST = 20
RATE_LEAST = 100
GAPS_LEAST = 100
HOURS_LEAST = 12
CLOCKWORK = 0.25
# A rate far below: even the most that it can be is less than half of what is usual.
FAR_BELOW = 0.5
OFF_FROM, OFF_UNTIL = 0, 6


@dataclass(frozen=True, slots=True)
class Counted:
    """Something counted for a member: how much of how many."""

    part: int
    whole: int


def against_peers(values: Mapping[UUID, float]) -> dict[UUID, float | None]:
    """Score each member against all the others; None for everybody where there are too few."""
    if len(values) < PEERS_LEAST + 1:
        return dict.fromkeys(values)
    return {
        one: robust_z(value, [other for who, other in values.items() if who != one]) for one, value in values.items()
    }


def query_rate(hours: Mapping[UUID, Mapping[int, int]], *, since: int, at: Mapping[int, datetime]) -> list[Row]:
    """Judge questions per hour.

    Args:
        hours: of each member, by the number of the hour, with some before the time asked about; none of them empty.
        since: the first hour of the time asked about.
        at: when an hour began.
    """
    inside = {who: {hour: n for hour, n in of.items() if hour >= since} for who, of in hours.items()}
    totals = {who: sum(of.values()) for who, of in inside.items() if of}
    peers = against_peers({who: float(total) for who, total in totals.items()})
    rows = []
    for who, total in totals.items():
        busiest = max(inside[who], key=lambda hour: (inside[who][hour], -hour))
        peak = inside[who][busiest]
        usual = [n for hour, n in hours[who].items() if hour != busiest]
        own = robust_z(peak, usual) if len(usual) >= HOURS_LEAST else None
        values: dict[str, float | int | str | None] = {
            "queries": total,
            "busiest_hour": peak,
            "busiest_at": at[busiest].isoformat(),
            "z_own": own,
            "z_peers": peers[who],
        }
        far = max(own or 0, peers[who] or 0) >= STANDS_OUT
        rows.append(Row(str(who), values, flagged=peak >= QUERIES_LEAST and far))
    return rows


def distinct_subjects(counted: Mapping[UUID, Counted]) -> list[Row]:
    """Judge how many people were asked about (part), in how many claims (whole)."""
    peers = against_peers({who: float(one.part) for who, one in counted.items()})
    return [
        Row(
            str(who),
            {"claims": one.whole, "subjects": one.part, "z_peers": peers[who]},
            flagged=one.part >= QUERIES_LEAST and (peers[who] or 0) >= STANDS_OUT,
        )
        for who, one in counted.items()
    ]


def hit_rate(counted: Mapping[UUID, Counted]) -> list[Row]:
    """Judge how many questions (whole) found something (part), against the median rate of the others."""
    known = {who: one.part / one.whole for who, one in counted.items() if one.whole >= RATE_LEAST}
    rows = []
    for who, one in counted.items():
        others = [rate for other, rate in known.items() if other != who]
        usual = median(others) if len(others) >= PEERS_LEAST else None
        _, most = rate_bounds(one.part, one.whole)
        rows.append(
            Row(
                str(who),
                {
                    "queries": one.whole,
                    "hits": one.part,
                    "rate": one.part / one.whole if one.whole else None,
                    "rate_at_most": most,
                    "peers_rate": usual,
                },
                flagged=who in known and usual is not None and most < usual * FAR_BELOW,
            )
        )
    return rows


def cadence(gaps: Mapping[UUID, tuple[int, float, float]]) -> list[Row]:
    """Judge how regular gaps are: how many, their mean and their standard deviation, in seconds."""
    return [
        Row(
            str(who),
            {"queries": n + 1, "mean_gap_s": mean, "variation": variation(mean, deviation)},
            flagged=n >= GAPS_LEAST and mean > 0 and variation(mean, deviation) < CLOCKWORK,
        )
        for who, (n, mean, deviation) in gaps.items()
    ]


def shares(counted: Mapping[UUID, Counted], *, part: str, whole: str) -> list[Row]:
    """Judge what share of the whole a part is, against the shares of the others."""
    peers = against_peers({who: one.part / one.whole for who, one in counted.items() if one.whole >= QUERIES_LEAST})
    return [
        Row(
            str(who),
            {
                whole: one.whole,
                part: one.part,
                "share": one.part / one.whole if one.whole else None,
                "z_peers": peers.get(who),
            },
            flagged=one.part >= QUERIES_LEAST and (peers.get(who) or 0) >= STANDS_OUT,
        )
        for who, one in counted.items()
    ]


def is_off(hour: int) -> bool:
    """Tell whether an hour of the local day, 0 to 23, is one in which offices sleep."""
    return OFF_FROM <= hour < OFF_UNTIL


def most_striking(rows: Iterable[Row], by: str, *, most: int) -> Sequence[Row]:
    """Put what stands out first, then the largest; keep so many."""
    return sorted(rows, key=lambda row: (not row.flagged, -_number(row, by), row.id))[:most]


def _number(row: Row, by: str) -> float:
    value = row.values.get(by)
    return float(value) if isinstance(value, int | float) else 0.0
