"""People who prove control of a contact to the portal's JSON twins, as the relay's assertions let them."""

import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx

from registry.clock import real_time
from registry.domain.filings import Identifier
from registry.domain.ids import IdentifierKind
from registry_formats import assertions, cfr1, jws
from registry_formats.assertions import Assertion, nonce_of
from registry_formats.cfr1 import Kind
from registry_formats.jws import PrivateKey
from tests.filings import token
from tests.reporting import Town
from tests.running import ISSUER, Platform

AUDIENCE = f"{ISSUER}/me/proof"


def identifiers(*kinds: str, number: int = 1) -> tuple[Identifier, ...]:
    """Name a person in a filing by contacts and others, each known on the day of the act."""
    known = (date(2026, 1, 5), date(2026, 10, 20))
    return tuple(Identifier(IdentifierKind(kind), (token(kind, number),), *known) for kind in kinds)


def proof(
    relay: Platform,
    kind: str,
    number: int = 1,
    *,
    key: PrivateKey | None = None,
    kid: str | None = None,
    **changes: Any,  # noqa: ANN401 - fields of an assertion, also wrong ones
) -> dict[str, str]:
    """Write what the relay hands over after a code was typed in, with the secret of the sitting."""
    secret = secrets.token_urlsafe(32)
    good: dict[str, Any] = {
        "assertion_id": uuid4(),
        "relay_id": relay.member.id,
        "audience": AUDIENCE,
        "nonce": nonce_of(secret),
        "kind": Kind(kind),
        "tokens": (cfr1.parse(token(kind, number)),),
        "issued_at": int(real_time().timestamp()),
    }
    stated = Assertion(**(good | changes))
    return {"assertion": assertions.sign(stated, key=key or relay.key, kid=kid or relay.kid), "secret": secret}


def unsigned(compact: str) -> dict[str, Any]:
    """Read what an assertion states."""
    return jws.payload(compact)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a session."""

    town: Town
    headers: dict[str, str]
    session: dict[str, Any]

    async def get(self, path: str) -> httpx.Response:
        return await self.town.api.client.get(f"/v1/me/{path}", headers=self.headers)

    async def post(self, path: str, body: object = None) -> httpx.Response:
        return await self.town.api.client.post(f"/v1/me/{path}", json=body, headers=self.headers)

    async def put(self, path: str, body: object) -> httpx.Response:
        return await self.town.api.client.put(f"/v1/me/{path}", json=body, headers=self.headers)

    async def leave(self) -> httpx.Response:
        return await self.town.api.client.delete("/v1/me/sessions/current", headers=self.headers)

    async def file(self) -> dict[str, Any]:
        """Read one's own file."""
        answer = await self.get("file")
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        found: dict[str, Any] = answer.json()
        return found


async def knock(town: Town, *proofs: dict[str, str], **acting: str) -> httpx.Response:
    """Ask for a session."""
    body: dict[str, Any] = {"proofs": list(proofs)} | ({"acting": acting} if acting else {})
    return await town.api.client.post("/v1/me/sessions", json=body)


async def person(town: Town, *kinds: str, number: int = 1, **acting: str) -> Person:
    """Prove control of contacts of these kinds."""
    return _entered(town, await knock(town, *(proof(town.relay, kind, number) for kind in kinds), **acting))


async def by_link(town: Town, secret: str) -> Person:
    """Open a member's link."""
    return _entered(town, await town.api.client.post("/v1/me/sessions:link", json={"secret": secret}))


def _entered(town: Town, answer: httpx.Response) -> Person:
    assert answer.status_code == 201, answer.text
    session: dict[str, Any] = answer.json()
    return Person(town, {"Authorization": f"Bearer {session['bearer']}"}, session)


async def served(town: Town, report_id: str, *, to: str = "phone", days: int = 7) -> None:
    """Serve the registry's notice and let days pass."""
    await town.serve(report_id, to)
    await town.pass_days(days)


def ids(found: dict[str, Any]) -> set[UUID]:
    """Name the records of a file."""
    return {UUID(one["report_id"]) for one in found["records"]}
