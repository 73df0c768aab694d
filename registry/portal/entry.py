"""The way into the portal."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from registry.portal.drawing import DRAWING

router = APIRouter()


@router.get("/enter")
async def explain(request: Request) -> Response:
    """Say what is needed to see one's records."""
    return DRAWING.page(request, "enter.html")
