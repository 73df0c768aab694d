"""The ladder of the score: each rung is the same formula over fewer, better incidents; the last has no ceiling.

1. all that counts, up to `guarded`;
2. what was heard and matched by a personal kind, up to `high`;
3. the same without a ceiling, if an identity is proven, the band would be `severe`, and enough remains when any one
   group is left out ("leave one member out").

So evidence that nobody could answer, or that only a household shares, never lifts a score out of `guarded`, however
much of it there is and whatever stands beside it. No rung is surer of the act than of the person.
"""

from collections.abc import Sequence
from typing import NamedTuple

from registry.domain.beliefs import SCALE, points, union
from registry.domain.matching import MatchStrength
from registry.domain.score_model import ScoreModel
from registry.domain.weighing import Bounds, Evidence


class Standing(NamedTuple):
    """What one group vouches for: P, the best match among its incidents (both at scale 10^9), and the group."""

    belief: int
    match: int
    group: int


class Rung(NamedTuple):
    """How far the evidence climbs, and the incidents that carry it there."""

    value: int
    carried_by: Evidence


Standings = Sequence[Standing]


def standings(evidence: Evidence, bounds: Bounds) -> Standings:
    """Return the standing of each group: the union of its incidents, within the most this group can create."""
    beliefs: dict[int, list[int]] = {}
    best: dict[int, int] = {}
    for item in evidence:
        group, match = item.group, item.match.value
        if group not in beliefs:
            beliefs[group] = [item.belief]
            best[group] = match
            continue
        beliefs[group].append(item.belief)
        if match > best[group]:  # noqa: PLR1730 - max() costs a call per incident of every answer
            best[group] = match
    return [Standing(bounds[group] * union(some) // SCALE, best[group], group) for group, some in beliefs.items()]


def belief(groups: Standings) -> int:
    """Return V: the union over groups, without ceilings."""
    return union([standing.belief for standing in groups])


def climb(model: ScoreModel, evidence: Evidence, bounds: Bounds) -> Rung:
    """Return the rung that the evidence reaches."""
    if not evidence:
        return Rung(0, ())
    groups = standings(evidence, bounds)
    value = _sure(groups)
    everything = min(value, model.ceiling_uncertain)
    firm = [item for item in evidence if item.firm]
    if not firm:
        return Rung(everything, evidence)
    if len(firm) < len(evidence):
        groups = standings(firm, bounds)
        value = _sure(groups)
    if value > model.ceiling_unproven and not _carries_severe(model, value, firm, groups):
        value = model.ceiling_unproven
    return Rung(value, firm) if value >= everything else Rung(everything, evidence)


def least_without_any_group(groups: Standings) -> int:
    """Return the least points that remain when one group is left out, over all groups; there are at least two."""
    return min([points(_sure([*groups[:place], *groups[place + 1 :]])) for place in range(len(groups))])


def carries_closure(model: ScoreModel, severe: Evidence, bounds: Bounds, today: int) -> bool:
    """Say whether the proven, uncontested incidents behind a severe score carry it alone, one of them recent."""
    solid = [item for item in severe if item.match.strength is MatchStrength.PROVEN and not item.incident.appeal_open]
    groups = standings(solid, bounds)
    if len(groups) < model.closure_min_groups:
        return False
    recent = any(today - item.incident.act_ended_on.toordinal() < model.closure_recent_days for item in solid)
    return recent and (len(solid) == len(severe) or _carries_severe(model, _sure(groups), solid, groups))


def _carries_severe(model: ScoreModel, value: int, firm: Evidence, groups: Standings) -> bool:
    """Say whether heard evidence may stand above `high`."""
    return (
        points(value) >= model.bands[-1]
        and any(item.match.strength is MatchStrength.PROVEN for item in firm)
        and least_without_any_group(groups) >= model.without_any_group
    )


def _sure(groups: Standings) -> int:
    """Return V, at most the best match."""
    best = max([standing.match for standing in groups])
    return min(belief(groups), best)
