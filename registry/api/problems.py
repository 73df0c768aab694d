"""Problem details (RFC 9457) for everything that goes wrong, from one table. The rejected value is never in them.

The framework's stock answers are all replaced: its 422 echoes what was sent, its 404 and 405 are not problems, and an
unknown failure would leave a traceback to the server's log.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from starlette.exceptions import HTTPException

from registry.api.limits import limit_headers
from registry.api.pointers import fault_of
from registry.api.problem_codes import CODES, FALLBACK
from registry.api.visits import Visit, visit_of
from registry.errors import (
    Conflict,
    Denied,
    Fault,
    Malformed,
    Misconfigured,
    NotFound,
    QuotaExceeded,
    RegistryError,
    Unauthenticated,
    Unavailable,
)
from registry.translations import translate
from registry_formats.errors import FormatError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_OUTAGE = 2

STATUS: Mapping[type[RegistryError], int] = {
    Malformed: 422,
    Unauthenticated: 401,
    Denied: 403,
    NotFound: 404,
    Conflict: 409,
    QuotaExceeded: 429,
    Unavailable: 503,
    Misconfigured: 500,
}
# A conflict that passes by itself: the first request under the key is still at work.
_RETRYABLE = frozenset({"idempotency_in_flight"})
# Codes whose status HTTP itself prescribes, whatever their family.
STATUS_OF_CODE: Mapping[str, int] = {
    "body_unreadable": 400,
    "method_not_allowed": 405,
    "body_too_large": 413,
    "media_type_unsupported": 415,
}
_FRAMEWORK: Mapping[int, str] = {
    400: "body_unreadable",
    404: "route_not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "media_type_unsupported",
}


def install(app: FastAPI) -> None:
    """Make every refusal of this application a problem."""
    app.add_exception_handler(RegistryError, _on_refusal)
    app.add_exception_handler(FormatError, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_framework)
    # The framework answers with it and raises on, to the outermost layer, which logs it.
    app.add_exception_handler(Exception, _on_failure)


def status_of(error: RegistryError) -> int:
    """Return the HTTP status of a refusal."""
    return STATUS_OF_CODE.get(error.code) or next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem(error: RegistryError, visit: Visit, headers: Mapping[str, str] | None = None) -> Response:
    """Write a refusal as an answer."""
    visit.code = error.code
    status = status_of(error)
    return Response(
        orjson.dumps(members_of(error, visit, status)),
        status,
        {**_headers(error), "cache-control": "no-store", "content-language": visit.language, **(headers or {})},
        MEDIA_TYPE,
    )


def members_of(error: RegistryError, visit: Visit, status: int) -> dict[str, Any]:
    """Return the members of a problem; also the result of one line or item that failed among many."""
    meaning = CODES.get(error.code, FALLBACK)
    return {
        "type": f"/docs/errors#{error.code}",
        "code": error.code,
        "title": translate(meaning.title, visit.language),
        "status": status,
        "detail": translate(meaning.cure, visit.language),
        "request_id": visit.request_id,
        "retryable": error.retryable or error.code in _RETRYABLE,
        "errors": [{"pointer": fault.pointer, "code": fault.code} for fault in error.faults],
        "facts": error.facts,
    }


async def _on_failure(request: Request, _: Exception) -> Response:
    return internal(visit_of(request.scope))


def internal(visit: Visit) -> Response:
    """Write the answer to an unknown failure: opaque, but with the request id that finds it in the log."""
    return problem(Misconfigured("internal", ""), visit)


def _headers(error: RegistryError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"www-authenticate": f'Bearer error="invalid_token", error_description="{error.code}"'}
    if isinstance(error, QuotaExceeded):
        return limit_headers(error.facts)
    if isinstance(error, Unavailable):
        return {"retry-after": str(error.facts.get("retry_after", RETRY_AFTER_OUTAGE))}
    return {}


async def _on_refusal(request: Request, error: Exception) -> Response:
    visit = visit_of(request.scope)
    if isinstance(error, FormatError):
        return problem(Malformed(error.code), visit)
    if not isinstance(error, RegistryError) or isinstance(error, Misconfigured):
        raise error
    return problem(error, visit)


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError) or isinstance(error, ResponseValidationError):
        raise error
    return problem(invalid(fault_of(detail) for detail in error.errors()), visit_of(request.scope))


def invalid(faults: Iterable[Fault]) -> Malformed:
    """Sum up faults; one raw identifier among them decides the code, because its sender must act on it."""
    found = tuple(dict.fromkeys(faults))
    raw = any(fault.code == "raw_identifier_refused" for fault in found)
    return Malformed("raw_identifier_refused" if raw else "request_invalid", faults=found)


async def _on_framework(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    code = _FRAMEWORK.get(error.status_code)
    if code is None:
        raise error
    kind: type[RegistryError] = NotFound if code == "route_not_found" else Malformed
    # Of the framework's headers only Allow says something that its own code does not.
    allow = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    return problem(kind(code), visit_of(request.scope), allow)
