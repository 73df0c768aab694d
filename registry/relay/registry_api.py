"""What the relay says to the registry over HTTP, signed in with its own key (`private_key_jwt`, RFC 7523)."""

import time
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import jwt
from pydantic import BaseModel, ValidationError

from registry.clock import real_time
from registry.domain.letters import Letter, Outcome
from registry.errors import Conflict, RegistryError, Unavailable
from registry.relay.contacts import ContactKind
from registry.relay.identity import Identity
from registry.relay.journal import Delivered

_ASSERTION_SECONDS = 60
_RENEWED_SECONDS = 60
_TIMEOUT = httpx.Timeout(10.0)
_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SCOPE = "notices:record tokens:evaluate"
_UNAUTHORIZED, _CONFLICT, _REFUSED = 401, 409, 400
# Refusals that no repetition changes; all others may pass.
_FINAL = frozenset({"contact_not_on_report", "report_step_refused", "served_at_refused"})


class Match(BaseModel):
    """The registry's answer: `served_at` for a contact served before, `letter` for one that is due."""

    livemode: bool
    outcome: Outcome
    served_at: datetime | None
    letter: Letter | None
    appeal_url: str


class RegistryApi:
    """A connection to the registry.

    Args:
        issuer: the registry's identifier and address.
        identity: who the relay signs in as.
        transport: another way to reach it, for tests.

    Every method raises Unavailable `registry_unavailable` when the registry does not answer or refuses the relay.
    """

    def __init__(self, issuer: str, identity: Identity, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._issuer = issuer
        self._identity = identity
        self._http = httpx.AsyncClient(base_url=issuer, transport=transport, timeout=_TIMEOUT)
        self._token, self._renew_at = "", float("-inf")

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def signing_keys(self) -> list[dict[str, Any]]:
        """Return the keys (JWKs) that sign the registry's access tokens."""
        keys = (await self._send("GET", "/.well-known/jwks.json")).get("keys")
        if not isinstance(keys, list):
            raise Unavailable("registry_unavailable")
        return keys

    async def manifest(self) -> dict[str, Any]:
        """Return the key operators' manifest as they signed it."""
        return await self._send("GET", "/v1/tokens/manifest")

    async def evaluate(self, request: dict[str, Any]) -> dict[str, Any]:
        """Have blinded elements evaluated."""
        return await self._signed_in("/v1/tokens:evaluate", request)

    async def match(self, report_id: UUID, member_id: UUID, kind: ContactKind, tokens: tuple[str, ...]) -> Match:
        """Ask whether these tokens of one contact are on this report of this member."""
        asked = {
            "report_id": str(report_id),
            "member_id": str(member_id),
            "kind": kind.value,
            "tokens": list(tokens),
        }
        try:
            return Match.model_validate(await self._signed_in("/v1/notices:match", asked))
        except ValidationError:
            raise Unavailable("registry_unavailable") from None

    async def record(self, delivered: Delivered) -> datetime:
        """Report a delivery, as often as needed; return when the registry says this contact was first served.

        The notice's id is the key under which it counts once.

        Raises:
            Conflict: the registry refuses this delivery for ever; the code is the registry's.
        """
        told = {
            "report_id": str(delivered.report_id),
            "kind": delivered.kind.value,
            "channel": delivered.channel,
            "tokens": list(delivered.tokens),
            "served_at": delivered.served_at.isoformat(),
        }
        answer = await self._signed_in("/v1/notices", told, {"Idempotency-Key": str(delivered.notice_id)})
        try:
            return datetime.fromisoformat(answer["served_at"])
        except (KeyError, TypeError, ValueError):
            raise Unavailable("registry_unavailable") from None

    async def bounced(self, delivered: Delivered) -> None:
        """Report that a letter came back. Unavailable `registry_unavailable`; the sender may repeat it."""
        told = {
            "report_id": str(delivered.report_id),
            "kind": delivered.kind.value,
            "tokens": list(delivered.tokens),
        }
        # Its own key: the one of the delivery stands for the delivery.
        key = {"Idempotency-Key": f"bounce-{delivered.notice_id}"}
        with suppress(Conflict):  # what the registry never heard of as delivered needs no taking back
            await self._signed_in(f"/v1/notices/{delivered.notice_id}:bounced", told, key)

    async def _signed_in(
        self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        sent = {"Authorization": f"Bearer {await self._access_token()}", **(headers or {})}
        return await self._send("POST", path, json=body, headers=sent)

    async def _access_token(self) -> str:
        if time.monotonic() < self._renew_at:
            return self._token
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _JWT_BEARER,
            "client_assertion": self._assertion(),
            "scope": _SCOPE,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await self._send("POST", "/oauth/token", content=urlencode(form), headers=headers)
        self._token = str(answer.get("access_token"))
        lifetime = answer.get("expires_in")
        self._renew_at = time.monotonic() + (lifetime if isinstance(lifetime, int) else 0) - _RENEWED_SECONDS
        return self._token

    def _assertion(self) -> str:
        who, now = str(self._identity.member_id), int(real_time().timestamp())
        claims = {"iss": who, "sub": who, "aud": self._issuer, "iat": now, "jti": uuid4().hex}
        claims["exp"] = now + _ASSERTION_SECONDS
        return jwt.encode(claims, self._identity.key, algorithm="EdDSA", headers={"kid": self._identity.kid})

    async def _send(self, method: str, path: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - httpx's own
        try:
            answer = await self._http.request(method, path, **request)
            content = answer.json()
        except (httpx.HTTPError, ValueError):
            raise Unavailable("registry_unavailable") from None
        if answer.status_code >= _REFUSED or not isinstance(content, dict):
            raise self._refusal(answer.status_code, content)
        return content

    def _refusal(self, status: int, content: object) -> RegistryError:
        if status == _UNAUTHORIZED:
            self._renew_at = float("-inf")  # a token that was revoked is not shown twice
        code = content.get("code") if isinstance(content, dict) else None
        if status == _CONFLICT and code in _FINAL:
            return Conflict(str(code))
        return Unavailable("registry_unavailable")
