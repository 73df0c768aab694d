"""Quotas are charged whole or not at all, whatever happens at the same time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from registry.errors import QuotaExceeded
from registry.store import members, quotas
from registry.store.database import Database
from tests.databases import ScratchDatabase
from tests.store.test_members import ALPHA

pytestmark = pytest.mark.anyio

DAY = date(2026, 11, 21)


@pytest.fixture
async def api(database: ScratchDatabase) -> AsyncIterator[Database]:
    owner = Database(database.url(), pool_size=2)
    async with owner.write() as session:
        await members.insert_group(
            session, group_id=ALPHA.group_id, name="Group", now=datetime(2026, 11, 21, tzinfo=UTC)
        )
        await members.insert_member(session, ALPHA)
    await owner.close()
    opened = Database(database.url("registry_api"), pool_size=8)
    yield opened
    await opened.close()


async def charge(api: Database, amount: int, limit: int = 10, quota: str = "queries", day: date = DAY) -> int:
    async with api.write() as session:
        return await quotas.charge(session, member_id=ALPHA.id, quota=quota, day=day, amount=amount, limit=limit)


async def used(api: Database, member_id: UUID = ALPHA.id, day: date = DAY) -> dict[str, int]:
    async with api.read() as session:
        return await quotas.used(session, member_id=member_id, day=day)


async def test_charges_add_up_to_the_limit_and_not_beyond(api: Database) -> None:
    assert [await charge(api, 4), await charge(api, 6)] == [4, 10]
    with pytest.raises(QuotaExceeded) as refused:
        await charge(api, 1)
    assert refused.value.facts == {"quota": "queries", "limit": 10}
    assert await used(api) == {"queries": 10}


async def test_a_charge_that_does_not_fit_takes_nothing(api: Database) -> None:
    for amount in (11, 10_000):
        with pytest.raises(QuotaExceeded):
            await charge(api, amount)
    assert await charge(api, 9) == 9
    with pytest.raises(QuotaExceeded):
        await charge(api, 2)
    assert await charge(api, 1) == 10


async def test_many_at_once_never_pass_the_limit(api: Database) -> None:
    results = await asyncio.gather(*(charge(api, 1, limit=15) for _ in range(30)), return_exceptions=True)
    assert sorted(result for result in results if isinstance(result, int)) == list(range(1, 16))
    assert sum(isinstance(result, QuotaExceeded) for result in results) == 15


async def test_each_quota_and_each_day_is_counted_by_itself(api: Database) -> None:
    await charge(api, 10)
    assert await charge(api, 10, quota="reports") == 10
    assert await charge(api, 10, day=date(2026, 11, 22)) == 10
    assert await used(api) == {"queries": 10, "reports": 10}
    assert await used(api, UUID(int=5)) == {}


async def test_what_is_rolled_back_is_not_charged(api: Database) -> None:
    with suppress(RuntimeError):
        async with api.write() as session:
            await quotas.charge(session, member_id=ALPHA.id, quota="queries", day=DAY, amount=5, limit=10)
            raise RuntimeError
    assert await used(api) == {}
