"""The hot path: endpoints that read the request themselves, reached before the framework's own steps, which cost more.

Nothing is declared as a dependency here, because nothing would run it: such an endpoint calls `admit` first, and
`tests/meta` calls every route without a token, these too.
"""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from registry.api.deps import authenticated, guard
from registry.api.edge import Edge
from registry.api.strings import RequestModel
from registry.domain.access import Caller
from registry.domain.access import Scope as Permission

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]
Model = TypeVar("Model", bound=RequestModel)


class HotRoute(APIRoute):
    """A route whose endpoint takes the request and returns the response, and states its schema in `openapi_extra`."""

    def get_route_handler(self) -> Endpoint:
        """Return the endpoint itself."""
        handler: Endpoint = self.endpoint
        return handler


class Shortcut:
    """Calls hot endpoints directly; everything else goes on to the framework, which would serve these too.

    Args:
        routes: those of which the hot ones are taken.
        handlers: the application, whose exception handlers answer for these endpoints as well.
    """

    def __init__(self, app: ASGIApp, *, routes: Iterable[BaseRoute], handlers: FastAPI) -> None:
        self._app = app
        self._routes = {route.path: route for route in routes if isinstance(route, HotRoute)}
        self._handlers = handlers.exception_handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        route = self._routes.get(scope["path"]) if scope["type"] == "http" else None
        if route is None or scope["method"] not in route.methods:
            await self._app(scope, receive, send)
            return
        scope["route"] = route
        request = Request(scope, receive, send)
        try:
            response = await route.endpoint(request)
        except Exception as error:
            handler = next((self._handlers[kind] for kind in type(error).__mro__ if kind in self._handlers), None)
            if handler is None:
                raise
            response = await handler(request, error)
        await response(scope, receive, send)


async def admit(request: Request, edge: Edge, permission: Permission) -> Caller:
    """Return the member that calls, if its token is good and holds the scope: what `requires(scope)` does elsewhere."""
    caller = await authenticated(request, edge, request.headers.get("authorization"))
    return await guard(permission)(request, edge, caller)


def parse(model: type[Model], body: bytes) -> Model:
    """Read a body, or refuse it as the framework does for the routes that it reads itself."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in error.errors()]) from None
