"""What a person may ask for at any time: a statement beside their records, a freeze, other warnings in their favour."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.strings import FreeText, RequestModel
from registry.api.subject_access import SubjectDep
from registry.domain.ids import Protective
from registry.services.subjects import statements, warnings
from registry.services.subjects.statements import Said
from registry.services.subjects.warnings import Warned

router = APIRouter(prefix="/v1/me", tags=["subjects"])

_SAID: dict[str, Any] = {
    "report_id": "01937d5e-8c00-7a10-8000-0000000000a1",
    "text": "The cup arrived broken; the carrier has confirmed it.",
    "at": "2026-11-21T12:00:00Z",
}
_WARNING: dict[str, Any] = {
    "warning_id": "01937d5e-8c00-7a10-8000-0000000000f1",
    "kind": "PV-03",
    "placed_at": "2026-11-21T12:00:00Z",
    "lifted_at": None,
    "until_epoch": 1,
}


def _example(**values: Any) -> ConfigDict:  # noqa: ANN401 - JSON of any kind
    return ConfigDict(json_schema_extra={"examples": [values]})


class OwnStatement(RequestModel):
    """What to say beside one record, or without `report_id` beside every record one may read; null takes it back."""

    model_config = _example(report_id=_SAID["report_id"], text=_SAID["text"])

    text: FreeText | None
    report_id: UUID | None = None


class ShownStatement(BaseModel):
    """A statement beside a record; null where it was taken back."""

    report_id: UUID
    text: str | None
    at: datetime

    @classmethod
    def of(cls, said: Said) -> Self:
        """Show a statement."""
        return cls(report_id=said.report_id, text=said.text, at=said.created_at)


class Statements(BaseModel):
    """Statements, each beside its record."""

    model_config = _example(livemode=False, statements=[_SAID])

    livemode: bool
    statements: list[ShownStatement]


class WantedWarning(RequestModel):
    """PV-01 an account was taken over, PV-02 the identity is misused, PV-03 a freeze."""

    model_config = _example(kind="PV-03")

    kind: Protective = Protective.FROZEN_BY_SUBJECT


class ShownWarning(BaseModel):
    """A warning in favour of the person: members verify the identity afresh before they act.

    It protects the proved contacts in every epoch of tokens up to `until_epoch`; whoever proves them again in a later
    one carries it over.
    """

    model_config = _example(**_WARNING)

    warning_id: UUID
    kind: Protective
    placed_at: datetime
    lifted_at: datetime | None
    until_epoch: int | None

    @classmethod
    def of(cls, one: Warned) -> Self:
        """Show a warning."""
        record, until = one.record, one.until_epoch
        return cls(
            warning_id=record.id,
            kind=record.kind,
            placed_at=record.placed_at,
            lifted_at=record.lifted_at,
            until_epoch=until,
        )


class Warnings(BaseModel):
    """Warnings in force, oldest first."""

    model_config = _example(livemode=False, warnings=[_WARNING])

    livemode: bool
    warnings: list[ShownWarning]


@router.get("/statement", operation_id="showOwnStatement", summary="Show one's own statements")
async def show_statement(subject: SubjectDep, edge: EdgeDep, session: Writes, act: StrangerAct) -> Statements:
    """Show what stands beside one's own records."""
    return _statements(await statements.read(session, subject, act=act, desk=edge.subjects), edge.facts.livemode)


@router.put("/statement", operation_id="putOwnStatement", summary="Set, replace or take back a statement")
async def put_statement(
    subject: SubjectDep, said: OwnStatement, edge: EdgeDep, session: Writes, act: StrangerAct
) -> Statements:
    """Set what whoever receives the record can read beside it."""
    stand = await statements.put(session, subject, said.text, said.report_id, act=act, desk=edge.subjects)
    return _statements(stand, edge.facts.livemode)


@router.get("/freeze", operation_id="listOwnWarnings", summary="List the warnings in one's favour")
async def list_warnings(subject: SubjectDep, edge: EdgeDep, session: Writes, act: StrangerAct) -> Warnings:
    """List the warnings that protect the proved contacts."""
    found = await warnings.listed(session, subject, act=act, desk=edge.subjects)
    return Warnings(livemode=edge.facts.livemode, warnings=[ShownWarning.of(one) for one in found])


@router.post("/freeze", operation_id="placeOwnWarning", summary="Ask members to verify one's identity")
async def freeze(
    subject: SubjectDep, wanted: WantedWarning, edge: EdgeDep, session: Writes, act: StrangerAct
) -> ShownWarning:
    """Place a warning on every contact proved now; repeated, it protects the contacts proved since as well."""
    return ShownWarning.of(await warnings.place(session, subject, wanted.kind, act=act, desk=edge.subjects))


@router.post("/freeze/{warning_id}:lift", operation_id="liftOwnWarning", summary="Lift one's own freeze")
async def lift(subject: SubjectDep, warning_id: UUID, edge: EdgeDep, session: Writes, act: StrangerAct) -> ShownWarning:
    """Lift a freeze, having proved every contact that it protects."""
    return ShownWarning.of(await warnings.lift(session, subject, warning_id, act=act, desk=edge.subjects))


def _statements(found: list[Said], livemode: bool) -> Statements:  # noqa: FBT001 - a fact, not a switch
    return Statements(livemode=livemode, statements=[ShownStatement.of(one) for one in found])
