"""A further way of proof: an OpenID Connect provider that has verified a phone number or e-mail address itself.

OpenID Connect Core 1.0, section 3.2, with `response_type=id_token` and `response_mode=form_post`: the provider has the
person's browser post an id_token to us, so that no secret and no call to the provider is needed but for its keys.
Only claims that it says are verified count (section 5.1). The contact is forgotten as soon as its token is made.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx
import jwt
from jwt.types import Options

from registry.clock import real_time
from registry.errors import Denied, Malformed, Misconfigured, Unavailable
from registry.relay.contacts import Contact, ContactKind, read
from registry.relay.vouching import Voucher
from registry_formats.assertions import NONCE

TOKEN_MOST = 16_384
_SECONDS = 5.0
_KEYS_MOST = 65_536
_KEYS_KEPT, _KEYS_PAUSE = 600.0, 60.0
_LONGEST_LIFE, _LEEWAY = 3_600, 60
_RSA_BITS = 2_048
# The key decides the algorithm: `none`, or HS256 keyed with a public key, never gets as far as a check.
_ALGORITHMS: Mapping[tuple[str, str], list[str]] = {
    ("EC", "P-256"): ["ES256"],
    ("OKP", "Ed25519"): ["EdDSA"],
    ("RSA", ""): ["RS256", "PS256"],
}
_OPTIONS: Options = {
    "require": ["iss", "sub", "aud", "exp", "iat", "nonce"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
}
_CLAIMS = {ContactKind.PHONE: "phone_number", ContactKind.EMAIL: "email"}


@dataclass(frozen=True, slots=True)
class Provider:
    """Who is believed, and as whom the relay is known there.

    Args:
        name: as people know it.
        issuer: exactly as its id_tokens have it.
        client_id: of the relay.
        authorize_url: where a person signs in.
        jwks_url: where its keys are (RFC 7517).
    """

    name: str
    issuer: str
    client_id: str
    authorize_url: str
    jwks_url: str

    @classmethod
    def parse(cls, text: str) -> "Provider":
        """Read the setting. Misconfigured `provider_invalid`."""
        try:
            provider = cls(**{name: str(value) for name, value in json.loads(text).items()})
        except (ValueError, TypeError, AttributeError):
            message = "REGISTRY_RELAY_OIDC is JSON with name, issuer, client_id, authorize_url and jwks_url."
            raise Misconfigured("provider_invalid", message) from None
        if not all(url.startswith("https:") for url in (provider.issuer, provider.authorize_url, provider.jwks_url)):
            raise Misconfigured("provider_invalid", "The addresses in REGISTRY_RELAY_OIDC must begin with https:.")
        return provider


class SignIns:
    """Takes the id_tokens of one provider.

    Args:
        voucher: signs the assertions.
        here: the relay's own address.
        elapsed: a clock that never jumps, in seconds.
        transport: another way to the provider, for tests.
    """

    def __init__(
        self,
        provider: Provider,
        voucher: Voucher,
        *,
        here: str,
        elapsed: Callable[[], float],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = provider.name
        self._provider = provider
        self._voucher = voucher
        self._here = here
        self._elapsed = elapsed
        self._transport = transport
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched: float | None = None
        self._taken: dict[bytes, int] = {}

    def way(self, nonce: str, language: str) -> str:
        """Return where the person signs in; the provider puts the nonce into the id_token."""
        asked = {
            "client_id": self._provider.client_id,
            "nonce": nonce,
            "redirect_uri": f"{self._here.rstrip('/')}/proof/oidc",
            "response_mode": "form_post",
            "response_type": "id_token",
            "scope": "openid email phone",
            "state": language,
            "ui_locales": language,
        }
        return f"{self._provider.authorize_url}?{urlencode(asked)}"

    async def take(self, id_token: str) -> tuple[str, list[str]]:
        """Take an id_token, once; return the sitting's nonce and an assertion for each contact that was verified.

        Raises:
            Denied: `sign_in_refused`, whatever is wrong with it; `claim_unverified` if nothing in it was verified.
            Unavailable: `provider_unavailable`, or as `Voucher.vouch`.
        """
        now = int(real_time().timestamp())
        claims = await self._verified(id_token, now)
        contacts = list(_contacts(claims))
        if not contacts:
            raise Denied("claim_unverified")
        stated = [await self._voucher.vouch(one, claims["nonce"]) for one in contacts]
        self._taken = {name: until for name, until in self._taken.items() if until > now}
        name = sha256(id_token.encode()).digest()
        if name in self._taken:
            raise Denied("sign_in_refused")
        self._taken[name] = claims["exp"] + _LEEWAY
        return claims["nonce"], stated

    async def _verified(self, id_token: str, now: int) -> dict[str, Any]:
        try:
            key = await self._key(str(jwt.get_unverified_header(id_token)["kid"]))
            kty, curve = str(key._jwk_data.get("kty")), str(key._jwk_data.get("crv", ""))  # noqa: SLF001 - no other way
            claims: dict[str, Any] = jwt.decode(id_token, key.key, algorithms=_ALGORITHMS[kty, curve], options=_OPTIONS)
        except (jwt.PyJWTError, KeyError, ValueError, TypeError):
            raise Denied("sign_in_refused") from None
        if not self._is_ours(claims) or not _is_timely(claims, now):
            raise Denied("sign_in_refused")
        return claims

    def _is_ours(self, claims: Mapping[str, Any]) -> bool:
        """Say whether this provider made it for us, for a sitting of ours (section 3.2.2.11)."""
        nonce, audience = claims["nonce"], claims["aud"]
        audiences = audience if isinstance(audience, list) else [audience]
        return (
            claims["iss"] == self._provider.issuer
            and self._provider.client_id in audiences
            and (len(audiences) == 1 or claims.get("azp") == self._provider.client_id)
            and isinstance(nonce, str)
            and NONCE.fullmatch(nonce) is not None
        )

    async def _key(self, kid: str) -> jwt.PyJWK:
        """Return a key of the provider; ask for its keys when they are old, or this one is new."""
        age = None if self._fetched is None else self._elapsed() - self._fetched
        if age is None or age > _KEYS_KEPT or (kid not in self._keys and age > _KEYS_PAUSE):
            self._keys = await self._fetch()
            self._fetched = self._elapsed()
        return self._keys[kid]

    async def _fetch(self) -> dict[str, jwt.PyJWK]:
        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=_SECONDS) as client:
                answer = await client.get(self._provider.jwks_url)
            if answer.status_code != httpx.codes.OK or len(answer.content) > _KEYS_MOST:
                raise Unavailable("provider_unavailable")
            found = answer.json()["keys"]
            return {one["kid"]: jwt.PyJWK(one) for one in found if _is_good(one)}
        except (httpx.HTTPError, jwt.PyJWTError, ValueError, KeyError, TypeError):
            raise Unavailable("provider_unavailable") from None


def _is_good(key: Mapping[str, Any]) -> bool:
    """Say whether a key is of a kind that is believed; others may stand beside it."""
    kty, curve = str(key.get("kty")), str(key.get("crv", ""))
    if (kty, curve) not in _ALGORITHMS or key.get("use", "sig") != "sig" or not isinstance(key.get("kid"), str):
        return False
    return kty != "RSA" or len(str(key.get("n", ""))) * 6 >= _RSA_BITS


def _is_timely(claims: Mapping[str, Any], now: int) -> bool:
    issued, expires = claims["iat"], claims["exp"]
    if type(issued) is not int or type(expires) is not int:
        return False
    return issued - _LEEWAY <= now < expires + _LEEWAY and expires - issued <= _LONGEST_LIFE


def _contacts(claims: Mapping[str, Any]) -> Iterator[Contact]:
    """Read the contacts that the provider itself has verified; one without a sure spelling is none."""
    for kind, name in _CLAIMS.items():
        typed = claims.get(name)
        # What it has verified in other letters may be spelt like somebody else's in these.
        if claims.get(f"{name}_verified") is not True or not isinstance(typed, str) or not typed.isascii():
            continue
        try:
            contact, _ = read(typed)
        except Malformed:
            continue
        if contact.kind is kind:
            yield contact
