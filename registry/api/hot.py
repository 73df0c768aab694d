"""The hot path: a shortcut around the framework's own steps, which cost more than the work they lead to.

A shortcut does what the ordinary route of the same path does, with the same parts; `tests/api/test_hot.py` holds the
two against each other. Without it everything still works, only slower.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from registry.api.deps import authenticated, guard
from registry.api.edge import Edge
from registry.api.strings import RequestModel
from registry.domain.access import Caller
from registry.domain.access import Scope as Permission

Quick = Callable[[Request], Coroutine[Any, Any, Response]]
Model = TypeVar("Model", bound=RequestModel)


class Shortcut:
    """Calls quick endpoints by exact path of a POST; everything else goes on to the framework.

    Args:
        endpoints: by path.
        handlers: the application, whose exception handlers answer for these endpoints as well.
    """

    def __init__(self, app: ASGIApp, *, endpoints: Mapping[str, Quick], handlers: FastAPI) -> None:
        self._app = app
        self._endpoints = endpoints
        self._handlers = handlers.exception_handlers
        self._routes = {path: _Template(path) for path in endpoints}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        endpoint = self._endpoints.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = self._routes[scope["path"]]
        request = Request(scope, receive, send)
        try:
            response = await endpoint(request)
        except Exception as error:
            handler = next((self._handlers[kind] for kind in type(error).__mro__ if kind in self._handlers), None)
            if handler is None:
                raise
            response = await handler(request, error)  # type: ignore[misc] # ours are all coroutines
        await response(scope, receive, send)


class _Template:
    """What the access log asks a route for."""

    def __init__(self, path: str) -> None:
        self.path = path


_GUARDS = {permission: guard(permission) for permission in Permission}


async def admit(request: Request, edge: Edge, permission: Permission) -> Caller:
    """Return the member that calls, if its token is good and holds the scope: what `requires(scope)` does elsewhere."""
    authorization = next((value for name, value in request.scope["headers"] if name == b"authorization"), b"")
    caller = await authenticated(request, edge, authorization.decode("latin-1"))
    return caller if permission in caller.scopes else await _GUARDS[permission](request, edge, caller)


async def read_body(request: Request) -> bytes:
    """Return the body; usually it is here in one piece, and then nothing is joined."""
    message = await request.receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        message = await request.receive()
        body += message.get("body", b"")
    if message["type"] != "http.request":
        raise ClientDisconnect
    return body


def parse(model: type[Model], body: bytes) -> Model:
    """Read a body, or refuse it as the framework does for the routes that it reads itself."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in error.errors()]) from None
