"""Sign in with a key, not a password: OAuth 2.0 client credentials with `private_key_jwt` (RFC 7523, FAPI 2.0)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from registry_client._http import Reply, Request
from registry_formats import jws

ASSERTION_SECONDS = 120
RENEWED_SECONDS = 60
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PATH = "/oauth/token"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs in and how.

    Args:
        member_id: the member's id, as the registry wrote it.
        key: Ed25519 or P-256, whose public half the registry holds.
        kid: the id of that key.
        issuer: the registry's own name, the audience of assertions.
    """

    member_id: str
    key: jws.PrivateKey = field(repr=False)
    kid: str
    issuer: str


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token and the time (seconds since 1970) at which it ends."""

    value: str = field(repr=False)
    expires_at: float

    def is_usable(self, now: float) -> bool:
        """Say whether it will outlive the request it is for."""
        return now < self.expires_at - RENEWED_SECONDS


class TokenShelf:
    """Keeps the access token of each set of scopes until a minute before it ends."""

    def __init__(self) -> None:
        self._tokens: dict[str, AccessToken] = {}

    def find(self, scope: str, *, now: float) -> str | None:
        """Return a token that is still good, or None."""
        token = self._tokens.get(scope)
        return token.value if token is not None and token.is_usable(now) else None

    def keep(self, scope: str, token: AccessToken) -> str:
        """Keep a token and return it."""
        self._tokens[scope] = token
        return token.value

    def forget(self, scope: str, value: str) -> None:
        """Drop a token that the registry refused, unless another thread has replaced it already."""
        token = self._tokens.get(scope)
        if token is not None and token.value == value:
            del self._tokens[scope]


def assertion(credentials: Credentials, *, now: float, jti: str) -> str:
    """Sign who we are, to whom, for two minutes and one use. `jti` must be fresh: a repeated one is refused."""
    issued = int(now)
    claims = {
        "iss": credentials.member_id,
        "sub": credentials.member_id,
        "aud": credentials.issuer,
        "iat": issued,
        "exp": issued + ASSERTION_SECONDS,
        "jti": jti,
    }
    return jws.sign(claims, key=credentials.key, kid=credentials.kid)


def build(
    credentials: Credentials, base_url: str, *, scope: str, headers: Mapping[str, str], now: float, jti: str
) -> Request:
    """Ask for an access token; an empty `scope` asks for all that the member may have."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": JWT_BEARER,
        "client_assertion": assertion(credentials, now=now, jti=jti),
    } | ({"scope": scope} if scope else {})
    sent = {**headers, "content-type": "application/x-www-form-urlencoded"}
    return Request("POST", base_url + PATH, sent, urlencode(form).encode("ascii"))


def parse(reply: Reply, *, now: float) -> AccessToken | None:
    """Read the token (RFC 6749, section 5.1); None when the answer has none that we can use."""
    try:
        body = json.loads(reply.content)
    except (ValueError, RecursionError):
        return None
    match body:
        case {"access_token": str(value), "token_type": str(kind), "expires_in": int(seconds)} if (
            kind.lower() == "bearer" and value.isascii() and value.isprintable()
        ):
            return AccessToken(value, now + seconds)
    return None
