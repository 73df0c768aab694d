"""An auditor before a screen: a sealed log in which a member asked about somebody, and a reason given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from registry import desks, keys, masters
from registry.api.export_rounds import ExportRounds
from registry.api.export_stream import Office
from registry.domain.staff import Role
from tests.api.asking import Asker, asker, question
from tests.browsing import Browser, Page, signed_in
from tests.databases import ScratchDatabase
from tests.exporting import Unpacked, at_work
from tests.logbook import opened, seal, sign, superuser
from tests.questions import NOW, PHONE
from tests.running import log_seed

REASON = {"purpose": "Q5", "reason": "The yearly round."}


@dataclass(frozen=True, slots=True)
class Desk:
    """An auditor with a browser, and the log they read."""

    asker: Asker
    browser: Browser

    async def open(self, address: str) -> Page:
        """Open a page of the auditors."""
        return await self.browser.open(f"/console/audit{address}")

    async def send(self, page: Page, action: str, **typed: str) -> Page:
        """Send a form."""
        return await self.browser.send(page, action, **typed)

    async def seal(self) -> None:
        """Put the log in order and sign it."""
        seed = log_seed(self.asker.api)
        async with opened(self.asker.database, "registry_worker") as worker:
            await seal(worker, seed=seed)
            await sign(worker, seed=seed)

    async def traces(self, action: str) -> int:
        """Count the entries of an action."""
        async with superuser(self.asker.database) as connection:
            found = await connection.fetchval("SELECT count(*) FROM audit.entry WHERE action = $1", action)
            return int(found)

    async def entry(self, action: str) -> str:
        """Return the id of the newest entry of an action."""
        async with superuser(self.asker.database) as connection:
            newest = "SELECT id FROM audit.entry WHERE action = $1 ORDER BY id DESC LIMIT 1"
            return str(await connection.fetchval(newest, action))

    async def order(self, **typed: str) -> Page:
        """Order an export."""
        form = (await self.open("/exports")).form("/exports")
        return Page(await self.browser.client.post(form.action, data=form.fields | typed, follow_redirects=True))

    async def export(self, **typed: str) -> Unpacked:
        """Order an export, have it written, and fetch it."""
        page = await self.order(**typed)
        async with writing(self) as rounds:
            assert await rounds.round()
        answer = await self.browser.client.get(f"{page.answer.url.path}/file")
        assert answer.status_code == 200, answer.text
        return Unpacked.read(answer.content)


@asynccontextmanager
async def writing(desk: Desk, **changes: Any) -> AsyncIterator[ExportRounds]:  # noqa: ANN401 - of the rounds
    """Stand by to write exports, as a worker does, with checkpoints signed beside it."""
    api, scratch = desk.asker.api, desk.asker.database
    held = keys.load(api.settings.keys_path, keys.WORKER_KEYS, peppers=False)
    ours = desks.for_auditing(api.trail, masters.find(api.settings.master_key, api.settings.keys_path), held)
    async with opened(scratch, "registry_auditor") as reads, opened(scratch, "registry_worker") as writes:
        office = Office(reads, writes, ours, lambda: NOW + timedelta(seconds=5), api.settings.realm)
        async with at_work(scratch, log_seed(api)):
            yield ExportRounds(office, **changes)


@asynccontextmanager
async def at_desk(database: ScratchDatabase, directory: Path, *, language: str = "en") -> AsyncIterator[Desk]:
    """Run an API, let a member ask about somebody, seal the log, and let an auditor say why they read it."""
    async with asker(database, directory) as alpha:
        await alpha.post(question("1", [PHONE]))
        async with signed_in(alpha.api, Role.AUDITOR, language=language) as browser:
            desk = Desk(alpha, browser)
            await desk.seal()
            page = await desk.open("")
            await desk.send(page, "/reason", **REASON)
            yield desk
