"""The full explanation, for the subject and the officer: what each record adds, what each trait adds, what if.

Points of records are Aumann-Shapley shares (shares.py). Points of conduct are Shapley values over the six
characteristics of reasons.py: each is the mean of what it adds over all orders in which the six can be put back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from math import factorial
from uuid import UUID

from registry.domain.incidents import Asker, Incident, QueryToken, Reliability
from registry.domain.reasons import ReasonCode, belief_without
from registry.domain.rungs import climb
from registry.domain.score_model import ScoreModel
from registry.domain.scoring import Score, score
from registry.domain.shares import largest_remainder
from registry.domain.weighing import Bounds, Evidence, View, find

CODES = tuple(ReasonCode)
CONFIRMED = "confirmed"  # what remains when every characteristic is left out: that such conduct was confirmed at all


@dataclass(frozen=True, slots=True)
class Part:
    """One record: the points it adds, and the score if it went."""

    report_id: UUID
    points: int
    score_without: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a score is what it is.

    Args:
        score: the answer.
        parts: every record it rests on; their points sum to the score. A disputed record adds 0.
        conduct: points by characteristic, and by `confirmed`; they sum to the score.
    """

    score: Score
    parts: tuple[Part, ...]
    conduct: tuple[tuple[str, int], ...]


def explain(
    model: ScoreModel,
    *,
    tokens: Sequence[QueryToken],
    incidents: Sequence[Incident],
    reliability: Mapping[UUID, Reliability],
    asker: Asker | None,
    as_of: datetime,
) -> Explanation:
    """Explain a score; the arguments are those of `score`."""

    def rescore(kept: Sequence[Incident], *, detail: bool) -> Score:
        return score(
            model, tokens=tokens, incidents=kept, reliability=reliability, asker=asker, as_of=as_of, explain=detail
        )

    answer = rescore(incidents, detail=True)
    points = dict(answer.points)
    parts = tuple(
        Part(
            report_id=record.report_id,
            points=points.get(record.report_id, 0),
            score_without=rescore(without(incidents, record.report_id), detail=False).score,
        )
        for record in answer.disclosed
    )
    found = find(model, incidents, reliability, View.of(model.heard_after, tokens, asker, as_of))
    carried_by = climb(model, found.evidence, found.bounds).carried_by
    return Explanation(answer, parts, conduct(model, answer.score, carried_by, found.bounds))


def without(incidents: Sequence[Incident], report_id: UUID) -> tuple[Incident, ...]:
    """Return the reports as if one had never been filed."""
    return tuple(incident for incident in incidents if incident.report_id != report_id)


def conduct(model: ScoreModel, total: int, evidence: Evidence, bounds: Bounds) -> tuple[tuple[str, int], ...]:
    """Split a score over the characteristics of conduct, in whole points that sum to it.

    Args:
        model: the numbers.
        total: the score in points.
        evidence: the incidents that carry it.
        bounds: the most each group can create, scale 10^9.
    """
    if not total:
        return ()
    worth = {
        frozenset(left_out): belief_without(model, evidence, bounds, left_out)
        for size in range(len(CODES) + 1)
        for left_out in combinations(CODES, size)
    }
    whole = worth[frozenset()] * factorial(len(CODES))
    parts = {CONFIRMED: worth[frozenset(CODES)] * factorial(len(CODES))}
    for code in CODES:
        parts[code] = sum(
            factorial(len(left_out)) * factorial(len(CODES) - len(left_out) - 1) * (value - worth[left_out | {code}])
            for left_out, value in worth.items()
            if code not in left_out
        )
    return largest_remainder(total, {name: total * part / whole for name, part in parts.items()})
