"""The portal put together."""

from fastapi import FastAPI
from starlette.requests import Request

from registry.pages import site
from registry.portal import entry, links, records
from registry.portal.drawing import DRAWING

PATH = "/me"
ROUTERS = (entry.router, links.router, records.router)


def portal() -> FastAPI:
    """Put the portal's pages together."""
    return site(ROUTERS, DRAWING, entrance=_entrance)


def _entrance(_: Request) -> str:
    return f"{PATH}/enter"
