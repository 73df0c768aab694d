"""What a page says when something is refused: the same texts as a problem (RFC 9457), for people."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from registry.api.pointers import fault_of
from registry.api.problem_codes import CODES, FALLBACK
from registry.api.problems import invalid, status_of
from registry.api.visits import visit_of
from registry.errors import (
    Malformed,
    Misconfigured,
    NotFound,
    QuotaExceeded,
    RegistryError,
    Unauthenticated,
    Unavailable,
)
from registry.pages.drawing import Drawing
from registry_formats.errors import FormatError

_SEE_OTHER = 303
_UNREADABLE, _NOT_FOUND, _TOO_LARGE, _NO_METHOD = 400, 404, 413, 405
_RETRY_AFTER = 5
_FRAMEWORK = {
    _UNREADABLE: "body_unreadable",
    _NOT_FOUND: "route_not_found",
    _NO_METHOD: "method_not_allowed",
    _TOO_LARGE: "body_too_large",
}

Enter = Callable[[Request], str]
Handler = Callable[[Request, Exception], Awaitable[Response]]


def install(app: FastAPI, drawing: Drawing, *, entrance: Enter) -> None:
    """Make every refusal of this application a page; `entrance` tells where whoever has no session may sign in."""

    async def on_refusal(request: Request, error: Exception) -> Response:
        refusal = Malformed(error.code) if isinstance(error, FormatError) else error
        if not isinstance(refusal, RegistryError) or isinstance(refusal, Misconfigured):
            raise error
        if isinstance(refusal, Unauthenticated) and request.method == "GET":
            visit_of(request.scope).code = refusal.code
            return RedirectResponse(entrance(request), _SEE_OTHER)
        return refused(drawing, request, refusal)

    async def on_invalid(request: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            raise error
        return refused(drawing, request, invalid(fault_of(detail) for detail in error.errors()))

    async def on_framework(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 0
        code = _FRAMEWORK.get(status)
        if code is None:
            raise error
        return refused(drawing, request, NotFound(code) if status == _NOT_FOUND else Malformed(code))

    async def on_failure(request: Request, _: Exception) -> Response:
        return refused(drawing, request, Misconfigured("internal", ""))

    app.add_exception_handler(RegistryError, on_refusal)
    app.add_exception_handler(FormatError, on_refusal)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_framework)
    app.add_exception_handler(Exception, on_failure)


def refused(drawing: Drawing, request: Request, refusal: RegistryError) -> Response:
    """Draw the page of a refusal."""
    visit = visit_of(request.scope)
    visit.code = refusal.code
    meaning = CODES.get(refusal.code, FALLBACK)
    response = drawing.page(
        request,
        "refusal.html",
        status=status_of(refusal),
        title=meaning.title,
        cure=meaning.cure,
        code=refusal.code,
        request_id=visit.request_id,
    )
    if isinstance(refusal, (QuotaExceeded, Unavailable)):
        response.headers["retry-after"] = str(refusal.facts.get("retry_after", _RETRY_AFTER))
    return response
