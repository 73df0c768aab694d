"""Recalls: records that a member was told of and that changed or went; what it must lift, and that it has."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from registry.api import cursors
from registry.api.deps import EdgeDep, Writes
from registry.api.edge import Edge
from registry.api.strings import Cursor, RequestModel
from registry.console.access import ScreenDep
from registry.console.attempts import Retry, attempt
from registry.console.members import words
from registry.console.members.access import OutcomeWriter, RecallReader
from registry.console.members.rooms import LIMIT, SEE_OTHER, address, draw
from registry.domain.actions import ACTION_TEXT
from registry.domain.outcomes import in_force
from registry.domain.quotas import Quota
from registry.domain.recalls import acknowledge_by
from registry.errors import Malformed
from registry.pages import asked, fill
from registry.services import member_desk, outcomes, quotas, recalls
from registry.store.database import WriteSession
from registry.store.outcomes import Known
from registry.store.recalls import Told
from registry_formats import base64url

router = APIRouter(prefix="/member/recalls")


class Asked(RequestModel):
    """Which recalls."""

    all: bool = False
    cursor: Cursor | None = None


class Lifted(RequestModel):
    """Which restriction was lifted, just now."""

    outcome_id: UUID


@router.get("")
async def listed(request: Request, ours: RecallReader, edge: EdgeDep, session: Writes, screen: ScreenDep) -> Response:
    """List recalls, the newest first; those that wait, unless all are asked for."""
    wish = asked(request, Asked).model or Asked()
    found = await member_desk.recalls_of(
        session,
        member_id=ours.member.id,
        waiting=not wish.all,
        limit=LIMIT,
        before=cursors.decode(wish.cursor, at="cursor"),
        act=ours.act,
        trail=edge.trail,
    )
    return draw(
        screen,
        ours,
        "recalls",
        "member_recalls.html",
        found=[(one, _due(one, edge)) for one in found],
        all=wish.all,
        first=wish.cursor is not None,
        cursor=cursors.following(found, LIMIT, lambda one: (one.recall.created_at, one.recall.id)),
        words=words,
    )


@router.get("/{recall_id}")
async def show(recall_id: UUID, ours: RecallReader, edge: EdgeDep, session: Writes, screen: ScreenDep) -> Response:
    """Show a recall with what must be lifted."""
    told, named = await member_desk.recall(session, recall_id, member_id=ours.member.id, act=ours.act, trail=edge.trail)
    return draw(
        screen,
        ours,
        "recalls",
        "member_recall.html",
        told=told,
        one=told.recall,
        due=_due(told, edge),
        named=[(known, base64url.encode(known.taken.claim), in_force(known.taken, ours.act.now)) for known in named],
        actions=ACTION_TEXT,
        words=words,
    )


@router.post("/{recall_id}/acknowledge")
async def acknowledge(recall_id: UUID, ours: RecallReader, edge: EdgeDep, session: Writes) -> Response:
    """Say that the member has acted on it."""
    await recalls.acknowledge(session, recall_id, member_id=ours.member.id, act=ours.act, trail=edge.trail)
    return RedirectResponse(address("recalls", recall_id), SEE_OTHER)


@router.post("/{recall_id}/lift")
async def lift(request: Request, recall_id: UUID, ours: OutcomeWriter, edge: EdgeDep) -> Response:
    """Record that a restriction was lifted."""
    desk = outcomes.Desk(edge.policies, edge.trail, edge.webhooks.entropy)

    async def step(session: WriteSession, told: Lifted) -> Known:
        await quotas.charge(session, Quota.CHANGES, 1, member_id=ours.member.id, act=ours.act)
        return await outcomes.lift(session, told.outcome_id, ours.act.now, caller=ours.caller, act=ours.act, desk=desk)

    done = await attempt(edge, await fill(request, Lifted), step)
    if isinstance(done, Retry):
        raise done.form.refusal or Malformed("request_invalid")
    return RedirectResponse(address("recalls", recall_id), SEE_OTHER)


def _due(told: Told, edge: Edge) -> object:
    """Return until when it must be acknowledged, if it must."""
    one = told.recall
    return acknowledge_by(one.created_at, edge.policies[told.policy].clocks) if one.must_acknowledge else None
