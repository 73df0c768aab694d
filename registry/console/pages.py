"""The console put together."""

from fastapi import FastAPI
from starlette.requests import Request

from registry.console import accounts, audit, cases, sign_in, styleguide
from registry.console.audit.room import UnexplainedError, ask_why
from registry.console.drawing import DRAWING
from registry.console.members import pages as members
from registry.console.operators import pages as operators
from registry.pages import site

PATH = "/console"
ROUTERS = (
    sign_in.router,
    styleguide.router,
    *accounts.ROUTERS,
    *audit.ROUTERS,
    *cases.ROUTERS,
    *members.ROUTERS,
    *operators.ROUTERS,
)


def console() -> FastAPI:
    """Put the console's pages together."""
    app = site(ROUTERS, DRAWING, entrance=_entrance)
    app.add_exception_handler(UnexplainedError, ask_why)
    return app


def _entrance(_: Request) -> str:
    return f"{PATH}/sign-in"
