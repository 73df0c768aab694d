"""The provider that staff may sign in by: OpenID Connect Core 1.0, the code flow (section 3.1) with PKCE (RFC 7636).

Of what it says only the subject is used. The key decides the algorithm, so neither `none` nor a public key used as a
secret ever gets as far as a check.
"""

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from registry.errors import Misconfigured, Unauthenticated, Unavailable
from registry.services.staff import Trip

_SECONDS, _MOST = 5.0, 65_536
_KEPT, _PAUSE = 600.0, 60.0
_LEEWAY = 60
_ALGORITHMS = ["ES256", "Ed25519", "PS256", "RS256"]
_KINDS = frozenset({"EC", "OKP", "RSA"})
_RSA_BITS = 2_048
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Terms:
    """Who is believed, and as whom the registry is known there.

    Args:
        name: as people know it.
        issuer: exactly as its id_tokens have it; its description lies below it (OpenID Connect Discovery 1.0).
        client_id: of the registry.
        secret: what the registry proves itself with there.
    """

    name: str
    issuer: str
    client_id: str
    secret: str = field(repr=False)

    @classmethod
    def parse(cls, text: str, secret: str) -> "Terms":
        """Read the setting. Misconfigured `provider_invalid`."""
        try:
            terms = cls(**{name: str(value) for name, value in json.loads(text).items()}, secret=secret)
        except (ValueError, TypeError, AttributeError):
            message = "REGISTRY_STAFF_OIDC is JSON with name, issuer and client_id."
            raise Misconfigured("provider_invalid", message) from None
        if not _is_safe(terms.issuer):
            raise Misconfigured("provider_invalid", "The issuer in REGISTRY_STAFF_OIDC must begin with https:.")
        return terms


class Provider:
    """The way to one provider.

    Args:
        here: where it sends people back to.
        elapsed: a clock that never jumps, in seconds.
    """

    def __init__(self, terms: Terms, *, here: str, elapsed: Callable[[], float] = time.monotonic) -> None:
        self.name = terms.name
        self.issuer = terms.issuer
        self._terms = terms
        self._here = here
        self._elapsed = elapsed
        self._description: Mapping[str, str] = {}
        self._keys = KeySet([])
        self._fetched: float | None = None

    async def way(self, trip: Trip) -> str:
        """Return where somebody signs in. Unavailable `provider_away`."""
        await self._learn()
        return str(
            prepare_grant_uri(
                self._description["authorization_endpoint"],
                self._terms.client_id,
                "code",
                redirect_uri=self._here,
                scope="openid",
                state=trip.state,
                nonce=trip.nonce,
                code_challenge=create_s256_code_challenge(trip.verifier),
                code_challenge_method="S256",
            )
        )

    async def subject(self, code: str, trip: Trip, *, now: datetime) -> str:
        """Change a code for an id_token, check it, and return who that is there.

        Errors: Unauthenticated `provider_refused`, whatever is wrong; Unavailable `provider_away`.
        """
        await self._learn()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._here,
            "code_verifier": trip.verifier,
        }
        auth = httpx.BasicAuth(self._terms.client_id, self._terms.secret)
        told = await self._ask("POST", self._description["token_endpoint"], data=form, auth=auth)
        try:
            return await self._verified(str(told["id_token"]), trip, now)
        except (JoseError, KeyError, ValueError, TypeError):
            raise Unauthenticated("provider_refused") from None

    async def _verified(self, id_token: str, trip: Trip, now: datetime) -> str:
        try:
            token = jwt.decode(id_token, self._keys, algorithms=_ALGORITHMS)
        except (JoseError, ValueError):
            # It may be signed with a key that is newer than what was read.
            if self._age() < _PAUSE:
                raise
            await self._learn(again=True)
            token = jwt.decode(id_token, self._keys, algorithms=_ALGORITHMS)
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self._terms.client_id},
                "nonce": {"essential": True, "value": trip.nonce},
            },
            {"client_id": self._terms.client_id, "nonce": trip.nonce},
        )
        claims.validate(int(now.timestamp()), _LEEWAY)
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:  # noqa: PLR2004 - section 2 says 255
            raise ValueError("sub")
        return subject

    async def _learn(self, *, again: bool = False) -> None:
        """Read the provider's description and its keys, unless they were read lately."""
        if not again and self._age() < _KEPT:
            return
        told = await self._ask("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        addresses = [told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if told.get("issuer") != self.issuer or not all(isinstance(one, str) and _is_safe(one) for one in addresses):
            raise Unavailable("provider_away")
        keys = await self._ask("GET", str(told["jwks_uri"]))
        try:
            self._keys = KeySet.import_key_set({"keys": [one for one in keys["keys"] if _is_good(one)]})
        except (JoseError, KeyError, ValueError, TypeError, AttributeError):
            raise Unavailable("provider_away") from None
        self._description, self._fetched = told, self._elapsed()

    def _age(self) -> float:
        return math.inf if self._fetched is None else self._elapsed() - self._fetched

    async def _ask(self, method: str, url: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - as httpx has it
        try:
            async with httpx.AsyncClient(timeout=_SECONDS) as client:
                answer = await client.request(method, url, headers={"accept": "application/json"}, **more)
            if method == "POST" and answer.is_client_error:
                raise Unauthenticated("provider_refused")
            told = answer.json() if answer.is_success and len(answer.content) <= _MOST else None
        except (httpx.HTTPError, ValueError):
            raise Unavailable("provider_away") from None
        if not isinstance(told, dict):
            raise Unavailable("provider_away")
        return told


def _is_good(key: Mapping[str, Any]) -> bool:
    """Say whether a key is of a kind that is believed; others may stand beside it."""
    if key.get("kty") not in _KINDS or key.get("use", "sig") != "sig":
        return False
    return key["kty"] != "RSA" or len(str(key.get("n", ""))) * 6 >= _RSA_BITS


def _is_safe(url: str) -> bool:
    """Say whether what goes to an address is read by nobody else: https, or this machine itself."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
