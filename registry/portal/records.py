"""My records: each in a sentence, with who says so, until when, what it does and what can be done about it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.me import file
from registry.api.me.rehabilitation import ask_to_end
from registry.domain.actions import ACTION_TEXT
from registry.portal.access import SEE_OTHER, ScreenDep, SubjectDep
from registry.services import subjects

router = APIRouter()
# So that a page stays light however many there are.
EACH = 10


@router.get("/")
async def show(
    subject: SubjectDep,
    screen: ScreenDep,
    edge: EdgeDep,
    session: Writes,
    act: StrangerAct,
    page: Annotated[int, Query(ge=1, le=1_000)] = 1,
    asked: Annotated[int, Query(ge=0, le=1)] = 0,
) -> Response:
    """Show every record that the proved contacts touch, in the same form when there is none."""
    found = await subjects.read(session, subject, act=act, desk=edge.subjects)
    shown = file.shown(found, subject, act.now, edge, screen.language)
    policy = edge.policies[edge.facts.default_policy]
    first = (page - 1) * EACH
    return screen.page(
        "records.html",
        file=shown,
        records=shown.records[first : first + EACH],
        page=page,
        asked=asked,
        more=len(shown.records) > first + EACH,
        policy=policy,
        actions=ACTION_TEXT,
    )


@router.post("/records/{report_id}/end-early")
async def end_early(subject: SubjectDep, report_id: UUID, edge: EdgeDep, session: Writes, act: StrangerAct) -> Response:
    """Ask that a record which is repaid end before its time."""
    await ask_to_end(subject, report_id, session, act=act, edge=edge)
    return RedirectResponse("/me/?asked=1", SEE_OTHER)
