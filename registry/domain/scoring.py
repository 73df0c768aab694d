"""FRS-1.0: how many points of 1000 the incidents behind a query carry. Public, deterministic, no model of persons.

p = S x amount x proof x category x match x decay for one incident; P = B x rho x union(p) for one reporting group;
V = union(P); the score is V on the highest rung that the evidence reaches (rungs.py). docs/scoring.md has it in full.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from registry.domain.bands import band_of
from registry.domain.beliefs import points
from registry.domain.ids import Band, IdentifierKind
from registry.domain.incidents import Asker, Incident, QueryToken, Reliability
from registry.domain.matching import KINDS_OF, RANK, MatchStrength
from registry.domain.reasons import DISPUTED_ONLY, MitigatingCode, ReasonCode, mitigating_codes, reason_codes
from registry.domain.rungs import Rung, carries_closure, climb
from registry.domain.score_model import ScoreModel
from registry.domain.shares import share
from registry.domain.weighing import Found, View, find


@dataclass(frozen=True, slots=True)
class Score:
    """The answer to a query; the same shape whether anything was found or not.

    Args:
        score: 0 to 1000 points.
        band: a function of the score alone.
        groups: independent reporting groups that count.
        match_strength: the best of the incidents that count.
        matched: kinds that agree with an incident that counts, strongest first.
        reason_codes: at most four, the weightiest first.
        mitigating: what speaks for the person or limits the answer.
        under_dispute: a matching record is contested.
        score_without_own: the score without the reports of the asker's group.
        supports_closure: the facts that a closure needs are there (the gate asks for more: actions.py).
        own_incident: one of the asker's own reports counts.
        all_heard: every incident that counts was heard.
        disclosed: the reports this answer rests on: those that count, then those it calls disputed.
        points: (report, points) of each incident that counts; they sum to the score.
    """

    score: int = 0
    band: Band = Band.NONE
    groups: int = 0
    match_strength: MatchStrength = MatchStrength.NONE
    matched: tuple[IdentifierKind, ...] = ()
    reason_codes: tuple[ReasonCode, ...] = ()
    mitigating: tuple[MitigatingCode, ...] = ()
    under_dispute: bool = False
    score_without_own: int = 0
    supports_closure: bool = False
    own_incident: bool = False
    all_heard: bool = False
    disclosed: tuple[Incident, ...] = ()
    points: tuple[tuple[UUID, int], ...] = ()


NOTHING = Score()


def score(
    model: ScoreModel,
    *,
    tokens: Sequence[QueryToken],
    incidents: Sequence[Incident],
    reliability: Mapping[UUID, Reliability],
    asker: Asker | None,
    as_of: datetime,
    explain: bool = True,
) -> Score:
    """Score a query.

    Args:
        model: the numbers.
        tokens: of one query, one per identifier and live epoch.
        incidents: every report of every event that a token touches, each in its current revision.
        reliability: by group; a group that is missing has the prior alone.
        asker: who asks, or None for the subject and the officer.
        as_of: the moment of the answer, UTC.
        explain: also give reason codes and points.
    """
    if not incidents:
        return NOTHING
    view = View.of(model.heard_after, tokens, asker, as_of)
    found = find(model, incidents, reliability, view)
    rung = climb(model, found.evidence, found.bounds)
    if points(rung.value):
        return _answer(model, found, rung, view, explain=explain)
    if found.contested:
        return replace(NOTHING, under_dispute=True, mitigating=DISPUTED_ONLY, disclosed=found.contested)
    return NOTHING


def _answer(model: ScoreModel, found: Found, rung: Rung, view: View, *, explain: bool) -> Score:
    evidence, bounds, asker = found.evidence, found.bounds, view.asker
    total = points(rung.value)
    band = band_of(model, total)
    agreed, strength, all_heard = 0, MatchStrength.NONE, True
    repaid = statement = own_incident = False
    under_dispute = bool(found.contested)
    for item in evidence:
        incident, matched = item.incident, item.match
        agreed |= matched.agreed
        if RANK[matched.strength] > RANK[strength]:
            strength = matched.strength
        all_heard &= matched.heard
        repaid |= incident.repaid
        statement |= incident.statement
        under_dispute |= incident.appeal_open
        own_incident |= asker is not None and incident.member_id == asker.member_id
    return Score(
        score=total,
        band=band,
        groups=len({item.group for item in evidence}),
        match_strength=strength,
        matched=KINDS_OF[agreed],
        reason_codes=reason_codes(model, rung.carried_by, bounds) if explain else (),
        mitigating=mitigating_codes(strength is MatchStrength.WEAK, repaid, under_dispute, statement, not all_heard),
        under_dispute=under_dispute,
        score_without_own=_without_own(model, found, asker, total),
        supports_closure=band is Band.SEVERE and carries_closure(model, rung.carried_by, bounds, view.today),
        own_incident=own_incident,
        all_heard=all_heard,
        disclosed=(*[item.incident for item in evidence], *found.contested),
        points=share(total, rung.carried_by, evidence, bounds) if explain else (),
    )


def _without_own(model: ScoreModel, found: Found, asker: Asker | None, total: int) -> int:
    """Return the points that remain without the asker's group, so that nobody hears their own echo."""
    own = None if asker is None else found.groups.get(asker.group_id)
    if own is None:
        return total
    others = [item for item in found.evidence if item.group != own]
    return points(climb(model, others, found.bounds).value)
