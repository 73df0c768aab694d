"""The go-live checklist: what a member has done here already, and how to do the rest. Nobody ticks it by hand."""

from fastapi import APIRouter
from starlette.responses import Response

from registry.api.deps import EdgeDep, Reads
from registry.console.access import ScreenDep
from registry.console.members import words
from registry.console.members.access import Insider
from registry.console.members.rooms import draw
from registry.services import member_desk

router = APIRouter(prefix="/member/go-live")


@router.get("")
async def checklist(ours: Insider, edge: EdgeDep, session: Reads, screen: ScreenDep) -> Response:
    """Say of each step whether its trace is there."""
    taken = await member_desk.taken(session, member_id=ours.member.id)
    steps = [(step, *words.GO_LIVE[step], step in taken) for step in words.GO_LIVE]
    return draw(screen, ours, "go-live", "member_go_live.html", steps=steps, done=len(taken), live=edge.facts.livemode)
