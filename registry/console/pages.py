"""The console put together."""

from fastapi import FastAPI
from starlette.requests import Request

from registry.console import cases, sign_in, styleguide
from registry.console.drawing import DRAWING
from registry.pages import site

PATH = "/console"
ROUTERS = (sign_in.router, styleguide.router, *cases.ROUTERS)


def console() -> FastAPI:
    """Put the console's pages together."""
    return site(ROUTERS, DRAWING, entrance=_entrance)


def _entrance(_: Request) -> str:
    return f"{PATH}/sign-in"
