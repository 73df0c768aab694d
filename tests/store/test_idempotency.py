"""Keys of requests: one transaction at a time works under one, and what it answered stays."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from registry.errors import Conflict
from registry.store import idempotency, members
from registry.store.database import Database
from registry.store.idempotency import Done
from tests.databases import ScratchDatabase
from tests.store.test_members import ALPHA

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 21, tzinfo=UTC)
DONE = Done(bytes(32), 201, b'{"id":"1"}')
KEY = "0123456789abcdef"


@pytest.fixture
async def api(database: ScratchDatabase) -> AsyncIterator[Database]:
    owner = Database(database.url(), pool_size=2)
    async with owner.write() as session:
        await members.insert_group(session, group_id=ALPHA.group_id, name="Group", now=NOW)
        await members.insert_member(session, ALPHA)
    await owner.close()
    opened = Database(database.url("registry_api"), pool_size=4)
    yield opened
    await opened.close()


async def test_an_answer_is_found_again_byte_for_byte(api: Database) -> None:
    async with api.write() as session:
        assert await idempotency.claim(session, member_id=ALPHA.id, key=KEY) is None
        await idempotency.remember(session, member_id=ALPHA.id, key=KEY, done=DONE, now=NOW)
    async with api.write() as session:
        assert await idempotency.claim(session, member_id=ALPHA.id, key=KEY) == DONE
        assert await idempotency.claim(session, member_id=ALPHA.id, key=KEY + "0") is None


async def test_while_one_works_under_a_key_another_is_told_to_wait(api: Database) -> None:
    async with api.write() as first:
        await idempotency.claim(first, member_id=ALPHA.id, key=KEY)
        with pytest.raises(Conflict, match="idempotency_in_flight"):
            async with api.write() as second:
                await idempotency.claim(second, member_id=ALPHA.id, key=KEY)
    async with api.write() as third:
        assert await idempotency.claim(third, member_id=ALPHA.id, key=KEY) is None


async def test_a_transaction_that_fails_leaves_neither_key_nor_answer(api: Database) -> None:
    with suppress(RuntimeError):
        async with api.write() as session:
            await idempotency.claim(session, member_id=ALPHA.id, key=KEY)
            await idempotency.remember(session, member_id=ALPHA.id, key=KEY, done=DONE, now=NOW)
            raise RuntimeError
    async with api.write() as session:
        assert await idempotency.claim(session, member_id=ALPHA.id, key=KEY) is None
