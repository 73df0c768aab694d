"""One part of the site: an application of its own inside the API's, whose refusals are pages."""

from collections.abc import Sequence

from fastapi import APIRouter, Depends, FastAPI

from registry.pages import refusals
from registry.pages.drawing import Drawing
from registry.pages.sitting import check


def site(routers: Sequence[APIRouter], drawing: Drawing, *, entrance: refusals.Enter) -> FastAPI:
    """Put pages together; every form is checked for being one of ours before anything else is looked at."""
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(check)],
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    for router in routers:
        app.include_router(router)
    refusals.install(app, drawing, entrance=entrance)
    return app
