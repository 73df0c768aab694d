"""Why the score is what it is, and what it would be otherwise."""

from fastapi import APIRouter
from starlette.responses import Response

from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.me import explaining
from registry.domain.actions import ACTION_TEXT
from registry.domain.reasons import MITIGATING_TEXT, REASON_TEXT
from registry.portal.access import ScreenDep, SubjectDep
from registry.services import subjects
from registry.services.subjects import cases

router = APIRouter()


@router.get("/explain")
async def explain(subject: SubjectDep, screen: ScreenDep, edge: EdgeDep, session: Writes, act: StrangerAct) -> Response:
    """Explain the score, its parts, and what would change it."""
    weighed = await subjects.explain(session, subject, act=act, desk=edge.subjects)
    found = await cases.own_records(session, subject, act=act)
    return screen.page(
        "explain.html",
        names={report_id: own.found.member for report_id, own in found.items()},
        told=explaining.shown(weighed, act.now, edge),
        policy=edge.policies[edge.facts.default_policy],
        reasons=REASON_TEXT,
        mitigating=MITIGATING_TEXT,
        actions=ACTION_TEXT,
    )
