"""The portal put together."""

from fastapi import FastAPI
from starlette.requests import Request

from registry.pages import site
from registry.portal import (
    appeals,
    copying,
    drafting,
    entry,
    explaining,
    files,
    letters,
    links,
    looks,
    protection,
    records,
    statements,
    verifying,
    ways,
)
from registry.portal.drawing import DRAWING

PATH = "/me"
ROUTERS = (
    entry.router,
    links.router,
    records.router,
    explaining.router,
    looks.router,
    statements.router,
    protection.router,
    drafting.router,
    appeals.router,
    files.router,
    letters.router,
    copying.router,
    ways.router,
    verifying.router,
)


def portal() -> FastAPI:
    """Put the portal's pages together."""
    return site(ROUTERS, DRAWING, entrance=_entrance)


def _entrance(_: Request) -> str:
    return f"{PATH}/enter"
