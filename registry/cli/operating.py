"""One command, one transaction: the operator acts, a trace is left, and a dry run takes all of it back."""

import asyncio
import getpass
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID, uuid4

from registry import keys, masters
from registry.cli.databases import check_schema, databases, owner_url
from registry.clock import real_time
from registry.domain.events import Act
from registry.errors import NotFound
from registry.keys import KeyName, Keys
from registry.masters import Master
from registry.services import heartbeats, writers
from registry.services.trail import Trail
from registry.settings import read_settings
from registry.store import members
from registry.store.database import Database, WriteSession
from registry.store.members import Member

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Desk:
    """What the operator works with inside the command's transaction."""

    session: WriteSession
    act: Act
    trail: Trail
    master: Master

    async def find_member(self, name_or_id: str) -> Member:
        """Find a member by name or id; NotFound `member_unknown`."""
        named = await members.find_named(self.session, name=name_or_id)
        return named or await members.get(self.session, member_id=_uuid(name_or_id))


async def open_trail(session: WriteSession, held: Keys, master: Master, *, process: str) -> Trail:
    """Register a process that is not the API as a writer of the audit log."""
    return await writers.open_trail(
        session, master, held[KeyName.TAGS], process=process, now=real_time(), entropy=secrets.token_bytes
    )


class _TakeBack(Exception):
    pass


def operate(work: Callable[[Desk], Awaitable[Result]], *, dry_run: bool = False) -> Result:
    """Run `work` as the operator, in one transaction with its trace."""
    settings = read_settings()
    held = keys.load(settings.keys_path, [KeyName.TAGS], peppers=False)
    master = masters.find(settings.master_key, settings.keys_path)
    with databases(settings) as reachable:
        check_schema(reachable)
        return asyncio.run(_operate(owner_url(reachable), held, master, work, dry_run=dry_run))


async def _operate(
    url: str, held: Keys, master: Master, work: Callable[[Desk], Awaitable[Result]], *, dry_run: bool
) -> Result:
    database = Database(url, pool_size=1)
    results: list[Result] = []
    try:
        async with database.write() as session:
            # Keys and sign-in know only real time, so what the operator does to them happens in it.
            now = real_time()
            trail = await open_trail(session, held, master, process="operator")
            act = Act(now, str(uuid4()), operator=getpass.getuser())
            await heartbeats.begin(session, act=act, trail=trail)
            results.append(await work(Desk(session, act, trail, master)))
            await heartbeats.end(session, act=act, trail=trail)
            _take_back(dry_run)
    except _TakeBack:
        pass
    finally:
        await database.close()
    return results[0]


def _take_back(dry_run: bool) -> None:
    if dry_run:
        raise _TakeBack


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("member_unknown") from None
