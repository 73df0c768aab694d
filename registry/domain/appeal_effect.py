"""What is at stake in an appeal: the person's score as it is, were the record to stand, and were it to go."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from registry.domain.explanations import without
from registry.domain.ids import Band, ReportState
from registry.domain.incidents import Asker, Incident, QueryToken, Reliability
from registry.domain.score_model import ScoreModel
from registry.domain.scoring import score


@dataclass(frozen=True, slots=True)
class Level:
    """A score and its band."""

    score: int
    band: Band


@dataclass(frozen=True, slots=True)
class Effect:
    """The score of whoever a record is about.

    Args:
        now: as it is; a contested record counts for nothing meanwhile.
        upheld: if the record stood as it is written.
        removed: if it had never been filed.
    """

    now: Level
    upheld: Level
    removed: Level


def effect(
    model: ScoreModel,
    report_id: UUID,
    *,
    tokens: Sequence[QueryToken],
    incidents: Sequence[Incident],
    reliability: Mapping[UUID, Reliability],
    asker: Asker | None,
    as_of: datetime,
) -> Effect:
    """Weigh one record of a person; the other arguments are those of `scoring.score`."""

    def level(kept: Iterable[Incident]) -> Level:
        found = score(
            model,
            tokens=tokens,
            incidents=list(kept),
            reliability=reliability,
            asker=asker,
            as_of=as_of,
            explain=False,
        )
        return Level(found.score, found.band)

    standing = (_standing(one) if one.report_id == report_id else one for one in incidents)
    return Effect(level(incidents), level(standing), level(without(incidents, report_id)))


def _standing(one: Incident) -> Incident:
    return replace(one, state=ReportState.ACTIVE, appeal_open=False, activated=True, act_denied=False)
