"""Members that ask about people over HTTP, at a time that stands still."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from registry import keys, masters
from registry.api.hot import Shortcut
from registry.keys import KeyName
from registry.masters import Master
from registry_client.receipts import ReceiptBook
from registry_formats import base64url
from registry_formats.cfr1 import Token
from registry_formats.notes import VerifierKey
from tests.databases import ScratchDatabase
from tests.logbook import check_log
from tests.questions import NATIONAL_ID, NOW, PHONE, incident
from tests.recorded import Recorded, write_member
from tests.running import Platform, Running, log_seed, running

PATH = "/v1/scores:query"
MOMENT = int(NOW.timestamp() * 1000)


def claim(name: str) -> str:
    return base64url.encode(sha256(name.encode()).digest())


def question(name: str = "1", tokens: Sequence[Token] = (PHONE, NATIONAL_ID), **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field, also wrong ones
    """Write a good question, changed; None leaves a field out."""
    identifiers = [{"kind": one.kind.value, "tokens": [one.text]} for one in tokens]
    good = {"purpose": "Q1", "claim_ref": claim(name), "identifiers": identifiers}
    return {name: value for name, value in (good | changes).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Asker:
    """A member with its token."""

    api: Running
    database: ScratchDatabase
    platform: Platform
    headers: dict[str, str]

    async def post(self, body: object, path: str = PATH) -> httpx.Response:
        return await self.api.client.post(path, json=body, headers=self.headers)

    async def incident(self, tokens: Sequence[Token] = (PHONE, NATIONAL_ID)) -> Recorded:
        """Let another member have a record of somebody."""
        author: UUID = await write_member(self.database.dsn(), "The author")
        pepper = keys.load(self.api.settings.keys_path, []).peppers[1]
        return await incident(self.database, author, tokens, pepper=pepper)

    def book(self) -> ReceiptBook:
        """Open the book of receipts that this member keeps."""
        public = keys.load(self.api.settings.keys_path, [KeyName.RECEIPTS], peppers=False).public(KeyName.RECEIPTS)
        return ReceiptBook(str(self.platform.member.id), [VerifierKey("registry.test/receipts", public)])

    def master(self) -> Master:
        """Return what opens the details of the log."""
        return masters.find(None, self.api.settings.keys_path)

    def ordinary(self) -> None:
        """Take the shortcut away: from now on the framework serves everything."""
        shortcut: Any = self.api.app.middleware_stack
        while not isinstance(shortcut, Shortcut):
            shortcut = getattr(shortcut, "app", None) or shortcut._app
        shortcut._endpoints = {}


@asynccontextmanager
async def asker(
    database: ScratchDatabase,
    directory: Path,
    *,
    scope: str = "",
    claims_per_day: int = 1_000,
    **settings: Any,  # noqa: ANN401 - the fields of Settings
) -> AsyncIterator[Asker]:
    """Run an API, admit a member and sign it in; check the log at the end."""
    async with running(database, directory, clock=lambda: NOW, **settings) as api:
        platform = await api.admit("Alpha", claims_per_day=claims_per_day)
        yield Asker(api, database, platform, await platform.headers(scope))
    await check_log(database, seed=log_seed(api))
