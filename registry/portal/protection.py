"""Protection: a freeze and the other warnings in the person's favour, placed and lifted."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.me.wishes import ShownWarning
from registry.api.strings import RequestModel
from registry.domain.ids import Protective
from registry.pages import Filled, fill
from registry.portal.access import SEE_OTHER, Screen, ScreenDep, SubjectDep
from registry.services.subjects import warnings

router = APIRouter(prefix="/protection")


class Wanted(RequestModel):
    """Which warning is to be placed."""

    kind: Protective


@router.get("")
async def show(subject: SubjectDep, screen: ScreenDep, edge: EdgeDep, session: Writes, act: StrangerAct) -> Response:
    """Show what protects the proved contacts, and what can."""
    found = await warnings.listed(session, subject, act=act, desk=edge.subjects)
    return _page(screen, [ShownWarning.of(one) for one in found])


@router.post("")
async def place(
    subject: SubjectDep, screen: ScreenDep, request: Request, edge: EdgeDep, session: Writes, act: StrangerAct
) -> Response:
    """Place a warning on every contact proved now."""
    filled = await fill(request, Wanted)
    if filled.model is None:
        found = await warnings.listed(session, subject, act=act, desk=edge.subjects)
        return _page(screen, [ShownWarning.of(one) for one in found], form=filled, status=422)
    await warnings.place(session, subject, filled.model.kind, act=act, desk=edge.subjects)
    return RedirectResponse("/me/protection", SEE_OTHER)


@router.post("/{warning_id}/lift")
async def lift(subject: SubjectDep, warning_id: UUID, edge: EdgeDep, session: Writes, act: StrangerAct) -> Response:
    """Lift one's own freeze, having proved every contact that it protects."""
    await warnings.lift(session, subject, warning_id, act=act, desk=edge.subjects)
    return RedirectResponse("/me/protection", SEE_OTHER)


def _page(
    screen: Screen, found: list[ShownWarning], *, form: Filled[Wanted] | None = None, status: int = 200
) -> Response:
    placed = {one.kind for one in found}
    return screen.page(
        "protection.html",
        status=status,
        warnings=found,
        form=form,
        possible=[kind for kind in reversed(Protective) if kind not in placed],
        own=Protective.FROZEN_BY_SUBJECT,
    )
