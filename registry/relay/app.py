"""The relay's HTTP edge, its own origin: the one place of the system that takes a contact."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from registry.clock import Clock
from registry.errors import NotFound
from registry.relay import identity
from registry.relay.access import Access
from registry.relay.adapters import Adapter
from registry.relay.attempts import Attempts
from registry.relay.bounces import Marks
from registry.relay.contacts import ContactKind
from registry.relay.delivery import Deliveries, Office
from registry.relay.edge import guarded
from registry.relay.journal import Journal
from registry.relay.notice_routes import notice_routes
from registry.relay.registry_api import RegistryApi
from registry.relay.tokens import Tokens
from registry.relay.waiting import PAUSES

_SETTLE_SECONDS = 30
_log = structlog.get_logger("registry.relay")


@dataclass(frozen=True, slots=True)
class Terms:
    """What an operator or a test sets.

    Args:
        adapters: how to reach each kind of contact; what is missing cannot be reached.
        pauses: seconds before each further attempt at a letter that a channel did not take.
    """

    adapters: Mapping[ContactKind, Adapter]
    pauses: Sequence[float] = PAUSES


def create_app(
    directory: Path,
    *,
    issuer: str,
    clock: Clock,
    terms: Terms,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Starlette:
    """Put a relay together.

    Args:
        directory: its own state, made by `identity.create` and `identity.join`.
        issuer: the registry's identifier and address.
        clock: domain time, as the registry's.
        terms: what else there is to set.
        transport: another way to reach the registry, for tests.
    """
    who = identity.load(directory)
    journal = Journal(directory)
    api = RegistryApi(issuer, who, transport=transport)
    office = Office(api, Tokens(api, who), terms.adapters, journal, clock, secrets.token_bytes, terms.pauses)
    deliveries = Deliveries(office, Attempts())
    routes = [
        *notice_routes(Access(issuer, api.signing_keys), deliveries, Marks(who.key), issuer),
        *_other_routes(journal, issuer),
    ]
    return Starlette(routes=routes, lifespan=_lifespan(office, deliveries))


def _other_routes(journal: Journal, issuer: str) -> list[Route]:
    async def healthy(_: Request) -> Response:
        journal.check()
        return JSONResponse({"status": "ok", "pending": len(journal.pending)})

    async def nothing(_: Request) -> Response:
        raise NotFound("route_not_found")

    return [
        Route("/healthz", guarded(healthy, issuer)),
        Route("/{path:path}", guarded(nothing, issuer), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
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
            await deliveries.close()
            await office.api.close()
            office.journal.close()

    return lifespan


async def _keep_settling(deliveries: Deliveries) -> None:
    while True:
        try:
            await deliveries.settle()
        except Exception as failure:  # noqa: BLE001 - the next round may fare better
            _log.error("settle.failed", failure=type(failure).__name__)
        await asyncio.sleep(_SETTLE_SECONDS)
