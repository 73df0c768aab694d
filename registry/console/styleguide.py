"""The style guide: every component as it looks, beside what it is for. Shown where everybody is made up."""

from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from registry.api.deps import EdgeDep, Now
from registry.console.drawing import DRAWING
from registry.errors import NotFound
from registry.pages import Filled

router = APIRouter()


@router.get("/styleguide")
async def show(request: Request, edge: EdgeDep, now: Now) -> Response:
    """Show every component; a live registry has no such page."""
    if edge.facts.livemode:
        raise NotFound("route_not_found")
    faulty = Filled(None, {"reasons": "", "result": "amend"}, {"reasons": "missing"})  # type: ignore[var-annotated] # no model
    dues = (now + timedelta(days=5), now + timedelta(hours=7), now - timedelta(days=3))
    return DRAWING.page(request, "styleguide.html", faulty=faulty, dues=dues)
