"""The relay's HTTP edge, its own origin: the one place of the system that takes a contact."""

import asyncio
import secrets
import time
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
from registry.relay.codes import CODE_PAUSES, Codes
from registry.relay.contacts import ContactKind
from registry.relay.delivery import Deliveries, Office
from registry.relay.edge import guarded
from registry.relay.journal import Journal
from registry.relay.notice_routes import notice_routes
from registry.relay.proof_routes import proof_routes
from registry.relay.provider import Provider, SignIns
from registry.relay.registry_api import RegistryApi
from registry.relay.tokens import Tokens
from registry.relay.vouching import Voucher
from registry.relay.waiting import PAUSES

_SETTLE_SECONDS = 30
_log = structlog.get_logger("registry.relay")


@dataclass(frozen=True, slots=True)
class Terms:
    """What an operator or a test sets.

    Args:
        adapters: how to reach each kind of contact; what is missing cannot be reached.
        return_url: where proofs of control are handed over, and their audience.
        pauses: seconds before each further attempt at a letter that a channel did not take.
        code_pauses: seconds before each attempt to send a code, the first one included.
        elapsed: a clock that never jumps, in seconds.
        provider: who else may say that a contact is somebody's.
        here: the relay's own address, which the provider sends people back to.
        provider_transport: another way to reach it, for tests.
    """

    adapters: Mapping[ContactKind, Adapter]
    return_url: str
    pauses: Sequence[float] = PAUSES
    code_pauses: Sequence[float] = CODE_PAUSES
    elapsed: Callable[[], float] = time.monotonic
    provider: Provider | None = None
    here: str = ""
    provider_transport: httpx.AsyncBaseTransport | None = None


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
    tokens = Tokens(api, who)
    office = Office(api, tokens, terms.adapters, journal, clock, secrets.token_bytes, terms.pauses)
    deliveries = Deliveries(office, Attempts())
    voucher = Voucher(tokens, who, terms.return_url)
    codes = Codes(terms.adapters, voucher, elapsed=terms.elapsed, pauses=terms.code_pauses)
    routes = [
        *notice_routes(Access(issuer, api.signing_keys), deliveries, Marks(who.key), issuer),
        *proof_routes(codes, _sign_ins(terms, voucher), terms.return_url, issuer),
        *_other_routes(journal, issuer),
    ]
    return Starlette(routes=routes, lifespan=_lifespan(office, deliveries, codes))


def _sign_ins(terms: Terms, voucher: Voucher) -> SignIns | None:
    if terms.provider is None:
        return None
    return SignIns(terms.provider, voucher, here=terms.here, elapsed=terms.elapsed, transport=terms.provider_transport)


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


def _lifespan(
    office: Office, deliveries: Deliveries, codes: Codes
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        settling = asyncio.create_task(_keep_settling(deliveries, codes))
        try:
            yield
        finally:
            settling.cancel()
            with suppress(asyncio.CancelledError):
                await settling
            await deliveries.close()
            await codes.close()
            await office.api.close()
            office.journal.close()

    return lifespan


async def _keep_settling(deliveries: Deliveries, codes: Codes) -> None:
    while True:
        try:
            codes.forget()
            await deliveries.settle()
        except Exception as failure:  # noqa: BLE001 - the next round may fare better
            _log.error("settle.failed", failure=type(failure).__name__)
        await asyncio.sleep(_SETTLE_SECONDS)
