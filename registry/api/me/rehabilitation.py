"""Ask that an own record end early: repaid, and half of its life without another."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.edge import Edge
from registry.api.strings import RequestModel
from registry.api.subject_access import SubjectDep
from registry.domain.events import Act
from registry.domain.subjects import Subject, require_contact
from registry.services import rehabilitation
from registry.services.rehabilitation import Desk
from registry.services.subjects import cases
from registry.store.database import WriteSession
from registry.store.rehabilitation import Rehabilitation

router = APIRouter(prefix="/v1/me", tags=["subjects"])

_REPORT = "01937d5e-8c00-7a10-8000-0000000000a1"
_OWN: dict[str, Any] = {
    "livemode": False,
    "rehabilitation_id": "01937d5e-8c00-7a10-8000-0000000000c5",
    "report_id": _REPORT,
    "applied_at": "2027-11-21T12:00:00Z",
    "due_at": "2027-12-11T16:00:00Z",
}


class WantedEnd(RequestModel):
    """Which record is to end early."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"report_id": _REPORT}]})

    report_id: UUID


class OwnRehabilitation(BaseModel):
    """An application; an officer decides until `due_at`, and if nobody does, it is granted then."""

    model_config = ConfigDict(json_schema_extra={"examples": [_OWN]})

    livemode: bool
    rehabilitation_id: UUID
    report_id: UUID
    applied_at: datetime
    due_at: datetime


@router.post(
    "/rehabilitations", operation_id="applyForRehabilitation", summary="Ask that a record end early", status_code=201
)
async def apply(
    subject: SubjectDep, wish: WantedEnd, edge: EdgeDep, session: Writes, act: StrangerAct
) -> OwnRehabilitation:
    """Apply for the early end of an own record that is repaid and old enough, without another one since."""
    done = await ask_to_end(subject, wish.report_id, session, act=act, edge=edge)
    return _shown(done, livemode=edge.facts.livemode)


async def ask_to_end(
    subject: Subject, report_id: UUID, session: WriteSession, *, act: Act, edge: Edge
) -> Rehabilitation:
    """Apply as the person whose record it is.

    Errors: NotFound `record_unknown`; Denied `contact_needed`, `second_contact_needed`; Conflict as the rules say.
    """
    own = await cases.own_record(session, subject, report_id, act=act)
    require_contact(subject)
    own.check_details()
    desk = Desk(edge.policies, edge.trail, edge.reports.entropy)
    done = await rehabilitation.apply(session, report_id, subject.stored, act=act, desk=desk)
    await cases.note(session, subject, "rehabilitate", {"report": str(report_id)}, act=act, desk=edge.subjects)
    return done


def _shown(one: Rehabilitation, *, livemode: bool) -> OwnRehabilitation:
    return OwnRehabilitation(
        livemode=livemode,
        rehabilitation_id=one.id,
        report_id=one.report_id,
        applied_at=one.applied_at,
        due_at=one.due_at,
    )
