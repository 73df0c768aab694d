"""The SDK against the registry itself: the real API on PostgreSQL, a real key operator, nothing in between but HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry import keys
from registry.clock import Clock, real_time
from registry.crypto.checkpoint import SigningKey
from registry.keyholder import operator
from registry.keyholder.app import build_app
from registry.keyholder.keys import Keyring
from registry.keys import KeyName
from registry.services import log
from registry_client import (
    AsyncClient,
    Band,
    Conflict,
    Identifiers,
    ItemRefused,
    NotFound,
    Options,
    Purpose,
    Question,
    ScoreAnswer,
    SignInRefused,
    Trust,
    claim_reference,
)
from registry_formats import base64url
from registry_formats.jws import PrivateKey
from tests.databases import ScratchDatabase
from tests.running import ISSUER, Running, running

pytestmark = pytest.mark.anyio
BUYER = Identifiers(phone="+86 138 0013 8000", email="buyer@example.com")
CLAIM = claim_reference(bytes(32), "claim-1")


def raw(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


@dataclass(frozen=True, slots=True)
class Whole:
    """A registry with its key operator."""

    api: Running
    operator_directory: Path
    clock: Clock = real_time

    async def trust(self) -> Trust:
        """Believe the sandbox by its own word; the operator's key is known by another way."""
        await self.seal()
        description = (await self.api.client.get("/.well-known/registry")).json()
        ring = Keyring(self.operator_directory)
        public = ring.public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return Trust.from_discovery(description, {ring.operator: base64url.encode(public)})

    async def client(self, name: str, *, key: PrivateKey | None = None) -> AsyncClient:
        """Admit a member, enrol it with the key operator and give it a client."""
        platform = await self.api.admit(name, key=key)
        member = str(platform.member.id)
        request_key = Ed25519PrivateKey.generate()
        operator.enrol(self.operator_directory, member, raw(request_key), name, daily=1_000)
        transport = httpx.ASGITransport(self.api.client._transport.app)  # type: ignore[attr-defined]
        options = Options(request_key=request_key, registry_clock=lambda: self.clock().timestamp())
        return AsyncClient(ISSUER, member, platform.key, await self.trust(), options, transport)

    async def seal(self) -> None:
        """Do what the worker does every second."""
        seed = keys.load(self.api.settings.keys_path, [KeyName.LOG], peppers=False)[KeyName.LOG]
        async with self.api.owner.write() as session:
            await log.seal(session, realm="registry.test", now=self.clock())
        async with self.api.owner.write() as session:
            await log.sign(session, key_for=lambda origin: SigningKey(origin, seed), now=self.clock())


@asynccontextmanager
async def key_operator(directory: Path, socket: Path) -> AsyncIterator[None]:
    operator.init(directory, "registry.test", epochs=[1], now=real_time())
    server = uvicorn.Server(uvicorn.Config(build_app(directory, real_time), uds=str(socket), log_level="critical"))
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        try:
            yield
        finally:
            server.should_exit = True
            await serving


@pytest.fixture
async def whole(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Whole]:
    socket = tmp_path / "operator.sock"
    async with (
        key_operator(tmp_path / "operator", socket),
        running(database, tmp_path, keyholder_url=f"unix:{socket}") as api,
    ):
        yield Whole(api, tmp_path / "operator")


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

    socket = tmp_path / "operator.sock"
    async with (
        key_operator(tmp_path / "operator", socket),
        running(database, tmp_path, keyholder_url=f"unix:{socket}", clock=later) as api,
    ):
        whole = Whole(api, tmp_path / "operator", later)
        async with await whole.client("Alpha") as client:
            answer = await client.query(BUYER, CLAIM)
            await whole.seal()
            assert (await client.prove(answer.receipt)).size


async def test_no_identifier_ever_reaches_the_registry(whole: Whole) -> None:
    async with await whole.client("Alpha") as client:
        await client.query(BUYER, CLAIM)
    assert "13800138000" not in whole.api.log.getvalue()
    assert "buyer@example" not in whole.api.log.getvalue()
