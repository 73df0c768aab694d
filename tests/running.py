"""A whole API over ASGI, with members that sign in: what tests of the HTTP edge build on."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
from asgi_lifespan import LifespanManager
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import APIRouter, FastAPI
from pydantic import SecretStr

from registry import keys, masters
from registry.api.edge import Edge
from registry.app import equip, open_trail
from registry.clock import Clock, real_time
from registry.domain.events import Act
from registry.keys import KeyName
from registry.logs import configure
from registry.routes import routes
from registry.services import members
from registry.services.members import Application
from registry.services.trail import Trail
from registry.settings import Mode, Settings
from registry.store.database import Database
from registry.store.members import Member
from registry_formats import jwk
from registry_formats.jws import PrivateKey
from tests.databases import ScratchDatabase
from tests.telling import Beside

ISSUER = "http://registry.test"
LOGINS = {"": "api", "auditor_": "auditor"}
# By address and router; an application holds its router, whose id so stays its own.
_SHARED: dict[tuple[str, int], FastAPI] = {}
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Platform:
    """A member with its private key."""

    member: Member
    key: PrivateKey
    client: httpx.AsyncClient

    @property
    def kid(self) -> str:
        return jwk.export(self.key.public_key())["kid"]

    def claims(self, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - claims of any kind, also wrong ones
        """Return the claims of a good assertion, changed; None leaves one out."""
        who, now = str(self.member.id), int(time.time())
        good = {"iss": who, "sub": who, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": uuid4().hex}
        return {name: value for name, value in (good | changes).items() if value is not None}

    def assertion(self, **changes: Any) -> str:  # noqa: ANN401 - likewise
        """Sign an assertion."""
        algorithm = "EdDSA" if isinstance(self.key, Ed25519PrivateKey) else "ES256"
        return jwt.encode(self.claims(**changes), self.key, algorithm=algorithm, headers={"kid": self.kid})

    async def sign_in(self, assertion: str | None = None, **form: str) -> httpx.Response:
        """Ask for an access token."""
        good = {
            "grant_type": "client_credentials",
            "client_assertion_type": JWT_BEARER,
            "client_assertion": assertion or self.assertion(),
        }
        return await self.client.post("/oauth/token", data=good | form)

    async def headers(self, scope: str = "") -> dict[str, str]:
        """Sign in and return the headers of a signed-in request."""
        answer = await self.sign_in(**({"scope": scope} if scope else {}))
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@dataclass(frozen=True, slots=True)
class Running:
    """A running API and the operator's access beside it."""

    app: FastAPI
    client: httpx.AsyncClient
    settings: Settings
    owner: Database
    trail: Trail
    log: StringIO
    edge: Edge | None = None

    async def look_anew(self) -> None:
        """Forget what the API believes for some seconds, as if they were over: who is barred, how far the log is."""
        assert self.edge is not None
        self.edge.standing._read_at = -math.inf
        await self.edge.log_door.look()

    def act(self) -> Act:
        """Act as the operator, at the real time: keys and sign-in know no other."""
        return Act(real_time(), str(uuid4()), operator="tests")

    async def admit(self, name: str = "Alpha", *, key: PrivateKey | None = None, **application: Any) -> Platform:  # noqa: ANN401 - the fields of Application
        """Admit a member; its group is its own unless `group` says otherwise."""
        secret = key or Ed25519PrivateKey.generate()
        wish = {"name": name, "group": f"{name} group", "jwk": jwk.export(secret.public_key())} | application
        async with self.owner.write() as session:
            member = await members.add(session, Application(**wish), act=self.act(), trail=self.trail)
        return Platform(member, secret, self.client)


def log_seed(api: Running) -> bytes:
    """Return the secret that the log of this API is signed with."""
    return keys.load(api.settings.keys_path, [KeyName.LOG], peppers=False)[KeyName.LOG]


@asynccontextmanager
async def running(
    database: ScratchDatabase,
    directory: Path,
    *,
    clock: Clock | None = None,
    also: APIRouter | None = None,
    **settings: object,
) -> AsyncIterator[Running]:
    """Run the API on a scratch database, as the role it has in production, with fresh keys.

    Args:
        also: a router of the test's own.
    """
    place = directory / "keys"
    keys.generate(place, [*KeyName, keys.pepper_name(1)])
    given: dict[str, Any] = {
        "mode": Mode.SANDBOX,
        "realm": "registry.test",
        "public_url": ISSUER,
        "data_dir": directory,
        "keys_dir": place,
    } | settings
    logins: dict[str, Any] = {
        f"{name}database_url": SecretStr(database.url(f"registry_{who}")) for name, who in LOGINS.items()
    }
    chosen = Settings(**logins, **given)
    owner = Database(database.url(), pool_size=2)
    app = _routes(chosen.public_url, also)
    equip(app, chosen, clock=clock, launch=Beside)
    # It is put together anew with the first request, in the event loop of this test.
    app.middleware_stack = None
    log = StringIO()
    configure("debug", log)
    try:
        trail = await open_trail(
            owner, keys.load(place, keys.API_KEYS), masters.find(chosen.master_key, place), process="tests"
        )
        async with LifespanManager(app) as manager:
            transport = httpx.ASGITransport(manager.app, client=("192.0.2.1", 50000))
            hooks = {"response": [_next_turn]}
            async with httpx.AsyncClient(transport=transport, base_url=ISSUER, event_hooks=hooks) as client:
                yield Running(app, client, chosen, owner, trail, log, manager._state["edge"])
    finally:
        await owner.close()


def _routes(public_url: str, also: APIRouter | None) -> FastAPI:
    """Share what the framework works out at the first requests of an application: up to a second of each test."""
    name = (public_url, id(also))
    if name not in _SHARED:
        _SHARED[name] = routes(public_url)
        if also is not None:
            _SHARED[name].include_router(also)
    return _SHARED[name]


async def _next_turn(_: httpx.Response) -> None:
    """Let the access lines of this turn of the event loop be written, so that a test finds them."""
    await asyncio.sleep(0)
