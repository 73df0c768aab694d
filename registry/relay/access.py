"""Who asks: the registry's own access tokens (RFC 9068), checked with the keys it publishes (RFC 7517)."""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import jwt

from registry.domain.access import Scope
from registry.errors import Denied, Unauthenticated
from registry_formats import jwk
from registry_formats.errors import FormatError
from registry_formats.jws import PublicKey

_TYP = "at+jwt"
_REQUIRED = ["iss", "aud", "exp", "sub", "scope"]
_MAX_TOKEN = 4096
_KEPT_SECONDS = 300.0
_PAUSE_SECONDS = 10.0


class Access:
    """Checks bearer tokens.

    Args:
        issuer: the registry's identifier, issuer and audience of the tokens.
        fetch: gets the registry's keys, as JWKs.
        elapsed: a clock that never jumps.
    """

    def __init__(
        self,
        issuer: str,
        fetch: Callable[[], Awaitable[list[dict[str, Any]]]],
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._elapsed = elapsed
        self._keys: dict[str, PublicKey] = {}
        self._fetched_at = float("-inf")

    async def member(self, authorization: str, *, now: datetime) -> UUID:
        """Return the member that a bearer token speaks for.

        The token must allow `notices:serve` and nothing else: the relay is not trusted with what it does not need.

        Raises:
            Unauthenticated: `access_token_missing`, `access_token_invalid`, `access_token_expired`.
            Denied: `scope_missing`, `scope_too_wide`.
            Unavailable: `registry_unavailable`, when its keys cannot be fetched.
        """
        kind, _, token = authorization.partition(" ")
        if kind.lower() != "bearer" or not token:
            raise Unauthenticated("access_token_missing")
        claims = await self._claims(token)
        if now.timestamp() >= claims["exp"]:
            raise Unauthenticated("access_token_expired")
        scopes = claims["scope"].split()
        if Scope.NOTICES_SERVE not in scopes:
            raise Denied("scope_missing", facts={"scope": Scope.NOTICES_SERVE.value})
        if len(scopes) > 1:
            raise Denied("scope_too_wide", facts={"scope": Scope.NOTICES_SERVE.value})
        return UUID(claims["sub"])

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            if len(token) > _MAX_TOKEN:
                raise Unauthenticated("access_token_invalid")
            header = jwt.get_unverified_header(token)
            key = await self._key(header["kid"])
            if key is None or header.get("typ") != _TYP:
                raise Unauthenticated("access_token_invalid")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                audience=self._issuer,
                issuer=self._issuer,
                # Time is judged by the caller's clock.
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            UUID(claims["sub"])
            if type(claims["exp"]) is int and isinstance(claims["scope"], str):
                return claims
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
            pass
        raise Unauthenticated("access_token_invalid")

    async def _key(self, kid: object) -> PublicKey | None:
        age = self._elapsed() - self._fetched_at
        # A key the relay has not seen may be new; a stranger's cannot make it ask again and again.
        if age > _KEPT_SECONDS or (kid not in self._keys and age > _PAUSE_SECONDS):
            fetched = await self._fetch()
            self._keys = {str(one.get("kid")): key for one in fetched if (key := _parsed(one)) is not None}
            self._fetched_at = self._elapsed()
        return self._keys.get(kid) if isinstance(kid, str) else None


def _parsed(value: dict[str, Any]) -> PublicKey | None:
    try:
        return jwk.parse(value)
    except FormatError:
        return None
