"""Every page of the site, as its routers declare it."""

import re
from collections.abc import Mapping

from fastapi.routing import APIRoute

from registry.console import pages as console
from registry.portal import pages as portal

# By method and address, in the order in which an address is looked up.
PAGES: Mapping[str, APIRoute] = {
    f"{min(route.methods or ())} {part.PATH}{route.path}": route
    for part in (console, portal)
    for router in part.ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
}
_SHAPES = {
    name: re.compile("^" + re.sub(r"{[^}]+}", "[^/]+", name.partition(" ")[2]) + "$")
    for name in PAGES
    if name.startswith("GET ")
}


def page_of(path: str) -> str | None:
    """Name the page that a path leads to; None if there is none."""
    return next((name for name, shape in _SHAPES.items() if shape.match(path)), None)
