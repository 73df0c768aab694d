"""Members, keys and used assertions, as the database keeps them."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.domain.access import PLATFORM_SCOPES, MemberKind
from registry.errors import NotFound
from registry.store import members
from registry.store.database import Database
from registry.store.members import ACTIVE, SUSPENDED, Member, MemberKey
from registry_formats import jwk
from tests.databases import ScratchDatabase

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALPHA = Member(
    id=UUID(int=1),
    group_id=UUID(int=9),
    group="Group",
    name="Alpha",
    pseudonym="m-23456789",
    kind=MemberKind.PLATFORM,
    status=ACTIVE,
    scopes=PLATFORM_SCOPES,
    policy="cn",
    claims_per_day=1000,
    created_at=NOW,
    suspended_at=None,
)


def key(seed: int, valid_from: datetime = NOW, valid_to: datetime | None = None) -> MemberKey:
    exported = jwk.export(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32).public_key())
    return MemberKey(exported["kid"], exported["alg"], exported, valid_from, valid_to)


@pytest.fixture
async def owner(database: ScratchDatabase) -> AsyncIterator[Database]:
    opened = Database(database.url(), pool_size=4)
    async with opened.write() as session:
        await members.insert_group(session, group_id=ALPHA.group_id, name="Group", now=NOW)
        await members.insert_member(session, ALPHA)
    yield opened
    await opened.close()


async def test_a_member_is_read_as_it_was_written(owner: Database) -> None:
    async with owner.read() as session:
        assert await members.get(session, member_id=ALPHA.id) == ALPHA
        assert await members.find_named(session, name="Alpha") == ALPHA
        assert await members.list_all(session) == [ALPHA]
        assert await members.find_named(session, name="Beta") is None
        assert await members.list_groups(session) == [(ALPHA.group_id, "Group")]
        with pytest.raises(NotFound, match="member_unknown"):
            await members.get(session, member_id=UUID(int=2))


async def test_keys_live_from_the_first_instant_to_before_the_last(owner: Database) -> None:
    ended, current = key(1, NOW - HOUR, NOW), key(2)
    async with owner.write() as session:
        for one in (ended, current):
            await members.insert_key(session, member_id=ALPHA.id, key=one)
        assert await members.list_keys(session, member_id=ALPHA.id) == [ended, current]
        live = await members.live_keys(session, member_id=ALPHA.id, now=NOW)
        before = await members.live_keys(session, member_id=ALPHA.id, now=NOW - HOUR)
    assert list(live) == [current.kid]
    assert list(before) == [ended.kid]
    assert jwk.export(live[current.kid]) == current.jwk


async def test_ending_keys_never_lengthens_one(owner: Database) -> None:
    soon, open_ended = key(1, NOW - HOUR, NOW + HOUR), key(2)
    async with owner.write() as session:
        for one in (soon, open_ended):
            await members.insert_key(session, member_id=ALPHA.id, key=one)
        await members.end_keys(session, member_id=ALPHA.id, valid_to=NOW + 2 * HOUR)
        ends = {one.kid: one.valid_to for one in await members.list_keys(session, member_id=ALPHA.id)}
    assert ends == {soon.kid: NOW + HOUR, open_ended.kid: NOW + 2 * HOUR}


async def test_the_barred_are_the_suspended_and_the_keys_that_ended_lately(owner: Database) -> None:
    long_ago, lately, later = key(1, NOW - 9 * HOUR, NOW - 8 * HOUR), key(2, NOW - HOUR, NOW), key(3, NOW, NOW + HOUR)
    async with owner.write() as session:
        for one in (long_ago, lately, later):
            await members.insert_key(session, member_id=ALPHA.id, key=one)
        barred = await members.barred(session, ended_after=NOW - HOUR, now=NOW)
        assert barred.members == frozenset()
        assert barred.keys == {(ALPHA.id, lately.kid)}
        await members.set_status(session, member_id=ALPHA.id, status=SUSPENDED, suspended_at=NOW)
        assert (await members.barred(session, ended_after=NOW, now=NOW)).members == {ALPHA.id}


async def test_an_assertion_is_used_once(owner: Database) -> None:
    for expected in (True, False, False):
        async with owner.write() as session:
            assert await members.use_assertion(session, jti_hash=bytes(32), expires_at=NOW) is expected


async def test_an_assertion_whose_transaction_failed_is_not_used(owner: Database) -> None:
    with suppress(RuntimeError):
        async with owner.write() as session:
            await members.use_assertion(session, jti_hash=bytes(32), expires_at=NOW)
            raise RuntimeError
    async with owner.write() as session:
        assert await members.use_assertion(session, jti_hash=bytes(32), expires_at=NOW)


@pytest.mark.parametrize("column", ["id", "name", "group_id", "kind", "policy", "scopes", "created_at"])
async def test_the_api_cannot_change_what_a_member_is(database: ScratchDatabase, column: str) -> None:
    api = Database(database.url("registry_api"), pool_size=2)
    try:
        async with api.write() as session:
            connection = await session.connection()
            with pytest.raises(Exception, match="permission denied"):
                await connection.exec_driver_sql(f"UPDATE member SET {column} = {column}")  # noqa: S608 - our own
    finally:
        await api.close()
