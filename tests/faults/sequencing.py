"""`python -m tests.faults.sequencing`: a worker that only orders and signs, and takes over after a fifth of a second.

It writes its process id to the file `leader` while it leads, so that a test knows whom to kill; then the next one is
forked, which takes a hundredth of the time that a start does.
"""

import asyncio
import itertools
import os
import secrets
from datetime import datetime, timedelta

from registry import keys, masters
from registry.cli.databases import worker_url
from registry.clock import real_time
from registry.crypto.checkpoint import SigningKey
from registry.keys import WORKER_KEYS, KeyName
from registry.logs import configure
from registry.services import writers
from registry.services.sequencer import Sequencer, Signing
from registry.settings import Settings, read_settings
from registry.store.database import Database, WriteSession
from registry.store.guard_file import GuardFile
from registry.worker import Duty, work

_PATIENCE = timedelta(milliseconds=200)


def main(settings: Settings) -> None:
    """Let one after another work until killed."""
    parent = os.getpid()
    while child := os.fork():
        os.waitpid(child, 0)
    asyncio.run(_work(settings, parent))


async def _work(settings: Settings, parent: int) -> None:
    held = keys.load(settings.keys_path, WORKER_KEYS, peppers=False)
    database = Database(worker_url(settings), pool_size=3)
    async with database.write() as session:
        trail = await writers.open_trail(
            session,
            masters.find(settings.master_key, settings.keys_path),
            held[KeyName.TAGS],
            process="sequencing",
            now=real_time(),
            entropy=secrets.token_bytes,
        )
    signing = Signing(lambda origin: SigningKey(origin, held[KeyName.LOG]), GuardFile(settings.guard_path))
    sequencer = Sequencer(settings.realm, signing, trail=trail, patience=_PATIENCE)
    leader, own = settings.data_dir / "leader", settings.data_dir / f"leader-{os.getpid()}"

    steps = itertools.cycle((sequencer.seal, sequencer.seal, sequencer.sign))

    async def order(session: WriteSession, now: datetime) -> int:
        if os.getppid() != parent:
            os._exit(0)
        if sequencer.leads:
            own.write_text(str(os.getpid()))
            own.replace(leader)
        await next(steps)(session, now=now)
        return 0

    await work(database, real_time, [Duty("order", timedelta(milliseconds=40), order)], asyncio.Event())


if __name__ == "__main__":
    configure("info")
    main(read_settings())
