"""Why the score is what it is, and what it would be: without a record, once repaid, once a record has ended."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.edge import Edge
from registry.api.score_models import PolicyRef
from registry.api.subject_access import SubjectDep
from registry.domain.actions import permitted
from registry.domain.ids import Action, Band, IdentifierKind
from registry.domain.matching import MatchStrength
from registry.domain.reasons import MitigatingCode, ReasonCode
from registry.services import subjects
from registry.services.subjects import Weighed, WhatIf

router = APIRouter(prefix="/v1/me", tags=["subjects"])

_EXAMPLE: dict[str, Any] = {
    "livemode": False,
    "as_of": "2026-12-24T12:00:00Z",
    "score": 460,
    "band": "guarded",
    "permitted_actions": ["A1", "A2"],
    "groups": 1,
    "match_strength": "proven",
    "matched": ["phone", "email"],
    "reason_codes": ["R03", "R04"],
    "mitigating": ["M05"],
    "under_dispute": False,
    "score_version": "FRS-1.0",
    "policy": {"pack": "cn", "digest": "3f0d9a4b6c1e2f7a8b9c0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c"},
    "conduct": [{"code": "confirmed", "points": 400}, {"code": "R03", "points": 60}],
    "records": [
        {
            "report_id": "01937d5e-8c00-7a10-8000-0000000000a1",
            "points": 460,
            "what_if": {
                "without": 0,
                "repaid": 460,
                "rehabilitation_on": "2027-10-21",
                "ends_on": "2028-10-20",
                "after_end": 0,
            },
        }
    ],
    "more_linked": False,
}


class OtherCircumstances(BaseModel):
    """The score if the record had never been filed, if it were repaid, and on its last day if nothing happens."""

    without: int
    repaid: int
    rehabilitation_on: date
    ends_on: date
    after_end: int


class RecordShare(BaseModel):
    """What one record adds now, and what would be otherwise."""

    report_id: UUID
    points: int
    what_if: OtherCircumstances

    @classmethod
    def of(cls, one: WhatIf) -> "RecordShare":
        """Show a what-if."""
        otherwise = OtherCircumstances(
            without=one.without,
            repaid=one.repaid,
            rehabilitation_on=one.rehabilitation_on,
            ends_on=one.ends_on,
            after_end=one.after_end,
        )
        return cls(report_id=one.report_id, points=one.points, what_if=otherwise)


class ConductShare(BaseModel):
    """What one characteristic of conduct adds; `confirmed` is that such conduct was confirmed at all."""

    code: str
    points: int


class OwnExplanation(BaseModel):
    """The score of the records one may read; the points of the records and those of conduct each sum to it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    livemode: bool
    as_of: datetime
    score: int
    band: Band
    permitted_actions: list[Action]
    groups: int
    match_strength: MatchStrength
    matched: list[IdentifierKind]
    reason_codes: list[ReasonCode]
    mitigating: list[MitigatingCode]
    under_dispute: bool
    score_version: str
    policy: PolicyRef
    conduct: list[ConductShare]
    records: list[RecordShare]
    more_linked: bool


@router.get("/explain", operation_id="explainOwnScore", summary="Explain one's own score")
async def explain(subject: SubjectDep, edge: EdgeDep, session: Writes, act: StrangerAct) -> OwnExplanation:
    """Explain the score as a member with no record of its own would get it, and say what would change it."""
    return shown(await subjects.explain(session, subject, act=act, desk=edge.subjects), act.now, edge)


def shown(weighed: Weighed, now: datetime, edge: Edge) -> OwnExplanation:
    """Shape an explanation."""
    answer, policy = weighed.explanation.score, edge.policies[edge.facts.default_policy]
    return OwnExplanation(
        livemode=edge.facts.livemode,
        as_of=now,
        score=answer.score,
        band=answer.band,
        permitted_actions=list(permitted(answer.band)),
        groups=answer.groups,
        match_strength=answer.match_strength,
        matched=list(answer.matched),
        reason_codes=list(answer.reason_codes),
        mitigating=list(answer.mitigating),
        under_dispute=answer.under_dispute,
        score_version=edge.subjects.models[policy.pack].version,
        policy=PolicyRef(pack=policy.pack, digest=policy.digest),
        conduct=[ConductShare(code=code, points=points) for code, points in weighed.explanation.conduct],
        records=[RecordShare.of(one) for one in weighed.what_if],
        more_linked=weighed.more,
    )
