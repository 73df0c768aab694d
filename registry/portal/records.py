"""My records: each in a sentence, with who says so, until when, what it does and what can be done about it."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.me import file
from registry.domain.actions import ACTION_TEXT
from registry.portal.access import ScreenDep, SubjectDep
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
        more=len(shown.records) > first + EACH,
        policy=policy,
        actions=ACTION_TEXT,
    )
