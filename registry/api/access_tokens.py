"""Access tokens: JWTs of ten minutes (RFC 9068), signed with Ed25519 (RFC 8037), checked once and then remembered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.domain.access import Caller, Scope
from registry.errors import Unauthenticated
from registry_formats import jwk

LIFETIME = 600
ALGORITHM = "EdDSA"
_TYP = "at+jwt"
_MAX_TOKEN = 4096
_REQUIRED = ["iss", "aud", "exp", "iat", "sub", "client_id", "jti", "scope"]


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh token and the seconds it lives."""

    token: str
    expires_in: int


class AccessTokens:
    """Issues and verifies access tokens.

    Args:
        issuer: this registry's identifier; issuer and audience at once.
        seed: the 32 secret bytes of the Ed25519 key.
        remembered: how many verified tokens are kept, so that a flood cannot fill the memory.
    """

    def __init__(self, *, issuer: str, seed: bytes, remembered: int = 10_000) -> None:
        self._issuer = issuer
        self._most = remembered
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._key.public_key()
        self.jwk: Mapping[str, str] = jwk.export(self._public)
        # Checking a signature costs 128 µs and looking up a digest less than one: a token is checked once per process.
        self._verified: dict[bytes, tuple[int, Caller]] = {}

    def __repr__(self) -> str:
        """Keep the key out of logs and tracebacks."""
        return f"AccessTokens({self._issuer!r})"

    def issue(self, caller: Caller, *, now: datetime) -> Issued:
        """Issue a token that speaks for this caller."""
        at = int(now.timestamp())
        claims = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": str(caller.member_id),
            "client_id": str(caller.member_id),
            "iat": at,
            "exp": at + LIFETIME,
            "jti": uuid4().hex,
            "scope": " ".join(sorted(caller.scopes)),
            "group_id": str(caller.group_id),
            "policy": caller.policy,
            "key_id": caller.key_id,
        }
        headers = {"typ": _TYP, "kid": self.jwk["kid"]}
        return Issued(jwt.encode(claims, self._key, algorithm=ALGORITHM, headers=headers), LIFETIME)

    def verify(self, token: str, *, now: datetime) -> Caller:
        """Return whom a token speaks for. Unauthenticated `access_token_invalid`, `access_token_expired`."""
        if len(token) > _MAX_TOKEN:
            raise Unauthenticated("access_token_invalid")
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._verified.get(digest)
        if known is None:
            known = self._check(token)
            self._remember(digest, known)
        expires, caller = known
        if now.timestamp() >= expires:
            self._verified.pop(digest, None)
            raise Unauthenticated("access_token_expired")
        return caller

    def _remember(self, digest: bytes, known: tuple[int, Caller]) -> None:
        if len(self._verified) >= self._most:
            # The oldest entry is the next to expire, because all tokens live equally long.
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = known

    def _check(self, token: str) -> tuple[int, Caller]:
        try:
            decoded = jwt.decode_complete(
                token,
                self._public,
                algorithms=[ALGORITHM],
                audience=self._issuer,
                issuer=self._issuer,
                # Time is judged by the caller's clock, at every use and not only at the first.
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            # Another kind of JWT signed with the same key must not pass for an access token (RFC 9068 section 4).
            if decoded["header"].get("typ") != _TYP or decoded["header"].get("kid") != self.jwk["kid"]:
                raise Unauthenticated("access_token_invalid")
            return _read(decoded["payload"])
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
            raise Unauthenticated("access_token_invalid") from None


def _read(claims: Mapping[str, Any]) -> tuple[int, Caller]:
    caller = Caller(
        member_id=UUID(claims["sub"]),
        group_id=UUID(claims["group_id"]),
        scopes=frozenset(Scope(scope) for scope in claims["scope"].split()),
        policy=str(claims["policy"]),
        key_id=str(claims["key_id"]),
    )
    return int(claims["exp"]), caller
