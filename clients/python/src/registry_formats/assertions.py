"""Proof of control: the relay states, signed and for ten minutes, that a person has read a code sent to a contact.

A compact JWS (EdDSA, the relay's own key, `typ` contact-proof+jwt) over canonical JSON:

    {"aud": where it may be used, "exp": s, "iat": s, "iss": the relay's member id, "jti": UUID,
     "kind": "phone" | "email", "nonce": as the portal chose it, "tokens": [one for each live epoch]}

It says nothing of the contact but its tokens. Whoever takes it compares `iss` with the owner of the key, and `jti` with
those it has taken before. The nonce is the digest of a secret that only the sitting knows: an assertion that somebody
reads on its way is worth nothing without it (as PKCE, RFC 7636 S256).
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from registry_formats import base64url, cfr1, jws
from registry_formats.cfr1 import Kind, Token
from registry_formats.errors import FormatError

TYPE = "contact-proof+jwt"
LIFETIME_SECONDS = 600
# Clocks of two machines differ a little.
SKEW_SECONDS = 60
KINDS = frozenset({Kind.PHONE, Kind.EMAIL})
NONCE = re.compile(r"[A-Za-z0-9_-]{22,128}")

_MEMBERS = {"aud", "exp", "iat", "iss", "jti", "kind", "nonce", "tokens"}
_TOKENS_MAX = 8


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a relay states.

    Args:
        assertion_id: its own, for using it once.
        relay_id: the member that states it.
        audience: the address it was made for.
        nonce: of the sitting it was made for, 22 to 128 characters of base64url.
        kind: phone or e-mail.
        tokens: of the contact, oldest epoch first.
        issued_at: Unix seconds.
    """

    assertion_id: UUID
    relay_id: UUID
    audience: str
    nonce: str
    kind: Kind
    tokens: tuple[Token, ...]
    issued_at: int

    @property
    def expires_at(self) -> int:
        """Give the Unix second from which it is worth nothing."""
        return self.issued_at + LIFETIME_SECONDS


def nonce_of(secret: str) -> str:
    """Return the nonce to send a person to the relay with: SHA-256 of the sitting's secret, as base64url."""
    return base64url.encode(hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest())


def sign(assertion: Assertion, *, key: jws.PrivateKey, kid: str) -> str:
    """Write an assertion and sign it with the relay's key."""
    claims = {
        "aud": assertion.audience,
        "exp": assertion.expires_at,
        "iat": assertion.issued_at,
        "iss": str(assertion.relay_id),
        "jti": str(assertion.assertion_id),
        "kind": assertion.kind.value,
        "nonce": assertion.nonce,
        "tokens": [token.text for token in assertion.tokens],
    }
    return jws.sign(claims, key=key, kid=kid, typ=TYPE)


def verify(compact: str, keys: Mapping[str, jws.PublicKey], *, audience: str, nonce: str, now: int) -> Assertion:
    """Check an assertion and return what it says.

    Args:
        compact: as the portal received it.
        keys: of relays, by key id.
        audience: who reads it.
        nonce: of the reader's own sitting.
        now: Unix seconds, real time.

    Raises:
        FormatError: what `jws.verify` and `cfr1.parse` raise, `assertion_malformed`, `assertion_audience`,
            `assertion_nonce`, `assertion_expired` (also for one from the future).
    """
    _, claims = jws.verify(compact, keys, typ=TYPE)
    assertion = _read(claims)
    if assertion.audience != audience:
        raise FormatError("assertion_audience")
    if assertion.nonce != nonce:
        raise FormatError("assertion_nonce")
    if not assertion.issued_at - SKEW_SECONDS <= now < assertion.expires_at:
        raise FormatError("assertion_expired")
    return assertion


def _read(claims: Mapping[str, object]) -> Assertion:
    if claims.keys() != _MEMBERS:
        raise FormatError("assertion_malformed")
    aud, nonce, issued_at, tokens = (claims[name] for name in ("aud", "nonce", "iat", "tokens"))
    if not (isinstance(aud, str) and isinstance(nonce, str) and NONCE.fullmatch(nonce)):
        raise FormatError("assertion_malformed")
    if type(issued_at) is not int or claims["exp"] != issued_at + LIFETIME_SECONDS:
        raise FormatError("assertion_malformed")
    try:
        ids = UUID(str(claims["jti"])), UUID(str(claims["iss"]))
        kind = Kind(str(claims["kind"]))
    except ValueError:
        raise FormatError("assertion_malformed") from None
    return Assertion(*ids, aud, nonce, kind, _tokens(tokens, kind), issued_at)


def _tokens(texts: object, kind: Kind) -> tuple[Token, ...]:
    if kind not in KINDS or not isinstance(texts, list) or not 0 < len(texts) <= _TOKENS_MAX:
        raise FormatError("assertion_malformed")
    tokens = tuple(cfr1.parse(text) for text in texts if isinstance(text, str))
    if len(tokens) != len(texts) or {token.kind for token in tokens} != {kind}:
        raise FormatError("assertion_malformed")
    return tokens
