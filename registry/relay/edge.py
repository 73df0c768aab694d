"""What every answer of the relay passes: a bounded body, a request id, and no failure that could quote a contact."""

import secrets
from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import Request
from starlette.responses import Response

from registry.clock import real_time
from registry.domain.uuids import uuid7
from registry.errors import Malformed, RegistryError
from registry.relay.problems import problem
from registry.translations import negotiate

BODY_MOST = 4_096
_log = structlog.get_logger("registry.relay")

Work = Callable[[Request], Awaitable[Response]]


def guarded(work: Work, issuer: str) -> Work:
    """Turn whatever goes wrong into an answer here: a traceback further out could quote the contact."""

    async def answering(request: Request) -> Response:
        request_id = str(uuid7(int(real_time().timestamp() * 1000), secrets.token_bytes(10)))
        language = negotiate(request.headers.get("accept-language", ""))
        code = None
        try:
            answer = await work(request)
        except RegistryError as refusal:
            code = refusal.code
            answer = problem(refusal, issuer=issuer, request_id=request_id, language=language)
        except Exception as failure:  # noqa: BLE001 - see above
            code = "internal"
            _log.error("request.failed", request_id=request_id, failure=type(failure).__name__)
            answer = problem(None, issuer=issuer, request_id=request_id, language=language)
        answer.headers["x-request-id"] = request_id
        answer.headers["cache-control"] = "no-store"
        answer.headers["x-content-type-options"] = "nosniff"
        _log.info("request", request_id=request_id, status=answer.status_code, code=code)
        return answer

    return answering


async def bounded(request: Request, *, most: int = BODY_MOST) -> bytes:
    """Read a body of at most so many bytes. Malformed `body_too_large`."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise Malformed("body_too_large")
    return body
