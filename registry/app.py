"""The composition root: the one place that knows which parts there are and hands each what it needs."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from fastapi import FastAPI

from registry import desks, keys, masters, policies
from registry.api.access_tokens import AccessTokens
from registry.api.allowances import Allowances
from registry.api.arrivals import Arrivals
from registry.api.counter import Counter
from registry.api.edge import Edge, Facts, State
from registry.api.failures import Failures
from registry.api.log_door import LogDoor
from registry.api.operators import KeyOperator
from registry.api.scanning import Scanner
from registry.api.standing import Standing
from registry.clock import Clock, advance, moved_time, real_time
from registry.collector import let_rest
from registry.crypto.entropy import Entropy
from registry.crypto.keyed import Keyed
from registry.domain.quotas import Quota
from registry.errors import Misconfigured
from registry.keys import API_KEYS, KeyName, Keys
from registry.logs import configure
from registry.masters import Master
from registry.pulse import Pulse
from registry.routes import routes
from registry.services import writers
from registry.services.trail import Trail
from registry.settings import Mode, Settings, read_settings
from registry.store import revisions
from registry.store.database import Database
from registry.teller.frames import Orders
from registry.teller.process import Launch, Teller, as_process
from registry.translations import LANGUAGES, catalogue

# Auditors are few, and each of their pages or export windows holds a connection for milliseconds.
_AUDIT_POOL = 2
# A member hears 503 rather than nothing (audit-log.md, rule 1); a report takes a hundredth of it.
_PATIENCE_SECONDS = 2.5


def create_app(
    settings: Settings, *, clock: Clock | None = None, eager: bool = False, launch: Launch = as_process
) -> FastAPI:
    """Put the API together.

    Args:
        settings: with `database_url` set; `registry serve` fills it in when it starts the embedded PostgreSQL.
        clock: domain time; None for the real one, or the moved one of a sandbox.
        eager: start the teller at once, so that no question waits for it.
        launch: starts the teller; tests have it in their own process, because each start costs a second.
    """
    app = routes(settings.public_url)
    equip(app, settings, clock=clock, eager=eager, launch=launch)
    return app


def equip(
    app: FastAPI, settings: Settings, *, clock: Clock | None = None, eager: bool = False, launch: Launch = as_process
) -> None:
    """Say what an API works with from its next start on; arguments as for `create_app`."""
    app.state.opening = _opening(settings, clock or _clock(settings), launch, eager=eager)


def from_environment() -> FastAPI:
    """Put the API together from `REGISTRY_*`: what uvicorn calls in each of its processes."""
    settings = read_settings()
    configure(settings.log_level)
    app = create_app(settings, eager=True)
    _warm_up()
    return app


def _opening(
    settings: Settings, clock: Clock, launch: Launch, *, eager: bool
) -> Callable[[], AbstractAsyncContextManager[State]]:
    @asynccontextmanager
    async def opening() -> AsyncIterator[State]:
        if settings.database_url is None:
            raise Misconfigured("database_url_missing", "Start with `registry serve`, or set REGISTRY_DATABASE_URL.")
        held = keys.load(settings.keys_path, API_KEYS)
        url = settings.database_url.get_secret_value()
        audit_url = (settings.auditor_database_url or settings.database_url).get_secret_value()
        database = Database(url, pool_size=settings.database_pool, patience=_PATIENCE_SECONDS)
        audit_database = Database(audit_url, pool_size=_AUDIT_POOL)
        operator = KeyOperator.at(settings.keyholder_address)
        teller = Teller(_orders(settings, url), launch)
        try:
            edge = await _edge(settings, clock, (database, audit_database), held, operator, teller)
            pulse = Pulse(database, edge.trail, clock, process="api")
            await pulse.begin()
            edge.log_door.begin()
            start = asyncio.create_task(teller.open()) if eager else None
            yield {"edge": edge}
            if start is not None:
                await asyncio.gather(start, return_exceptions=True)
            await edge.log_door.close()
            await pulse.close()
        finally:
            await teller.close()
            await operator.close()
            await audit_database.close()
            await database.close()

    return opening


async def _edge(
    settings: Settings,
    clock: Clock,
    databases: tuple[Database, Database],
    held: Keys,
    operator: KeyOperator,
    teller: Teller,
) -> Edge:
    database, audit_database = databases
    master = masters.find(settings.master_key, settings.keys_path)
    trail = await open_trail(database, held, master, process=f"api {os.getpid()}")
    return Edge(
        database=database,
        audit_database=audit_database,
        clock=clock,
        trail=trail,
        master=master,
        access_tokens=AccessTokens(issuer=settings.public_url, seed=held[KeyName.ACCESS_TOKENS]),
        standing=Standing(database),
        failures=Failures(),
        facts=_facts(settings, held),
        policies=policies.load(),
        counter=_counter(teller, database, held),
        log_door=LogDoor(database, clock, witnessed=settings.witness_policy is not None),
        operator=operator,
        evaluations=Allowances(database, Quota.EVALUATIONS),
        appeals=desks.for_appeals(settings, trail, held),
        casefiles=desks.for_casefiles(trail, held),
        referrals=desks.for_referrals(settings, trail, held),
        reports=desks.for_reports(trail, held),
        staff=desks.for_staff(settings, trail, held),
        subjects=desks.for_subjects(settings, trail, held),
        uploads=desks.for_uploads(settings, trail, held),
        arrivals=Arrivals(Scanner(settings.clamd)),
        advance=None if settings.test_clock is None else partial(advance, settings.test_clock),
        webhooks=desks.for_webhooks(settings, trail, held),
        auditing=desks.for_auditing(trail, master, held),
        provider=desks.for_provider(settings),
        peppers=held.peppers,
    )


def _counter(teller: Teller, database: Database, held: Keys) -> Counter:
    peppers = {epoch: Keyed(pepper) for epoch, pepper in held.peppers.items()}
    return Counter(teller, peppers, Allowances(database, Quota.QUERIES))


def _orders(settings: Settings, url: str) -> Orders:
    return Orders(
        database_url=url,
        pool=settings.database_pool,
        keys_dir=str(settings.keys_path),
        receipts=f"{settings.realm}/receipts",
        livemode=settings.mode is Mode.LIVE,
        log_level=settings.log_level,
        master_key=settings.master_key,
        test_clock=str(settings.test_clock) if settings.test_clock else None,
    )


async def open_trail(database: Database, held: Keys, master: Master, *, process: str) -> Trail:
    """Register this process as a writer of the audit log."""
    async with database.write() as session:
        return await writers.open_trail(
            session, master, held[KeyName.TAGS], process=process, now=real_time(), entropy=Entropy(secrets.token_bytes)
        )


def _facts(settings: Settings, held: Keys) -> Facts:
    return Facts(
        realm=settings.realm,
        issuer=settings.public_url,
        livemode=settings.mode is Mode.LIVE,
        relay_url=settings.relay_url,
        default_policy=settings.policy,
        log_public_key=keys.log_public_key(settings.keys_path),
        log_ml_dsa_public_key=keys.log_ml_dsa_public_key(settings.keys_path),
        witnessed=settings.witness_policy is not None,
        receipts_public_key=keys.receipts_public_key(settings.keys_path),
        epochs=tuple(held.peppers),
        revision=revisions.head(),
    )


def _clock(settings: Settings) -> Clock:
    return moved_time(settings.test_clock) if settings.test_clock is not None else real_time


def _warm_up() -> None:
    """Read what the first request would otherwise wait for."""
    policies.load()
    for language in LANGUAGES:
        catalogue(language)
    let_rest()
