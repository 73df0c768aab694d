"""Why the score is what it is: the characteristics of conduct that weigh most, at most four, and what speaks against.

A reason is found by leaving its characteristic out and scoring again: the points that go with it are its weight.
Identity is not among them; it is shown apart (`matched`), because it is the first thing a person can contest.
"""

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

from registry.domain.beliefs import SCALE, points
from registry.domain.ids import Confidence
from registry.domain.rungs import belief, standings
from registry.domain.score_model import ScoreModel
from registry.domain.weighing import Bounds, Evidence, Weighed

MOST = 4
WEAKEST = Confidence.C


class ReasonCode(StrEnum):
    """A characteristic of conduct that raised the score."""

    SEVERAL_AT_ONE = "R01"
    SEVERAL_GROUPS = "R02"
    RECENT = "R03"
    PROOF = "R04"
    KIND = "R05"
    AMOUNT = "R06"


class MitigatingCode(StrEnum):
    """What limits the answer or speaks for the person."""

    WEAK_MATCH = "M01"
    REPAID = "M02"
    UNDER_DISPUTE = "M03"
    STATEMENT = "M04"
    NOT_HEARD = "M05"


REASON_TEXT: Mapping[ReasonCode, str] = MappingProxyType(
    {
        ReasonCode.SEVERAL_AT_ONE: "Several confirmed incidents at one platform",
        ReasonCode.SEVERAL_GROUPS: "Confirmed incidents at more than one independent group of platforms",
        ReasonCode.RECENT: "A confirmed incident is recent",
        ReasonCode.PROOF: "The proof is strong",
        ReasonCode.KIND: "The kind of conduct",
        ReasonCode.AMOUNT: "The amount is at or above a legal threshold",
    }
)
MITIGATING_TEXT: Mapping[MitigatingCode, str] = MappingProxyType(
    {
        MitigatingCode.WEAK_MATCH: "The match is weak and may be somebody else; verify the identity first",
        MitigatingCode.REPAID: "An amount has been repaid",
        MitigatingCode.UNDER_DISPUTE: "A record is under dispute",
        MitigatingCode.STATEMENT: "The person has made a statement; read it before you decide",
        MitigatingCode.NOT_HEARD: "The person has not yet been heard on a record",
    }
)
MITIGATING = tuple(MitigatingCode)
DISPUTED_ONLY = (MitigatingCode.UNDER_DISPUTE,)
FACTORS = frozenset({ReasonCode.RECENT, ReasonCode.PROOF, ReasonCode.KIND, ReasonCode.AMOUNT})


def reason_codes(model: ScoreModel, evidence: Evidence, bounds: Bounds) -> tuple[ReasonCode, ...]:
    """Return the weightiest reasons, heaviest first, ties by code.

    Args:
        model: the numbers.
        evidence: the incidents that carry the score.
        bounds: the most each group can create, scale 10^9.
    """
    whole = belief(standings(evidence, bounds))
    weights = {code: whole - belief_without(model, evidence, bounds, (code,)) for code in _present(model, evidence)}
    heavy = [code for code in sorted(weights, key=lambda code: (-weights[code], code)) if points(weights[code])]
    return tuple(heavy[:MOST]) or (ReasonCode.KIND,)  # no score without a reason: at least, such conduct was confirmed


def belief_without(model: ScoreModel, evidence: Evidence, bounds: Bounds, left_out: Collection[ReasonCode]) -> int:
    """Return the belief, without ceilings, that remains when characteristics are left out.

    Left out means: one incident per member (R01), one group (R02), no act fresher than `recent` (R03), the weakest
    proof (R04), the lightest category (R05), no legal threshold reached (R06).
    """
    if not FACTORS.isdisjoint(left_out):
        evidence = [item._replace(belief=_plain(model, item, left_out)) for item in evidence]
    if ReasonCode.SEVERAL_AT_ONE in left_out:
        evidence = _strongest_of_each_member(evidence)
    groups = standings(evidence, bounds)
    if ReasonCode.SEVERAL_GROUPS in left_out:
        return max(standing.belief for standing in groups)
    return belief(groups)


def mitigating_codes(*holds: bool) -> tuple[MitigatingCode, ...]:
    """Return the codes that hold, given whether each does in the order of the codes."""
    return tuple(code for code, held in zip(MITIGATING, holds, strict=True) if held) if True in holds else ()


def _present(model: ScoreModel, evidence: Evidence) -> Iterator[ReasonCode]:
    """Yield the characteristics that the evidence has at all; leaving out the others would change nothing."""
    if len({item.incident.member_id for item in evidence}) < len(evidence):
        yield ReasonCode.SEVERAL_AT_ONE
    if len({item.group for item in evidence}) > 1:
        yield ReasonCode.SEVERAL_GROUPS
    if any(item.decay > model.recent for item in evidence):
        yield ReasonCode.RECENT
    least = model.category[model.lightest]
    if any(item.incident.confidence is not WEAKEST for item in evidence):
        yield ReasonCode.PROOF
    if any(model.category[item.incident.category] > least for item in evidence):
        yield ReasonCode.KIND
    if any(item.tier for item in evidence):
        yield ReasonCode.AMOUNT


def _plain(model: ScoreModel, item: Weighed, left_out: Collection[ReasonCode]) -> int:
    incident = item.incident
    category = model.lightest if ReasonCode.KIND in left_out else incident.category
    confidence = WEAKEST if ReasonCode.PROOF in left_out else incident.confidence
    weight = model.weights[category, confidence][0 if ReasonCode.AMOUNT in left_out else item.tier]
    decay = min(item.decay, model.recent) if ReasonCode.RECENT in left_out else item.decay
    return weight * item.match.value // SCALE * decay // SCALE


def _strongest_of_each_member(evidence: Evidence) -> Evidence:
    by_belief = sorted(evidence, key=lambda item: item.belief)
    return tuple({item.incident.member_id: item for item in by_belief}.values())
