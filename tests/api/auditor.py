"""An auditor over HTTP: signed in, before a sealed log in which a member has asked about somebody."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from registry.domain.staff import Role
from tests.api.asking import Asker, asker, question
from tests.databases import ScratchDatabase
from tests.logbook import opened, seal, sign
from tests.questions import PHONE
from tests.running import log_seed
from tests.staffing import make_staff

WHY = {"purpose": "Q5", "reason": "The yearly round."}
# What never was.
UNKNOWN = "01937d5e-8c00-7a10-8000-00000000ffff"


@dataclass(frozen=True, slots=True)
class Auditor:
    """An auditor who has signed in, a member that has asked, and a sealed log."""

    asker: Asker
    headers: dict[str, str]

    async def post(self, path: str, body: Any, **params: Any) -> httpx.Response:  # noqa: ANN401 - any body, also wrong ones
        url = f"/v1/audit/{path}"
        return await self.asker.api.client.post(url, json=body, params=params, headers=self.headers)

    async def get(self, path: str, **params: Any) -> httpx.Response:  # noqa: ANN401 - any parameter
        return await self.asker.api.client.get(f"/v1/audit/{path}", params=params, headers=self.headers)

    async def search(self, **wanted: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any filter
        answer = await self.post("searches", {**WHY, "filter": wanted})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["entries"]
        return found

    async def seal(self) -> None:
        """Put the log in order and sign it."""
        seed = log_seed(self.asker.api)
        async with opened(self.asker.database, "registry_worker") as worker:
            await seal(worker, seed=seed)
            await sign(worker, seed=seed)


@asynccontextmanager
async def auditing(database: ScratchDatabase, directory: Path) -> AsyncIterator[Auditor]:
    """Run an API, let a member ask about somebody, seal the log, hire an auditor; check the log at the end."""
    async with asker(database, directory) as alpha:
        await alpha.post(question("1", [PHONE]))
        ready = Auditor(alpha, await make_staff(alpha.api, Role.AUDITOR))
        await ready.seal()
        yield ready
