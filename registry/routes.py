"""All routes of the API and all pages put together: what is the same whatever an instance of it works with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from registry.api import (
    admissions,
    appeals,
    audit,
    bounces,
    closures,
    discovery,
    documentation,
    erasures,
    evidence,
    figures,
    health,
    idempotency,
    imports,
    integrity,
    log,
    log_files,
    me,
    members,
    notices,
    oauth,
    officers,
    outcomes,
    own_people,
    problems,
    recalls,
    referrals,
    reports,
    retention,
    sandbox,
    scores,
    second_looks,
    staff,
    staff_invitations,
    staff_recoveries,
    subject_links,
    tokens,
    webhooks,
)
from registry.api.edge import State
from registry.api.hot import Shortcut
from registry.api.middleware import Outermost
from registry.console import pages as console
from registry.pages import assets
from registry.portal import pages as portal
from registry.relay import problems as relay_problems

ROUTERS = (
    admissions.router,
    appeals.router,
    *audit.ROUTERS,
    bounces.router,
    closures.router,
    discovery.router,
    documentation.router,
    erasures.router,
    figures.router,
    evidence.router,
    health.router,
    imports.router,
    integrity.router,
    log.router,
    log_files.router,
    *me.ROUTERS,
    members.router,
    notices.router,
    oauth.router,
    *officers.ROUTERS,
    outcomes.router,
    own_people.router,
    recalls.router,
    referrals.router,
    reports.router,
    retention.router,
    sandbox.router,
    scores.router,
    second_looks.router,
    staff.router,
    staff_invitations.router,
    staff_recoveries.router,
    subject_links.router,
    tokens.router,
    webhooks.router,
)

_MOVED = 308
# Paths that read their body as a stream, with its bound in bytes.
LARGER_BODIES = {"/v1/reports:import": 256 << 20, "*/file": 64 << 20}


def routes(public_url: str) -> FastAPI:
    """Put together all of the API that is the same whatever it works with."""
    app: FastAPI = FastAPIOffline(
        title=documentation.TITLE,
        description=documentation.DESCRIPTION,
        version=version("refund-integrity-registry"),
        lifespan=_lifespan,
        redoc_url=None,
        static_url="/docs/static",
        telemetry={"tracing": False, "metrics": False, "logs": False},
        redirect_slashes=False,
    )
    for router in ROUTERS:
        app.include_router(router)
    app.router.routes.append(Route(f"{assets.PATH}/{{name}}", assets.serve, include_in_schema=False))
    for path, part in ((console.PATH, console.console()), (portal.PATH, portal.portal())):
        app.router.routes.append(Route(path, _home, include_in_schema=False))
        app.mount(path, part)
    problems.install(app)
    idempotency.install(app)
    documentation.install(app, issuer=public_url, relay=relay_problems.MEANINGS)
    _wrap(app, encrypted=public_url.startswith("https:"))
    return app


async def _home(request: Request) -> Response:
    """Lead to the first page of a part of the site, below which its other pages are."""
    return RedirectResponse(f"{request.url.path}/", _MOVED)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[State]:
    async with app.state.opening() as state:
        yield state


def _wrap(app: FastAPI, *, encrypted: bool) -> None:
    """Put our outermost layers around the framework's own, so that the hot path does not pass through those."""
    framework = app.build_middleware_stack

    def build() -> ASGIApp:
        quick = Shortcut(framework(), endpoints=scores.QUICK, handlers=app)
        return Outermost(quick, larger=LARGER_BODIES, encrypted=encrypted)

    app.build_middleware_stack = build  # type: ignore[method-assign] # Starlette calls it once, with the first request
