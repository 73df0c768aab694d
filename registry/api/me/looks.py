"""Who looked at me: every look, by whom, when, why, what was told, each with its proof."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from registry.api.audit.deps import MOST, AuditReads, Before, next_cursor
from registry.api.audit.looks import LooksPage, ShownLook, shown_look
from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.edge import Edge
from registry.api.subject_access import SubjectDep
from registry.domain.events import Act
from registry.domain.subjects import Subject
from registry.services import auditing, subjects
from registry.services.auditing.desk import tags_of
from registry.services.auditing.looks import Wanted
from registry.store.database import ReadSession, WriteSession

router = APIRouter(prefix="/v1/me", tags=["subjects"])

_PAGE: Any = LooksPage.model_config.get("json_schema_extra")


class OwnLooks(BaseModel):
    """Looks, newest first; with `withheld` those at the phone number are left out (docs/subjects.md)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PAGE["examples"][0] | {"withheld": False}]})

    livemode: bool
    withheld: bool
    looks: list[ShownLook]
    next_cursor: str | None


@router.get("/looks", operation_id="listOwnLooks", summary="List who looked at oneself")
async def looks(
    subject: SubjectDep,
    edge: EdgeDep,
    reads: AuditReads,
    session: Writes,
    act: StrangerAct,
    before: Before,
    limit: Annotated[int, Query(ge=1, le=MOST, examples=[25])] = 25,
) -> OwnLooks:
    """List every look at the person, each with what proves it."""
    return await look_up(subject, reads, session, Wanted(limit, before), act=act, edge=edge)


async def look_up(
    subject: Subject, reads: ReadSession, session: WriteSession, wanted: Wanted, *, act: Act, edge: Edge
) -> OwnLooks:
    """Find a page of looks at a person. Errors: Denied `contact_needed`, `second_contact_needed`."""
    at = await subjects.looks_at(session, subject, act=act, desk=edge.subjects)
    found = await auditing.looks(reads, tags_of(at.stored, edge.auditing), wanted, desk=edge.auditing)
    return OwnLooks(
        livemode=edge.facts.livemode,
        withheld=at.withheld,
        looks=[shown_look(one) for one in found.looks],
        next_cursor=next_cursor(found.looks[-1].id) if found.more else None,
    )
