"""A member's one-time link: opening its address shows a button, and pressing that uses it up.

Mail programs and messengers open addresses to preview them; a link must survive that.
"""

import re
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import StringConstraints
from starlette.responses import RedirectResponse, Response

from registry.api.deps import EdgeDep, StrangerAct
from registry.api.problem_codes import CODES
from registry.api.problems import status_of
from registry.api.strings import RequestModel
from registry.api.subject_access import Entrant
from registry.clock import real_time
from registry.errors import QuotaExceeded, Unauthenticated
from registry.pages import Filled, fill, sitting
from registry.portal.access import SEE_OTHER, begin
from registry.portal.drawing import DRAWING
from registry.services import subjects

router = APIRouter()

# The secret alone, or the whole address that ends with it.
_ENDING = r"(?:^|[/#=])([A-Za-z0-9_-]{43})$"


class Link(RequestModel):
    """What a member sent."""

    secret: Annotated[str, StringConstraints(max_length=2_000, strip_whitespace=True, pattern=_ENDING)]


@router.get("/link")
async def ask(request: Request) -> Response:
    """Ask for the link, of somebody who has it on paper."""
    return _page(request, Filled(), 200)


@router.get("/link/{secret}")
async def show(request: Request, secret: str) -> Response:
    """Say what the link does, and ask to go on; it is not used yet."""
    found = re.search(_ENDING, secret)
    return _page(request, Filled(), 200, secret=found[1] if found else "")


@router.post("/link")
async def open_(request: Request, edge: EdgeDep, act: StrangerAct) -> Response:
    """Use the link: a session that shows that one record."""
    filled = await fill(request, Link)
    found = re.search(_ENDING, filled.model.secret) if filled.model else None
    if found is None:
        return _page(request, filled, 422)
    opening = partial(subjects.open_by_link, secret=found[1], act=act, now=real_time(), desk=edge.subjects)
    try:
        opened = await Entrant(edge, act).enter(opening)
    except (Unauthenticated, QuotaExceeded) as refusal:
        return _page(request, filled.refused(refusal), status_of(refusal))
    response = RedirectResponse("/me/", SEE_OTHER)
    begin(response, opened.bearer)
    sitting.end(response)
    return response


def _page(request: Request, filled: Filled[Link], status: int, *, secret: str = "") -> Response:
    meaning = CODES[filled.refusal.code] if filled.refusal else None
    refusal = (meaning.title, meaning.cure) if meaning else None
    form = filled if filled.typed and not filled.refusal else None
    return DRAWING.page(request, "link.html", status=status, form=form, refusal=refusal, secret=secret)
