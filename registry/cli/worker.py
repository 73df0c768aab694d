"""`registry worker`: time's own work; seals the log, moves windows on, forgets what has expired."""

import asyncio
import os
import secrets
import signal
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from registry import desks, keys, masters, policies
from registry.api.export_rounds import ExportRounds
from registry.api.export_stream import Office
from registry.cli.databases import auditor_url, check_schema, databases, worker_url
from registry.cli.operating import open_trail
from registry.cli.output import say
from registry.clock import Clock, moved_time, real_time
from registry.couriers import Courier, Rounds
from registry.crypto.checkpoint import SigningKey
from registry.domain.events import Act
from registry.errors import RegistryError
from registry.keys import WORKER_KEYS, KeyName, Keys
from registry.logs import configure
from registry.masters import Master
from registry.services import heartbeats
from registry.services.auditing import Desk as AuditingDesk
from registry.services.sequencer import Sequencer, Signing
from registry.services.trail import Trail
from registry.services.webhooks import Desk as WebhooksDesk
from registry.services.webhooks import WebhookKeys
from registry.settings import Mode, Settings, read_settings
from registry.store.database import Database
from registry.store.guard_file import GuardFile
from registry.witnesses import Witnesses, read_policy
from registry.worker import appeal_duties, duties, opened, work
from registry_formats.cosignatures import CosigningKey, offers_ml_dsa


def worker() -> None:
    """Do what time does by itself, until stopped."""
    settings = read_settings()
    held = keys.load(settings.keys_path, WORKER_KEYS, peppers=False)
    master = masters.find(settings.master_key, settings.keys_path)
    with databases(settings) as reachable:
        check_schema(reachable)
        configure(settings.log_level)
        say(f"Working for {settings.realm}")
        asyncio.run(_work(reachable, held, master))


async def _work(settings: Settings, held: Keys, master: Master) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database, reads = Database(worker_url(settings), pool_size=6), Database(auditor_url(settings), pool_size=1)
    witnesses = _witnesses(settings, database, held)
    clock = moved_time(settings.test_clock) if settings.test_clock is not None else real_time
    try:
        async with database.write() as session:
            trail = await open_trail(session, held, master, process=f"worker {os.getpid()}")
            await heartbeats.begin(session, act=_act(clock()), trail=trail)
        sequencer = Sequencer(settings.realm, _signing(settings, held, witnesses), trail=trail, opened=opened)
        desk, for_exports = _webhooks(settings, held, trail), desks.for_auditing(trail, master, held)
        async with Courier(private=settings.webhooks_private) as courier, asyncio.TaskGroup() as tasks:
            tasks.create_task(Rounds(database, clock, courier, desk).work(stop))
            tasks.create_task(_exports(settings, (reads, database), clock, for_exports).work(stop))
            every = timedelta(seconds=settings.witness_seconds)
            tasks.create_task(witnesses.attend(clock, stop, every=every, leads=lambda: sequencer.leads))
            todo = duties(sequencer=sequencer, trail=trail, policies=policies.load())
            todo += appeal_duties(desks.for_appeals(settings, trail, held))
            await work(database, clock, todo, stop)
        # Whoever cannot write a last leaf is found by another worker, as after a crash.
        with suppress(RegistryError):
            await _end(database, sequencer, trail, clock())
    finally:
        await witnesses.close()
        await reads.close()
        await database.close()


async def _end(database: Database, sequencer: Sequencer, trail: Trail, now: datetime) -> None:
    """Write the last leaf, and leave nothing behind that is not signed: the next start need not catch up first."""
    async with database.write() as session:
        await heartbeats.end(session, act=_act(now), trail=trail)
    async with database.write() as session:
        await sequencer.seal(session, now=now)
    async with database.write() as session:
        await sequencer.sign(session, now=now)


def _act(now: datetime) -> Act:
    return Act(now, "worker", operator="worker")


def _exports(settings: Settings, office: tuple[Database, Database], clock: Clock, desk: AuditingDesk) -> ExportRounds:
    reads, writes = office
    return ExportRounds(Office(reads, writes, desk, clock, settings.realm))


def _webhooks(settings: Settings, held: Keys, trail: Trail) -> WebhooksDesk:
    derived = WebhookKeys.derive(held[KeyName.WEBHOOKS])
    return WebhooksDesk(trail, secrets.token_bytes, derived, settings.mode is Mode.LIVE, real_time)


def _witnesses(settings: Settings, database: Database, held: Keys) -> Witnesses:
    published = keys.log_ml_dsa_public_key(settings.keys_path) is not None and offers_ml_dsa()
    own_key = partial(CosigningKey.ml_dsa, seed=held[KeyName.LOG]) if published else None
    return Witnesses(database, read_policy(settings.witness_policy), own_key=own_key)


def _signing(settings: Settings, held: Keys, witnesses: Witnesses) -> Signing:
    guard = GuardFile(settings.guard_path)
    guard.check()

    def key_for(origin: str) -> SigningKey:
        return SigningKey(origin, held[KeyName.LOG])

    return Signing(key_for, guard, lambda origin: witnesses.last_seen(origin, (key_for(origin).vkey,)))
