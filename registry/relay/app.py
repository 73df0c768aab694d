"""The relay's HTTP edge, its own origin: `POST /v1/notices`, the one field of the system that takes a contact."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import httpx
import structlog
from pydantic import BaseModel, ConfigDict, SecretStr, StringConstraints, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from registry.clock import Clock, real_time
from registry.domain.uuids import uuid7
from registry.errors import Fault, Malformed, NotFound, RegistryError
from registry.relay import identity
from registry.relay.access import Access
from registry.relay.adapters import Adapter, FileAdapter
from registry.relay.attempts import Attempts
from registry.relay.contacts import Contact, ContactKind
from registry.relay.delivery import Deliveries, Notice, Office, Order
from registry.relay.journal import Journal
from registry.relay.problems import problem
from registry.relay.registry_api import RegistryApi
from registry.relay.tokens import Tokens
from registry.translations import negotiate

_BODY_MAX = 4_096
_SETTLE_SECONDS = 30
_LETTERS = "letters"
_log = structlog.get_logger("registry.relay")

Work = Callable[[Request], Awaitable[Response]]


class NoticeRequest(BaseModel):
    """The report, the contact to tell, and the language of the letter."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    report_id: UUID
    kind: ContactKind
    contact: Annotated[SecretStr, StringConstraints(min_length=3, max_length=320)]
    language: Literal["zh", "en"]


def create_app(
    directory: Path,
    *,
    issuer: str,
    clock: Clock,
    adapters: Mapping[ContactKind, Adapter] | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Starlette:
    """Put a relay together.

    Args:
        directory: its own state, made by `identity.create` and `identity.join`.
        issuer: the registry's identifier and address.
        clock: domain time, as the registry's.
        adapters: how to reach each kind of contact; files in `directory` if None, which reach nobody.
        transport: another way to reach the registry, for tests.
    """
    who = identity.load(directory)
    journal = Journal(directory)
    api = RegistryApi(issuer, who, transport=transport)
    ways = dict.fromkeys(ContactKind, FileAdapter(directory / _LETTERS)) if adapters is None else adapters
    office = Office(api, Tokens(api, who), ways, journal, clock, secrets.token_bytes)
    deliveries = Deliveries(office, Attempts())
    routes = _routes(Access(issuer, api.signing_keys), deliveries, journal, issuer)
    return Starlette(routes=routes, lifespan=_lifespan(office, deliveries))


def _routes(access: Access, deliveries: Deliveries, journal: Journal, issuer: str) -> list[Route]:
    async def serve(request: Request) -> Response:
        member_id = await access.member(request.headers.get("authorization", ""), now=real_time())
        return _answer(await deliveries.serve(_order(await _bounded(request), member_id)))

    async def healthy(_: Request) -> Response:
        journal.check()
        return JSONResponse({"status": "ok", "pending": len(journal.pending)})

    async def nothing(_: Request) -> Response:
        raise NotFound("route_not_found")

    return [
        Route("/v1/notices", _guarded(serve, issuer), methods=["POST"]),
        Route("/healthz", _guarded(healthy, issuer)),
        Route("/{path:path}", _guarded(nothing, issuer), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]


def _lifespan(office: Office, deliveries: Deliveries) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        settling = asyncio.create_task(_keep_settling(deliveries))
        try:
            yield
        finally:
            settling.cancel()
            with suppress(asyncio.CancelledError):
                await settling
            await office.api.close()
            office.journal.close()

    return lifespan


def _guarded(work: Work, issuer: str) -> Callable[[Request], Awaitable[Response]]:
    """Turn whatever goes wrong into an answer here: a traceback further out could quote the contact."""

    async def guarded(request: Request) -> Response:
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

    return guarded


async def _bounded(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_MAX:
            raise Malformed("body_too_large")
    return body


def _order(body: bytes, member_id: UUID) -> Order:
    try:
        asked = NoticeRequest.model_validate_json(body)
    except ValidationError as error:
        raise Malformed("request_invalid", faults=_faults(error)) from None
    return Order(member_id, asked.report_id, Contact(asked.kind, asked.contact.get_secret_value()), asked.language)


def _faults(error: ValidationError) -> list[Fault]:
    """Name places of our own schema only: a place that the sender made up could be the contact itself."""
    places = {str(one["loc"][0]) if one["loc"] else "" for one in error.errors(include_input=False, include_url=False)}
    return [Fault(f"/{place}", "invalid") for place in sorted(places & NoticeRequest.model_fields.keys())]


def _answer(notice: Notice) -> Response:
    content = {
        "livemode": notice.livemode,
        "report_id": str(notice.report_id),
        "kind": notice.kind.value,
        "served_at": notice.served_at.isoformat(),
        "repeated": notice.repeated,
    }
    return JSONResponse(content, 200 if notice.repeated else 201)


async def _keep_settling(deliveries: Deliveries) -> None:
    while True:
        try:
            await deliveries.settle()
        except Exception as failure:  # noqa: BLE001 - the next round may fare better
            _log.error("settle.failed", failure=type(failure).__name__)
        await asyncio.sleep(_SETTLE_SECONDS)
