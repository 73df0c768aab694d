"""My file: each record that bears a proved contact, as much of it as may be shown."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.edge import Edge
from registry.api.me.wishes import ShownWarning
from registry.api.report_models import Amount
from registry.api.subject_access import SubjectDep
from registry.api.visits import visit_of
from registry.domain.actions import permitted
from registry.domain.appeal_case import Ground
from registry.domain.evidence import EvidenceClass
from registry.domain.ids import Action, Band, Category, Confidence, IdentifierKind, ReportState, Severity
from registry.domain.subjects import Sight, Subject, grounds
from registry.services import subjects
from registry.services.subjects import File, Record

router = APIRouter(prefix="/v1/me", tags=["subjects"])

_DETAILS: dict[str, Any] = {
    "member": "Example Mall",
    "category": "FR-01",
    "category_name": "AI-generated damage image or video",
    "facts": ["The picture bears the label of a generator."],
    "evidence": ["E1", "E2"],
    "amount": {"minor": 128_000, "currency": "CNY"},
    "act_ended_on": "2026-10-20",
    "filed_at": "2026-11-21T12:00:00Z",
    "served_at": "2026-11-21T14:00:00Z",
    "state": "active",
    "state_reason": None,
    "revision": 1,
    "severity": "S2",
    "confidence": "C",
    "repaid_on": None,
    "ends_on": "2028-10-20",
    "own_member_only": False,
    "points": 460,
    "statement": None,
}
_RECORD: dict[str, Any] = {
    "report_id": "01937d5e-8c00-7a10-8000-0000000000a1",
    "sight": "details",
    "matched": ["email", "phone"],
    "appeal": {"possible": True, "grounds": ["G01", "G02"]},
    "details": _DETAILS,
}


class AppealWay(BaseModel):
    """Whether the record can be contested now, and on which grounds."""

    possible: bool
    grounds: list[Ground]


class RecordDetails(BaseModel):
    """What a record says, who filed it, where it stands, what it does and when it ends."""

    member: str
    category: Category
    category_name: str
    facts: list[str]
    evidence: list[EvidenceClass]
    amount: Amount
    act_ended_on: date
    filed_at: datetime
    served_at: datetime | None
    state: ReportState
    state_reason: str | None
    revision: int
    severity: Severity
    confidence: Confidence
    repaid_on: date | None
    ends_on: date
    own_member_only: bool
    points: int
    statement: str | None


class OwnRecord(BaseModel):
    """One record; `details` only where more than a phone number links it to who asks."""

    report_id: UUID
    sight: Sight
    matched: list[IdentifierKind]
    appeal: AppealWay
    details: RecordDetails | None


class OwnFile(BaseModel):
    """Every record that the contacts proved now touch, what those one may read add up to, and what protects one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "livemode": False,
                    "as_of": "2026-12-24T12:00:00Z",
                    "kinds": ["email", "phone"],
                    "score": 460,
                    "band": "guarded",
                    "permitted_actions": ["A1", "A2"],
                    "more_linked": False,
                    "warnings": [],
                    "records": [_RECORD],
                }
            ]
        }
    )

    livemode: bool
    as_of: datetime
    kinds: list[IdentifierKind]
    score: int
    band: Band
    permitted_actions: list[Action]
    more_linked: bool
    warnings: list[ShownWarning]
    records: list[OwnRecord]


@router.get("/file", operation_id="showOwnFile", summary="Show every record about oneself")
async def show(subject: SubjectDep, request: Request, edge: EdgeDep, session: Writes, act: StrangerAct) -> OwnFile:
    """Show every record that the proved contacts touch, with its effect, its end and the way to contest it."""
    found = await subjects.read(session, subject, act=act, desk=edge.subjects)
    return shown(found, subject, act.now, edge, visit_of(request.scope).language)


def shown(found: File, subject: Subject, now: datetime, edge: Edge, language: str) -> OwnFile:
    """Shape a file, with names of categories in a language."""
    answer = found.weighed.explanation.score
    return OwnFile(
        livemode=edge.facts.livemode,
        as_of=now,
        kinds=sorted(subject.kinds),
        score=answer.score,
        band=answer.band,
        permitted_actions=list(permitted(answer.band)),
        more_linked=found.weighed.more,
        warnings=[ShownWarning.of(one) for one in found.warnings],
        records=[_record(one, edge, language) for one in found.records],
    )


def _record(one: Record, edge: Edge, language: str) -> OwnRecord:
    return OwnRecord(
        report_id=one.found.report.id,
        sight=one.sight,
        matched=sorted(one.found.kinds),
        appeal=AppealWay(possible=one.appealable, grounds=list(grounds(one.sight))),
        details=_details(one, edge, language) if one.sight is Sight.DETAILS else None,
    )


def _details(one: Record, edge: Edge, language: str) -> RecordDetails:
    report, filing = one.found.report, one.filing
    name = edge.policies[report.policy].taxonomy.categories[report.category].name
    return RecordDetails(
        member=one.found.member,
        category=report.category,
        category_name=getattr(name, language),
        facts=list(filing.facts) if filing else [],
        evidence=sorted({item.evidence_class for item in filing.evidence}) if filing else [],
        amount=Amount(minor=report.amount_minor, currency=report.currency),
        act_ended_on=report.act_ended_on,
        filed_at=report.filed_at,
        served_at=report.served_at,
        state=report.state,
        state_reason=report.state_reason,
        revision=report.revision,
        severity=report.severity,
        confidence=report.confidence,
        repaid_on=report.repaid_on,
        ends_on=one.ends_on,
        own_member_only=report.own_only,
        points=one.points,
        statement=one.statement,
    )
