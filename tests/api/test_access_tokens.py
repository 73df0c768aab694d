"""Access tokens: what they carry, when they end, and what cannot pass for one."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.api.access_tokens import LIFETIME, AccessTokens
from registry.domain.access import Caller, Scope
from registry.errors import Unauthenticated

SEED = bytes(range(32))
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CALLER = Caller(UUID(int=1), UUID(int=2), frozenset({Scope.MEMBER_READ, Scope.SCORES_QUERY}), "cn", "key-1")


@pytest.fixture
def tokens() -> AccessTokens:
    return AccessTokens(issuer="https://registry.example", seed=SEED)


def refusal(tokens: AccessTokens, token: str, now: datetime = NOW) -> str:
    with pytest.raises(Unauthenticated) as refused:
        tokens.verify(token, now=now)
    return refused.value.code


def signed(seed: bytes = SEED, *, header: dict[str, str] | None = None, **changes: object) -> str:
    at = int(NOW.timestamp())
    claims = {
        "iss": "https://registry.example",
        "aud": "https://registry.example",
        "sub": str(UUID(int=1)),
        "client_id": str(UUID(int=1)),
        "iat": at,
        "exp": at + 600,
        "jti": "j",
        "scope": "member:read",
        "group_id": str(UUID(int=2)),
        "policy": "cn",
        "key_id": "key-1",
    }
    kid = AccessTokens(issuer="x", seed=SEED).jwk["kid"]
    key = Ed25519PrivateKey.from_private_bytes(seed)
    kept = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(kept, key, algorithm="EdDSA", headers={"typ": "at+jwt", "kid": kid} | (header or {}))


def test_a_token_says_who_calls_and_what_they_may(tokens: AccessTokens) -> None:
    issued = tokens.issue(CALLER, now=NOW)
    assert issued.expires_in == LIFETIME <= 600
    assert tokens.verify(issued.token, now=NOW) == CALLER


def test_a_token_has_the_form_of_rfc_9068(tokens: AccessTokens) -> None:
    decoded = jwt.decode_complete(tokens.issue(CALLER, now=NOW).token, options={"verify_signature": False})
    assert decoded["header"] == {"alg": "EdDSA", "typ": "at+jwt", "kid": tokens.jwk["kid"]}
    required = {"iss", "exp", "aud", "sub", "client_id", "iat", "jti", "scope"}
    assert required <= decoded["payload"].keys()


def test_a_token_ends_after_ten_minutes_also_when_it_was_seen_before(tokens: AccessTokens) -> None:
    token = tokens.issue(CALLER, now=NOW).token
    assert tokens.verify(token, now=NOW + timedelta(seconds=599)) == CALLER
    assert refusal(tokens, token, NOW + timedelta(seconds=600)) == "access_token_expired"
    assert refusal(tokens, token, NOW + timedelta(seconds=600)) == "access_token_expired"


@pytest.mark.parametrize(
    "token",
    [
        signed(bytes(32)),
        signed(header={"typ": "JWT"}),
        signed(header={"kid": "another"}),
        signed(iss="https://elsewhere.example"),
        signed(aud="https://elsewhere.example"),
        signed(aud=None),
        signed(exp=None),
        signed(scope="root:all"),
        signed(scope=None),
        signed(sub="somebody"),
        signed(group_id=None),
        "",
        "x" * 5000,
        "a.b.c",
        "\ud800",
    ],
)
def test_what_is_not_our_token_is_refused(tokens: AccessTokens, token: str) -> None:
    assert refusal(tokens, token) == "access_token_invalid"


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(tokens: AccessTokens) -> None:
    header = {"typ": "at+jwt", "kid": tokens.jwk["kid"]}
    secret = tokens.jwk["x"].ljust(64, "=")
    for algorithm, key in (("HS256", secret), ("none", "")):
        token = jwt.encode({"sub": "x"}, key, algorithm=algorithm, headers=header)
        assert refusal(tokens, token) == "access_token_invalid"


def test_the_memory_of_seen_tokens_is_bounded() -> None:
    tokens = AccessTokens(issuer="https://registry.example", seed=SEED, remembered=3)
    several = [tokens.issue(CALLER, now=NOW).token for _ in range(5)]
    for token in several:
        assert tokens.verify(token, now=NOW) == CALLER
    assert len(tokens._verified) == 3


def test_the_key_is_not_in_the_representation(tokens: AccessTokens) -> None:
    assert SEED.hex() not in repr(tokens)
    assert repr(tokens) == "AccessTokens('https://registry.example')"
