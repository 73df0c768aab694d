"""Files of the design system, each at an address that changes with its content, so that browsers may keep them."""

from functools import cache
from hashlib import sha256
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response

from registry.errors import NotFound

PATH = "/static"
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
# A year, as long as HTTP caches keep anything (RFC 9111 names no more).
_KEPT = "public, max-age=31536000, immutable"
_CHECKED = "no-cache"


def asset(name: str) -> str:
    """Return the address of a file of the design system."""
    return f"{PATH}/{name}?v={_load(name)[1]}"


async def serve(request: Request) -> Response:
    """Serve a file; NotFound `route_not_found` for a name that is none of ours."""
    name = str(request.path_params["name"])
    if name not in _names():
        raise NotFound("route_not_found")
    body, version = _load(name)
    kept = _KEPT if request.query_params.get("v") == version else _CHECKED
    return Response(body, headers={"cache-control": kept, "content-type": _TYPES[name.rpartition(".")[2]]})


@cache
def _names() -> frozenset[str]:
    return frozenset(file.name for file in (resources.files("registry.pages") / "static").iterdir())


@cache
def _load(name: str) -> tuple[bytes, str]:
    body = (resources.files("registry.pages") / "static" / name).read_bytes()
    return body, sha256(body).hexdigest()[:12]
