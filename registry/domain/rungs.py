"""The ladder of the score: each rung is the same formula over fewer, better incidents; the last has no ceiling.

1. all that counts, up to `guarded`;
2. what was heard and matched by a personal kind, up to `high`;
3. the same without a ceiling, if an identity is proven, the band would be `severe`, and enough remains when any one
   group is left out ("leave one member out").

So evidence that nobody could answer, or that only a household shares, never lifts a score out of `guarded`, however
much of it there is and whatever stands beside it. No rung is surer of the act than of the person.
"""

from typing import NamedTuple
from uuid import UUID

from registry.domain.beliefs import SCALE, points, union
from registry.domain.score_model import ScoreModel
from registry.domain.weighing import Bounds, Evidence


class Rung(NamedTuple):
    """How far the evidence climbs, and the incidents that carry it there."""

    value: int
    carried_by: Evidence


def group_beliefs(evidence: Evidence, bounds: Bounds) -> dict[UUID, int]:
    """Return P by group: the union of its incidents, within the most this group can create."""
    by_group: dict[UUID, list[int]] = {}
    for item in evidence:
        by_group.setdefault(item.group, []).append(item.belief)
    return {group: bounds[group] * union(beliefs) // SCALE for group, beliefs in by_group.items()}


def belief(evidence: Evidence, bounds: Bounds) -> int:
    """Return V: the union over groups, without ceilings."""
    return union(tuple(group_beliefs(evidence, bounds).values()))


def climb(model: ScoreModel, evidence: Evidence, bounds: Bounds) -> Rung:
    """Return the rung that the evidence reaches."""
    if not evidence:
        return Rung(0, ())
    everything = min(_sure(evidence, bounds), model.ceiling_uncertain)
    firm = [item for item in evidence if item.firm]
    if not firm:
        return Rung(everything, evidence)
    value = _sure(firm, bounds)
    if not carries_severe(model, value, firm, bounds):
        value = min(value, model.ceiling_unproven)
    return Rung(value, firm) if value >= everything else Rung(everything, evidence)


def carries_severe(model: ScoreModel, value: int, firm: Evidence, bounds: Bounds) -> bool:
    """Say whether heard evidence may stand above `high`."""
    return (
        points(value) >= model.bands[-1]
        and any(item.proven for item in firm)
        and least_without_any_group(firm, bounds) >= model.without_any_group
    )


def least_without_any_group(evidence: Evidence, bounds: Bounds) -> int:
    """Return the least points that remain when one group is left out, over all groups."""
    groups = {item.group for item in evidence}
    return min(points(_sure([item for item in evidence if item.group != group], bounds)) for group in groups)


def carries_closure(model: ScoreModel, evidence: Evidence, bounds: Bounds, today: int) -> bool:
    """Say whether proven, heard, uncontested incidents alone carry all that severe needs, one of them recent."""
    solid = [item for item in evidence if item.firm and item.proven and not item.incident.appeal_open]
    if len({item.group for item in solid}) < model.closure_min_groups:
        return False
    recent = any(today - item.incident.act_ended_on.toordinal() < model.closure_recent_days for item in solid)
    return recent and carries_severe(model, _sure(solid, bounds), solid, bounds)


def _sure(evidence: Evidence, bounds: Bounds) -> int:
    """Return V, at most the best match."""
    return min(belief(evidence, bounds), max((item.match.value for item in evidence), default=0))
