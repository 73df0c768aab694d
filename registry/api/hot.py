"""The hot path: a shortcut around the framework's own steps, which cost more than the work they lead to.

A shortcut does what the ordinary route of the same path does, with the same parts; `tests/api/test_hot.py` holds the
two against each other. Without it everything still works, only slower.
"""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from registry.api.deps import authenticated, guard
from registry.api.edge import Edge
from registry.api.strings import RequestModel
from registry.api.visits import Visit, visit_of
from registry.api.wire import whole
from registry.domain.access import Caller
from registry.domain.access import Scope as Permission

Model = TypeVar("Model", bound=RequestModel)


class Ready(Response):
    """A JSON answer whose headers are pairs already: nothing is looked up, encoded or checked again.

    Where the server takes whole answers (`wire.py`), it is written there as it stands.
    """

    def __init__(self, content: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self.status_code = 200
        self.background = None
        self.body = content
        self.raw_headers = [_JSON_TYPE, (b"content-length", b"%d" % len(content)), *headers]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        write, visit = whole(scope), visit_of(scope)
        if write is None:
            await super().__call__(scope, receive, send)
            return
        own = [(b"x-request-id", visit.request_id.encode()), *self.raw_headers]
        write(b"".join([*[b"%b: %b\r\n" % header for header in own], visit.head]), bytes(self.body))
        visit.status = 200


class Quick(NamedTuple):
    """What a quick endpoint reads, and what it does with it: request, body as read, body as sent."""

    model: type[RequestModel]
    endpoint: Callable[[Request, Any, bytes], Coroutine[Any, Any, Response]]


class Shortcut:
    """Calls quick endpoints by exact path of a POST; everything else goes on to the framework.

    So does a body that cannot be read: what is wrong with it is said in one place.

    Args:
        endpoints: by path.
        handlers: the application, whose exception handlers answer for these endpoints as well.
    """

    def __init__(self, app: ASGIApp, *, endpoints: Mapping[str, Quick], handlers: FastAPI) -> None:
        self._app = app
        self._endpoints = endpoints
        # An unknown failure is not answered here: it goes on to the outermost layer, which logs it.
        self._handlers = {kind: one for kind, one in handlers.exception_handlers.items() if kind is not Exception}
        self._routes = {path: _Template(path) for path in endpoints}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        quick = self._endpoints.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if quick is None or not _is_json(visit_of(scope)):
            await self._app(scope, receive, send)
            return
        scope["route"] = self._routes[scope["path"]]
        request = Request(scope, receive, send)
        try:
            body = await _read_body(receive)
            try:
                asked = parse(quick.model, body)
            except RequestValidationError:
                await self._app(scope, _again(body, receive), send)
                return
            response = await quick.endpoint(request, asked, body)
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


_JSON = b"application/json"
_JSON_TYPE = (b"content-type", _JSON)
_GUARDS = {permission: guard(permission) for permission in Permission}


async def admit(request: Request, edge: Edge, permission: Permission) -> Caller:
    """Return the member that calls, if its token is good and holds the scope: what `requires(scope)` does elsewhere."""
    authorization = visit_of(request.scope).headers.get(b"authorization", b"")
    caller = await authenticated(request, edge, authorization.decode("latin-1"))
    return caller if permission in caller.scopes else await _GUARDS[permission](request, edge, caller)


def _is_json(visit: Visit) -> bool:
    kind = visit.headers.get(b"content-type", b"")
    return kind == _JSON or kind.partition(b";")[0].strip().lower() == _JSON


async def _read_body(receive: Receive) -> bytes:
    """Return the body; usually it is here in one piece, and then nothing is joined."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        message = await receive()
        body += message.get("body", b"")
    if message["type"] != "http.request":
        raise ClientDisconnect
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """Hand out a body that was read, once more."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def read() -> Message:
        return messages.pop() if messages else await receive()

    return read


def parse(model: type[Model], body: bytes) -> Model:
    """Read a body, or refuse it as the framework does for the routes that it reads itself."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in error.errors()]) from None
