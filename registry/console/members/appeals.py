"""Appeals against a member's reports: by what is due first, each as the member may see it, and its signed answer."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from registry.api import cursors
from registry.api.appeal_models import read_answer
from registry.api.deps import EdgeDep, Writes
from registry.api.edge import Edge
from registry.api.letter_forms import as_html
from registry.api.strings import CompactJws, Cursor, Remark, RequestModel
from registry.console.access import Screen, ScreenDep
from registry.console.attempts import Retry, attempt
from registry.console.members import words
from registry.console.members.access import AppealReader, AppealWriter, Ours
from registry.console.members.rooms import LIMIT, SEE_OTHER, address, draw
from registry.domain.appeal_case import MEMBER, AppealState, AppealStep, Party, ReporterAnswer, Result
from registry.domain.appeal_files import Side
from registry.domain.quotas import Quota
from registry.pages import Filled, asked, fill
from registry.services import appeals, quotas
from registry.services.appeals import MemberTab, Standing, Summary
from registry.services.appeals.answering import STATEMENT
from registry.store.appeal_lists import NEVER
from registry.store.database import WriteSession
from registry_formats import canonical

router = APIRouter(prefix="/member/appeals")
_LOST = frozenset({Result.AMENDED, Result.INCONCLUSIVE, Result.OVERTURNED})


class Asked(RequestModel):
    """Which appeals."""

    tab: MemberTab = MemberTab.ANSWER
    cursor: Cursor | None = None


class Draft(RequestModel):
    """What the member wants to answer, to be signed by its key."""

    answer: ReporterAnswer
    text: Remark = ""


class Signed(RequestModel):
    """The answer as the member's key signed it."""

    statement: CompactJws


class Wish(RequestModel):
    """Whether second instance is asked for or left."""

    step: Literal[AppealStep.ASK_SECOND, AppealStep.DROP_SECOND]


@router.get("")
async def listed(request: Request, ours: AppealReader, edge: EdgeDep, session: Writes, screen: ScreenDep) -> Response:
    """List a part of the appeals, by what is due first."""
    wish = asked(request, Asked).model or Asked()
    found = await appeals.due_of_member(
        session,
        wish.tab,
        member_id=ours.member.id,
        limit=LIMIT,
        after=cursors.decode(wish.cursor, at="cursor"),
        act=ours.act,
        desk=edge.appeals,
    )
    return draw(
        screen,
        ours,
        "appeals",
        "member_appeals.html",
        found=found,
        tab=wish.tab,
        first=wish.cursor is not None,
        cursor=cursors.following(found, LIMIT, lambda one: (_place(one, wish.tab), one.appeal.id)),
        answer_step=AppealStep.MISS_ANSWER,
        words=words,
    )


@router.get("/{appeal_id}")
async def show(appeal_id: UUID, ours: AppealReader, edge: EdgeDep, session: Writes, screen: ScreenDep) -> Response:
    """Show all the material that is not between the registry and the person alone."""
    return await _page(appeal_id, ours, edge, session, screen)


@router.get("/{appeal_id}/letters/{letter_id}")
async def letter(appeal_id: UUID, letter_id: UUID, ours: AppealReader, edge: EdgeDep, session: Writes) -> Response:
    """Show a letter to the member."""
    standing = await appeals.look(session, appeal_id, edge.appeals)
    appeals.check_member(standing, ours.member.id)
    _, found = await appeals.letter(session, appeal_id, letter_id, side=Side.MEMBER, act=ours.act, desk=edge.appeals)
    return as_html(found)


@router.post("/{appeal_id}/prepare")
async def prepare(
    request: Request, appeal_id: UUID, ours: AppealWriter, edge: EdgeDep, session: Writes, screen: ScreenDep
) -> Response:
    """Write the answer down as it has to be signed; nothing is kept of it."""
    filled = await fill(request, Draft)
    status = 200 if filled.model else 422
    return await _page(appeal_id, ours, edge, session, screen, draft=filled, status=status)


@router.post("/{appeal_id}/answer")
async def answer(request: Request, appeal_id: UUID, ours: AppealWriter, edge: EdgeDep, screen: ScreenDep) -> Response:
    """Take the signed answer."""

    async def step(session: WriteSession, told: Signed) -> Standing:
        await quotas.charge(session, Quota.CHANGES, 1, member_id=ours.member.id, act=ours.act)
        return await appeals.answer(
            session, appeal_id, told.statement, read_answer, caller=ours.caller, act=ours.act, desk=edge.appeals
        )

    return await _done(await attempt(edge, await fill(request, Signed), step), appeal_id, ours, edge, screen)


@router.post("/{appeal_id}/second-instance")
async def second_instance(
    request: Request, appeal_id: UUID, ours: AppealWriter, edge: EdgeDep, screen: ScreenDep
) -> Response:
    """Ask a panel of three to decide anew, or leave it at the first decision."""

    async def step(session: WriteSession, wish: Wish) -> Standing:
        await quotas.charge(session, Quota.CHANGES, 1, member_id=ours.member.id, act=ours.act)
        appeals.check_member(await appeals.look(session, appeal_id, edge.appeals), ours.member.id)
        return await appeals.step(session, appeal_id, AppealStep(wish.step), by=MEMBER, act=ours.act, desk=edge.appeals)

    return await _done(await attempt(edge, await fill(request, Wish), step), appeal_id, ours, edge, screen)


async def _done(
    done: Standing | Retry[Signed] | Retry[Wish], appeal_id: UUID, ours: Ours, edge: Edge, screen: Screen
) -> Response:
    if isinstance(done, Standing):
        return RedirectResponse(address("appeals", appeal_id), SEE_OTHER)
    async with edge.database.write() as session:
        return await _page(appeal_id, ours, edge, session, screen, retry=done, status=done.status)


async def _page(  # noqa: PLR0913 - what is shown, to whom, after what
    appeal_id: UUID,
    ours: Ours,
    edge: Edge,
    session: WriteSession,
    screen: Screen,
    *,
    draft: Filled[Draft] | None = None,
    retry: Retry[Signed] | Retry[Wish] | None = None,
    status: int = 200,
) -> Response:
    found = await appeals.show(
        session, appeal_id, side=Side.MEMBER, act=ours.act, desk=edge.appeals, member_id=ours.member.id
    )
    case = found.standing.case
    return draw(
        screen,
        ours,
        "appeals",
        "member_appeal.html",
        status=status,
        found=found,
        one=found.standing.appeal,
        case=case,
        answers=case.state is AppealState.AWAITING_REPORTER,
        may_ask=case.state is AppealState.DECIDED and case.second is None and case.result in _LOST,
        may_drop=case.state is AppealState.SECOND_INSTANCE
        and case.second is not None
        and case.second.asked_by is Party.MEMBER,
        draft=draft,
        to_sign=_to_sign(appeal_id, draft.model) if draft and draft.model else "",
        statement_type=STATEMENT,
        retry=retry,
        words=words,
    )


def _place(one: Summary, tab: MemberTab) -> datetime:
    """Return what a part of the list is ordered by."""
    return one.appeal.received_at if tab is MemberTab.OVER else one.appeal.next_due_at or NEVER


def _to_sign(appeal_id: UUID, told: Draft) -> str:
    """Write an answer as canonical JSON (RFC 8785), which is what its member signs."""
    return canonical.dumps({"answer": told.answer.value, "appeal_id": str(appeal_id), "text": told.text}).decode()
