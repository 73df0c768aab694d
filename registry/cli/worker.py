"""`registry worker`: time's own work; seals the log, moves windows on, forgets what has expired."""

import asyncio
import signal

from registry import keys, masters, policies
from registry.cli.databases import check_schema, databases, worker_url
from registry.cli.operating import open_trail
from registry.cli.output import say
from registry.clock import moved_time, real_time
from registry.keys import WORKER_KEYS, KeyName, Keys
from registry.logs import configure
from registry.masters import Master
from registry.settings import Settings, read_settings
from registry.store.database import Database
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
            trail = await open_trail(session, held, master, process="worker")
        todo = duties(realm=settings.realm, log_seed=held[KeyName.LOG], trail=trail, policies=policies.load())
        await work(database, clock, todo, stop)
    finally:
        await database.close()
