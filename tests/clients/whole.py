"""A whole registry: the real API on PostgreSQL, a real key operator, and members with the SDK."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry import keys
from registry.clock import Clock, real_time
from registry.keyholder import operator
from registry.keyholder.app import build_app
from registry.keyholder.keys import Keyring
from registry.keys import KeyName
from registry_client import (
    AsyncClient,
    Options,
    Trust,
)
from registry_formats import base64url
from registry_formats.jws import PrivateKey
from tests.databases import ScratchDatabase
from tests.logbook import seal, sign
from tests.running import ISSUER, Running, running


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
        await seal(self.api.owner, seed=seed, now=self.clock())
        await sign(self.api.owner, seed=seed, now=self.clock())


@asynccontextmanager
async def key_operator(directory: Path, socket: Path) -> AsyncIterator[None]:
    operator.init(directory, "registry.test", epochs=[1], now=real_time())
    server = uvicorn.Server(uvicorn.Config(build_app(directory, real_time), uds=str(socket), log_config=None))
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        try:
            yield
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def whole_registry(database: ScratchDatabase, directory: Path, clock: Clock = real_time) -> AsyncIterator[Whole]:
    """Run all of it."""
    socket = directory / "operator.sock"
    async with (
        key_operator(directory / "operator", socket),
        running(database, directory, keyholder_url=f"unix:{socket}", clock=clock) as api,
    ):
        yield Whole(api, directory / "operator", clock)
