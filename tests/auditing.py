"""An auditor at work on a log that others have written: what tests of the auditors' use cases build on."""

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import event

from registry.api.sights import open_sight
from registry.crypto.sealed import blind_tag
from registry.domain.audit_filters import Because
from registry.domain.events import Act, AuditEvent
from registry.domain.ids import Purpose
from registry.services import audit
from registry.services.auditing import Desk, Sight
from registry.services.trail import Trail
from registry.store.database import Database
from registry_formats.leaf import Group
from tests.databases import ScratchDatabase
from tests.logbook import MASTER, NOW, TAGS, new_trail, opened, seal, sign
from tests.openings import Opened, open_entries
from tests.questions import Window

BECAUSE = Because(Purpose.AUDIT_SAMPLE, "The yearly round.")


@dataclass(frozen=True, slots=True)
class Bureau:
    """The auditor's pool and the API's, and who sits there."""

    scratch: ScratchDatabase
    reads: Database
    writes: Database
    desk: Desk
    staff_id: UUID

    @asynccontextmanager
    async def sight(self, now: datetime = NOW, staff_id: UUID | None = None) -> AsyncIterator[Sight]:
        """Begin a request of an auditor."""
        act = Act(now, str(uuid4()), operator=str(staff_id or self.staff_id))
        async with self.reads.read() as reads, open_sight(reads, self.writes, act=act, desk=self.desk) as sight:
            yield sight

    @property
    def trail(self) -> Trail:
        return self.desk.trail

    def window(self) -> Window:
        """Return where members put their questions."""
        return Window.open(self.writes.write, self.trail)

    async def write(self, *events: tuple[AuditEvent, Act]) -> list[UUID]:
        """Write entries; return their ids."""
        async with self.writes.write() as session:
            return [one.id for one in await audit.record_all(session, events, trail=self.trail)]

    async def seal(self) -> None:
        """Put all entries into the tree, and sign it."""
        async with opened(self.scratch, "registry_worker") as worker:
            await seal(worker)
            await sign(worker)

    async def traces(self, action: str) -> list[dict[str, Any]]:
        """Open what the log says of this action, oldest first: org and content, with the tags."""
        entries = sorted(await open_entries(self.scratch), key=lambda one: (one.leaf.t_ms, one.leaf.writer_seq))
        return [trace(one) for one in entries if one.groups[Group.ORG].detail["action"] == action]


def trace(entry: Opened) -> dict[str, Any]:
    """Lay out an entry's details as one value."""
    org, content = entry.groups[Group.ORG].detail, entry.groups[Group.CONTENT].detail
    return {**org, **content, "tags": entry.groups[Group.SUBJECT].detail["tags"]}


@asynccontextmanager
async def bureau(scratch: ScratchDatabase) -> AsyncIterator[Bureau]:
    """Open an auditor's bureau."""
    async with opened(scratch, "registry_auditor") as reads, opened(scratch, "registry_api") as writes:
        trail = await new_trail(writes)
        offsets = {"cn": 480, "uk": 0}
        yield Bureau(scratch, reads, writes, Desk(trail, MASTER, TAGS, secrets.token_bytes, offsets), uuid4())


def tag(stored: bytes) -> bytes:
    """Blind a stored token."""
    return blind_tag(TAGS, stored)


@contextmanager
def statements(*databases: Database) -> Iterator[list[str]]:
    """Collect the statements that are sent."""
    sent: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    engines = [one._engine.sync_engine for one in databases]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", listen)
    try:
        yield sent
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", listen)
