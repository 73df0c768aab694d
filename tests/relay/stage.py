"""A registry, a key operator and a relay in one process, with a network between them that tests can cut."""

import asyncio
import json
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from asgi_lifespan import LifespanManager
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.clock import real_time
from registry.domain.access import MemberKind
from registry.domain.ids import ReportState
from registry.keyholder import operator as key_operator
from registry.keyholder.operator import Operator
from registry.keys import load
from registry.relay import identity
from registry.relay.adapters import Adapter, FileAdapter, Unreachable
from registry.relay.app import Terms, create_app
from registry.relay.contacts import Contact, ContactKind
from registry.relay.letters import Written
from registry.relay.provider import Provider
from registry_client.tokens import Identifiers, Tokeniser
from registry_formats.cfr1 import Token
from registry_formats.manifest import Pins
from tests.databases import ScratchDatabase
from tests.recorded import Recorded, write_report
from tests.running import ISSUER, Platform, Running

PHONE, EMAIL = "+86 138 0013 8000", "Li.Lei@example.com"
OTHER = "+86 139 1111 2222"
RETURN_URL, HERE = "https://portal.example/me/proof", "http://relay.test"


class Wire(httpx.AsyncBaseTransport):
    """Reaches the API and, for tokens, the key operator behind it; `cut` holds the paths that do not answer."""

    def __init__(self, api: Running, operator: Operator) -> None:
        self._api = api.client._transport
        self._operator = operator
        self.cut: set[str] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path in self.cut or "*" in self.cut:
            raise httpx.ConnectError("cut", request=request)
        if path == "/v1/tokens/manifest":
            return httpx.Response(200, json=self._operator.manifest())
        if path == "/v1/tokens:evaluate":
            return httpx.Response(200, json=await asyncio.to_thread(self._operator.evaluate, request.content))
        return await self._api.handle_async_request(request)


@dataclass
class Postman:
    """An adapter that remembers how often it was asked, and fails with the contact in its message when told to."""

    files: FileAdapter
    failing: bool = False
    unreachable: bool = False
    tried: int = 0
    sent: int = 0
    channel: str = "file"
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event | None = None

    async def deliver(self, contact: Contact, letter: Written, *, notice_id: UUID) -> None:
        self.tried += 1
        if self.unreachable:
            raise Unreachable
        if self.failing:
            raise ConnectionError(f"550 no such user {contact.value}")
        self.waiting.set()
        if self.released is not None:
            await self.released.wait()
        await self.files.deliver(contact, letter, notice_id=notice_id)
        self.sent += 1


@dataclass
class Stage:
    """Everything a test of the relay needs."""

    api: Running
    database: ScratchDatabase
    alpha: Platform
    directory: Path
    wire: Wire
    operator: Operator
    pins: Pins
    postman: Postman
    reachable: Collection[ContactKind] = tuple(ContactKind)
    channels: dict[ContactKind, Adapter] = field(default_factory=dict)
    pauses: Sequence[float] = (3600.0,)
    ahead: float = 0.0
    provider: Provider | None = None
    provider_transport: httpx.AsyncBaseTransport | None = None
    app: Any = field(init=False)
    client: httpx.AsyncClient = field(init=False)

    @asynccontextmanager
    async def relay(self) -> AsyncIterator[None]:
        """Run the relay; again after the first time, it is a restart."""
        ways: dict[ContactKind, Adapter] = {**dict.fromkeys(self.reachable, self.postman), **self.channels}
        terms = Terms(
            ways,
            RETURN_URL,
            self.pauses,
            (0.0, 0.2),
            lambda: time.monotonic() + self.ahead,
            self.provider,
            HERE,
            self.provider_transport,
        )
        app = create_app(self.directory, issuer=ISSUER, clock=real_time, terms=terms, transport=self.wire)
        async with LifespanManager(app) as manager:
            self.app = manager.app
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=HERE) as self.client:
                yield

    async def file(self, *, state: ReportState = ReportState.SUBMITTED, **contacts: str) -> Recorded:
        """Put a report of the member into the registry, about the person with these contacts."""
        tokens = self.tokens(Identifiers(**(contacts or {"phone": PHONE})))
        pepper = load(self.api.settings.keys_path, []).peppers[1]
        owner, filed_at = self.database.dsn(), real_time() - timedelta(hours=1)
        whose = self.alpha.member.id
        return await write_report(owner, whose, tokens, filed_at=filed_at, pepper=pepper, state=state)

    def tokens(self, person: Identifiers) -> Sequence[Token]:
        """Tokenise as the member does, at the same operator."""
        key = self.alpha.key
        assert isinstance(key, Ed25519PrivateKey)
        tokeniser = Tokeniser(self.pins, str(self.alpha.member.id), key)
        now = real_time().timestamp()
        tokeniser.trust(self.operator.manifest(), now=int(now))
        work = tokeniser.prepare([person])
        asked = [tokeniser.request(batch, now_ms=int(now * 1000)) for batch in work.batches]
        answers = [self.operator.evaluate(json.dumps(one).encode()) for one in asked]
        (named,) = tokeniser.finish(work, answers)
        return [token for one in named for token in one.tokens]

    async def ask(
        self,
        report: Recorded,
        contact: str = PHONE,
        *,
        member: Platform | None = None,
        **changes: Any,  # noqa: ANN401 - JSON
    ) -> httpx.Response:
        """Ask the relay, as a member with a token for this alone."""
        headers = await (member or self.alpha).headers("notices:serve")
        body = {
            "report_id": str(report.id),
            "kind": "email" if "@" in contact else "phone",
            "contact": contact,
            "language": "en",
        }
        return await self.client.post("/v1/notices", json=body | changes, headers=headers)

    async def state(self, report: Recorded) -> dict[str, Any]:
        """Ask the registry how the notice of a report stands."""
        headers = await self.alpha.headers("reports:read")
        answer = await self.api.client.get(f"/v1/notices?report_id={report.id}", headers=headers)
        found: dict[str, Any] = answer.json()
        return found

    async def undelivered(self, report: Recorded, *, member: Platform | None = None) -> list[str]:
        """Ask the relay what became of the letters of a report that did not reach anybody."""
        headers = await (member or self.alpha).headers("notices:serve")
        answer = await self.client.get(f"/v1/notices?report_id={report.id}", headers=headers)
        assert answer.status_code == 200, answer.text
        return [one["state"] for one in answer.json()["undelivered"]]

    async def settled(self) -> str:
        """Wait until the last delivery is settled; return how."""
        while "outcome" not in self.journal[-1]:  # noqa: ASYNC110 - a file wakes nobody
            await asyncio.sleep(0.01)
        return str(self.journal[-1]["outcome"])

    @property
    def letters(self) -> list[str]:
        """The letters that left."""
        return [path.read_text() for path in sorted((self.directory / "letters").glob("*.txt"))]

    @property
    def journal(self) -> list[dict[str, Any]]:
        """The lines the relay keeps."""
        return [json.loads(line) for line in (self.directory / "journal.jsonl").read_text().splitlines()]

    @property
    def notices(self) -> set[UUID]:
        """The ids of the notices that the journal names."""
        return {UUID(line["notice"]) for line in self.journal}


@asynccontextmanager
async def stage(api: Running, database: ScratchDatabase, place: Path) -> AsyncIterator[Stage]:
    """Put everything together: two enrolled members, one of them the relay."""
    now, directory = real_time(), place / "relay"
    envelope = key_operator.init(place / "keyholder", api.settings.realm, epochs=[1], now=now)
    assert envelope
    operator = Operator(place / "keyholder", lambda: real_time() + timedelta(milliseconds=1))
    jwk = identity.create(directory, b"r" * 32)
    relay = await api.admit("Relay", key=Ed25519PrivateKey.from_private_bytes(b"r" * 32), kind=MemberKind.RELAY)
    assert jwk["kid"] == relay.kid
    alpha = await api.admit("Alpha")
    for one in (relay, alpha):
        key = one.key.public_key()
        key_operator.enrol(place / "keyholder", str(one.member.id), key.public_bytes_raw(), one.member.group, 10_000)  # type: ignore[union-attr]
    public = operator._ring.public
    pins = Pins(api.settings.realm, {"operator-1": public}, 1)
    identity.join(
        directory, relay.member.id, realm=api.settings.realm, operators={"operator-1": public.public_bytes_raw()}
    )
    postman = Postman(FileAdapter(directory / "letters"))
    try:
        yield Stage(api, database, alpha, directory, Wire(api, operator), operator, pins, postman)
    finally:
        operator.close()


def stored_forms(contact: str) -> set[str]:
    """Return the ways a contact could have been written somewhere: as typed, normalised, bare, in hex, in base64."""
    bare = contact.replace(" ", "").lower()
    plain = {contact, bare, bare.lstrip("+"), bare.removeprefix("+86")}
    texts = {form.encode() for form in plain}
    return plain | {form.hex() for form in texts} | {b64encode(form).decode().rstrip("=") for form in texts}
