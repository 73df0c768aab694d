"""What is known of people: how the database goes about it."""

from collections.abc import AsyncIterator
from secrets import token_bytes
from uuid import uuid4

import pytest
from sqlalchemy import text

from registry.clock import real_time
from registry.store.database import Database
from registry.store.known import look_up
from registry.store.quick import QuickSession
from registry.store.scores import ClaimRow, bind
from tests.databases import ScratchDatabase
from tests.recorded import write_member

# More often than PostgreSQL hesitates before it keeps a plan.
OFTEN = 7
pytestmark = pytest.mark.anyio
_PREPARED = text(
    "SELECT name, cardinality(parameter_types) AS parameters, custom_plans, generic_plans FROM pg_prepared_statements "
    "WHERE statement ~ '^\\s*(WITH (told|held) |SELECT claim.)'"
)


@pytest.fixture
async def planning_once(database: ScratchDatabase) -> AsyncIterator[Database]:
    opened = Database(database.url("registry_api"), pool_size=1, plan_once=True)
    yield opened
    await opened.close()


async def test_the_hot_path_plans_each_statement_once_and_by_index_even_before_there_is_anything_to_find(
    database: ScratchDatabase, planning_once: Database
) -> None:
    member_id = await write_member(database.dsn(), "Alpha")
    for _ in range(OFTEN):
        async with planning_once.quick() as session:
            claims = [ClaimRow(member_id, token_bytes(32), 1, token_bytes(32), real_time())]
            assert await bind(session, claims) == {}
            assert len(await bind(session, claims)) == 1
            known = await look_up(session, tokens=[token_bytes(32)], reports=[uuid4()])
            assert not known.incidents
    async with planning_once.quick() as session:
        prepared = await session.execute(_PREPARED)
        assert {(one.custom_plans, one.generic_plans) for one in prepared} == {(0, OFTEN), (0, 2 * OFTEN)}
        plans = [await _plan(session, one.name, one.parameters) for one in prepared]
    assert len(plans) == 3
    assert not [plan for plan in plans if "Seq Scan" in plan]


async def _plan(session: QuickSession, name: str, parameters: int) -> str:
    given = ", ".join(["NULL"] * parameters)
    return "\n".join(line[0] for line in await session.execute(text(f'EXPLAIN EXECUTE "{name}" ({given})')))
