"""Other ways to complain: outside the registry, by the law that applies."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from registry.api.deps import EdgeDep
from registry.portal import words
from registry.portal.drawing import DRAWING

router = APIRouter()


@router.get("/ways")
async def show(request: Request, edge: EdgeDep) -> Response:
    """Say where else one can turn to, the registry's own jurisdiction first."""
    first = edge.facts.default_policy
    packs = sorted(edge.policies.values(), key=lambda policy: (policy.pack != first, policy.pack))
    return DRAWING.page(request, "ways.html", packs=packs, first=first, words=words)
