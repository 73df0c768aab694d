"""What a client reads as done is done: the transaction commits before the first byte of the answer leaves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest
from asgi_lifespan import LifespanManager
from fastapi import APIRouter, Response
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from registry.api.deps import MemberReader, Writes
from registry.api.idempotency import Once
from tests.databases import ScratchDatabase
from tests.running import ISSUER, Platform, Running, running

pytestmark = pytest.mark.anyio

router = APIRouter(prefix="/test")
CHARGE = "INSERT INTO quota_use (member_id, quota, day, used) VALUES ($1, 'test', current_date, 1)"


class Done(BaseModel):
    done: bool


@router.post("/plain")
async def plain(caller: MemberReader, session: Writes) -> Done:
    await (await session.connection()).exec_driver_sql(CHARGE, (caller.member_id,))
    return Done(done=True)


@router.post("/once", response_model=Done)
async def once(caller: MemberReader, once: Once) -> Response:
    await (await once.session.connection()).exec_driver_sql(CHARGE, (caller.member_id,))
    return await once.answer(200, Done(done=True))


class Watch:
    """Asks the database, over another connection, what is committed when the answer begins."""

    def __init__(self, app: ASGIApp, dsn: str, question: str) -> None:
        self._app = app
        self._dsn = dsn
        self._question = question
        self.committed: list[int] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                connection = await asyncpg.connect(self._dsn)
                self.committed.append(await connection.fetchval(self._question))
                await connection.close()
            await send(message)

        await self._app(scope, receive, watched)


@asynccontextmanager
async def watching(api: Running, database: ScratchDatabase, question: str) -> AsyncIterator[tuple[Watch, Platform]]:
    alpha = await api.admit("Alpha")
    async with LifespanManager(api.app) as manager:
        watch = Watch(manager.app, database.dsn(), question)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(watch), base_url=ISSUER) as client:
            yield watch, Platform(alpha.member, alpha.key, client)


@pytest.fixture
async def api(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database, tmp_path, also=router) as started:
        yield started


@pytest.mark.parametrize("path", ["/test/plain", "/test/once"])
async def test_a_fact_is_committed_before_its_answer_begins(api: Running, database: ScratchDatabase, path: str) -> None:
    async with watching(api, database, "SELECT count(*) FROM quota_use WHERE quota = 'test'") as (watch, alpha):
        headers = await alpha.headers() | {"Idempotency-Key": str(uuid4())}
        answer = await alpha.client.post(path, headers=headers)
    assert answer.json() == {"done": True}
    assert watch.committed == [0, 1]


async def test_a_used_assertion_and_its_trace_are_committed_before_the_token_leaves(
    api: Running, database: ScratchDatabase
) -> None:
    question = "SELECT (SELECT count(*) FROM assertion_seen) + (SELECT count(*) FROM audit.entry WHERE type = 13)"
    async with watching(api, database, question) as (watch, alpha):
        assert (await alpha.sign_in()).status_code == 200
    assert watch.committed == [2]


async def test_the_trace_of_a_denial_is_committed_before_the_denial_leaves(
    api: Running, database: ScratchDatabase
) -> None:
    async with watching(api, database, "SELECT count(*) FROM audit.entry WHERE type = 9") as (watch, alpha):
        headers = await alpha.headers("scores:query")
        assert (await alpha.client.get("/v1/whoami", headers=headers)).status_code == 403
    assert watch.committed == [0, 1]
