"""The SDK against the registry itself: the real API on PostgreSQL, a real key operator, nothing in between but HTTP."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from registry.clock import real_time
from registry.keyholder import operator
from registry_client import (
    Band,
    Conflict,
    Identifiers,
    ItemRefused,
    NotFound,
    Purpose,
    Question,
    ScoreAnswer,
    SignInRefused,
    claim_reference,
)
from registry_formats.jws import PrivateKey
from tests.clients.whole import Whole, whole_registry
from tests.databases import ScratchDatabase

pytestmark = pytest.mark.anyio
BUYER = Identifiers(phone="+86 138 0013 8000", email="buyer@example.com")
CLAIM = claim_reference(bytes(32), "claim-1")


@pytest.fixture
async def whole(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Whole]:
    async with whole_registry(database, tmp_path) as started:
        yield started


@pytest.mark.parametrize("key", [None, ec.generate_private_key(ec.SECP256R1())], ids=["EdDSA", "ES256"])
async def test_a_member_signs_in_tokenises_asks_and_proves(whole: Whole, key: PrivateKey | None) -> None:
    async with await whole.client("Alpha", key=key) as client:
        answer = await client.query(BUYER, CLAIM)
        assert (answer.band, answer.score, answer.livemode) == (Band.NONE, 0, False)
        with pytest.raises(NotFound) as early:
            await client.prove(answer.receipt, within=0.5)
        assert early.value.code == "entry_not_sealed"
        await whole.seal()
        first = await client.prove(answer.receipt)
        again = await client.query(BUYER, CLAIM, Purpose.RESTRICTION_REVIEW)
        await whole.seal()
        assert (await client.prove(again.receipt)).size > first.size
        assert (await client.follow_log()).size > first.size


async def test_two_members_give_one_buyer_one_name(whole: Whole) -> None:
    async with await whole.client("Alpha") as alpha, await whole.client("Beta") as beta:
        tokens = await alpha.tokenise(BUYER)
        typed_otherwise = Identifiers(phone="138-0013-8000", region="CN", email="Buyer@EXAMPLE.com")
        assert tokens == await beta.tokenise(typed_otherwise)


async def test_a_claim_is_about_one_person(whole: Whole) -> None:
    async with await whole.client("Alpha") as client:
        await client.query(BUYER, CLAIM)
        with pytest.raises(Conflict) as refused:
            await client.query(Identifiers(email="other@example.com"), CLAIM, on_error="unknown")
        assert refused.value.code == "claim_ref_reused"
        assert refused.value.request_id


async def test_many_claims_are_asked_about_at_once(whole: Whole) -> None:
    other = Identifiers(email="other@example.com")
    async with await whole.client("Alpha") as client:
        await client.query(BUYER, CLAIM)
        asked = [Question(BUYER, CLAIM), Question(other, CLAIM), Question(other, claim_reference(bytes(32), "claim-2"))]
        first, second, third = await client.query_many(asked)
        assert isinstance(first, ScoreAnswer)
        assert (first.known, second, third.known) == (True, ItemRefused("claim_ref_reused"), True)
        await whole.seal()
        assert (await client.prove(first.receipt)).size


async def test_a_member_that_the_key_operator_does_not_know_gets_no_tokens(whole: Whole) -> None:
    async with await whole.client("Alpha") as client:
        operator.withdraw(whole.operator_directory, client._core.member_id)
        with pytest.raises(SignInRefused) as refused:
            await client.tokenise(BUYER)
        assert refused.value.code == "member_unknown"


async def test_a_sandbox_may_be_weeks_ahead(database: ScratchDatabase, tmp_path: Path) -> None:
    def later() -> datetime:
        return real_time() + timedelta(days=38)

    async with whole_registry(database, tmp_path, later) as whole, await whole.client("Alpha") as client:
        answer = await client.query(BUYER, CLAIM)
        await whole.seal()
        assert (await client.prove(answer.receipt)).size


async def test_no_identifier_ever_reaches_the_registry(whole: Whole) -> None:
    async with await whole.client("Alpha") as client:
        await client.query(BUYER, CLAIM)
    assert "13800138000" not in whole.api.log.getvalue()
    assert "buyer@example" not in whole.api.log.getvalue()
