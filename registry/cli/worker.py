"""`registry worker`: time's own work; seals the log, moves windows on, forgets what has expired."""

import asyncio
import os
import signal
from contextlib import suppress

from registry import keys, masters, policies
from registry.cli.databases import check_schema, databases, worker_url
from registry.cli.operating import open_trail
from registry.cli.output import say
from registry.clock import moved_time, real_time
from registry.crypto.checkpoint import SigningKey
from registry.domain.events import Act
from registry.errors import Unavailable
from registry.keys import WORKER_KEYS, KeyName, Keys
from registry.logs import configure
from registry.masters import Master
from registry.services import heartbeats
from registry.services.sequencer import Sequencer, Signing
from registry.settings import Settings, read_settings
from registry.store.database import Database
from registry.store.guard_file import GuardFile
from registry.worker import duties, work


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
    database = Database(worker_url(settings), pool_size=5)
    clock = moved_time(settings.test_clock) if settings.test_clock is not None else real_time
    try:
        async with database.write() as session:
            trail = await open_trail(session, held, master, process=f"worker {os.getpid()}")
        sequencer = Sequencer(settings.realm, _signing(settings, held), trail=trail)
        await work(database, clock, duties(sequencer=sequencer, trail=trail, policies=policies.load()), stop)
        # Whoever cannot write a last leaf is found by another worker, as after a crash.
        with suppress(Unavailable):
            async with database.write() as session:
                await heartbeats.end(session, act=Act(clock(), "worker", operator="worker"), trail=trail)
    finally:
        await database.close()


def _signing(settings: Settings, held: Keys) -> Signing:
    guard = GuardFile(settings.guard_path)
    guard.check()
    return Signing(lambda origin: SigningKey(origin, held[KeyName.LOG]), guard)
