"""Tokens of suspended members and ended keys stop within five seconds, and a database that is away lets nobody in."""

import asyncio
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.api.standing import REFRESH_SECONDS, Standing
from registry.domain.access import Caller
from registry.errors import Unauthenticated, Unavailable
from registry.services import members
from registry.store.database import Database
from registry_formats import jwk
from tests.running import Platform, Running

pytestmark = pytest.mark.anyio


class Stopwatch:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def caller_of(platform: Platform) -> Caller:
    member = platform.member
    return Caller(member.id, member.group_id, member.scopes, member.policy, platform.kid)


async def refusal(standing: Standing, caller: Caller) -> str:
    with pytest.raises(Unauthenticated) as refused:
        await standing.check(caller)
    return refused.value.code


async def test_a_suspension_is_noticed_within_five_seconds(api: Running, alpha: Platform) -> None:
    elapsed = Stopwatch()
    standing = Standing(api.owner, elapsed=elapsed)
    await standing.check(caller_of(alpha))
    async with api.owner.write() as session:
        await members.suspend(session, alpha.member.id, act=api.act(), trail=api.trail)
    elapsed.seconds += REFRESH_SECONDS + 0.1
    assert elapsed.seconds - 1000 < 5
    assert await refusal(standing, caller_of(alpha)) == "access_token_revoked"


async def test_a_token_of_a_key_that_ended_at_once_stops(api: Running, alpha: Platform) -> None:
    fresh = jwk.export(Ed25519PrivateKey.generate().public_key())
    async with api.owner.write() as session:
        await members.rotate_key(session, alpha.member.id, fresh, overlap=timedelta(0), act=api.act(), trail=api.trail)
    assert await refusal(Standing(api.owner), caller_of(alpha)) == "access_token_revoked"


async def test_during_an_overlap_both_keys_work(api: Running, alpha: Platform) -> None:
    fresh = Ed25519PrivateKey.generate()
    exported = jwk.export(fresh.public_key())
    async with api.owner.write() as session:
        await members.rotate_key(
            session, alpha.member.id, exported, overlap=timedelta(hours=1), act=api.act(), trail=api.trail
        )
    for platform in (alpha, Platform(alpha.member, fresh, alpha.client)):
        who = await api.client.get("/v1/whoami", headers=await platform.headers())
        assert who.json()["key_id"] == platform.kid


async def test_the_list_is_read_once_for_many_requests(api: Running, alpha: Platform) -> None:
    elapsed = Stopwatch()
    standing = Standing(api.owner, elapsed=elapsed)
    await standing.check(caller_of(alpha))
    await api.owner.close()
    for _ in range(100):
        await standing.check(caller_of(alpha))
    assert standing._read_at == elapsed.seconds


async def test_without_a_database_nobody_is_let_in(api: Running, alpha: Platform) -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nowhere", pool_size=2)
    with pytest.raises(Unavailable) as refused:
        await Standing(nowhere).check(caller_of(alpha))
    assert refused.value.code == "database_unavailable"
    await nowhere.close()


async def test_all_who_wait_share_one_attempt_and_its_failure(api: Running, alpha: Platform) -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nowhere", pool_size=2)
    standing = Standing(nowhere)
    began = time.monotonic()
    results = await asyncio.gather(*(standing.check(caller_of(alpha)) for _ in range(200)), return_exceptions=True)
    assert all(isinstance(result, Unavailable) for result in results)
    assert time.monotonic() - began < 3
    await nowhere.close()


async def test_a_caller_that_gives_up_does_not_take_the_attempt_with_it(api: Running, alpha: Platform) -> None:
    standing = Standing(api.owner)
    impatient = asyncio.create_task(standing.check(caller_of(alpha)))
    patient = asyncio.create_task(standing.check(caller_of(alpha)))
    await asyncio.sleep(0)
    impatient.cancel()
    await patient
    with suppress(asyncio.CancelledError):
        await impatient
    assert impatient.cancelled()
