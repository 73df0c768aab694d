"""Where a member's people begin: what waits for them, how much of the quota is used, how far they are believed."""

from fastapi import APIRouter
from starlette.responses import Response

from registry.api.deps import EdgeDep, Reads, Writes
from registry.console.access import ScreenDep
from registry.console.members import words
from registry.console.members.access import Insider
from registry.console.members.rooms import draw
from registry.domain.beliefs import SCALE
from registry.domain.integrity import posteriors
from registry.domain.recalls import acknowledge_by
from registry.domain.staff import Role
from registry.domain.weighing import rho
from registry.policies import score_models
from registry.services import integrity, member_desk, quotas
from registry.store.member_figures import COUNTED_MOST

router = APIRouter(prefix="/member")
_PERCENT = 100


@router.get("")
async def overview(ours: Insider, edge: EdgeDep, session: Writes, screen: ScreenDep) -> Response:
    """Show what waits, and how the member stands."""
    policy = edge.policies[ours.member.policy]
    figures = await member_desk.figures(session, member_id=ours.member.id)
    conduct = await integrity.own(session, caller=ours.caller, policies=edge.policies, act=ours.act, trail=edge.trail)
    rules = score_models()[policy.score_model].reliability
    due = acknowledge_by(figures.recalled_at, policy.clocks) if figures.recalled_at else None
    return draw(
        screen,
        ours,
        "",
        "member_overview.html",
        figures=figures,
        most=COUNTED_MOST,
        works=Role.MEMBER in ours.person.roles,
        recall_by=due,
        conduct=conduct,
        bad=[float(one) * _PERCENT for one in posteriors(rules, conduct.reliability)],
        believed=rho(rules, conduct.reliability) * _PERCENT // SCALE,
        rate=None if conduct.rate is None else int(conduct.rate * _PERCENT),
        rules=policy.integrity,
        words=words,
    )


@router.get("/quota")
async def quota(ours: Insider, session: Reads, screen: ScreenDep) -> Response:
    """Show what the member may still ask for today."""
    uses = await quotas.usage(session, member_id=ours.member.id, act=ours.act)
    return draw(screen, ours, "quota", "member_quota.html", uses=uses, words=words)
